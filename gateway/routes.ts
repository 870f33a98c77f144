/** What all routes have in common: the app that checks requests against their schemas, and the shapes of errors. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import { badRequest, lifecycleError, problemDetails } from './problem.ts'

export type App = OpenAPIHono

const jsonPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, key) =>
      typeof key === 'number'
        ? `${text}[${key}]`
        : /^[A-Za-z_$][\w$-]*$/.test(String(key))
          ? `${text}.${String(key)}`
          : `${text}[${JSON.stringify(String(key))}]`,
    '$',
  )

const WHERE: Readonly<Record<string, string>> = {
  json: 'the body',
  query: 'the query',
  param: 'the path',
  header: 'a header',
}
const PROBLEMS_MAX = 20

/** @throws {Problem} 400 that names every wrong place (up to 20 of them) */
export const refuseInvalid = (target: string, issues: readonly z.core.$ZodIssue[]): never => {
  const problems = issues
    .slice(0, PROBLEMS_MAX)
    .map((issue) => ({ path: jsonPath(issue.path), message: issue.message }))
  const first = problems.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw badRequest(
    `invalid-${target === 'json' ? 'body' : target}`,
    `${WHERE[target] ?? target} is not valid: ${first}`,
    {
      problems,
    },
  )
}

export const newApp = (): App =>
  new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) refuseInvalid(result.target, result.error.issues)
    },
  })

/** Any error of a route of the lifecycle API. */
export const lifecycleErrors = {
  default: {
    description: 'What is wrong and, where it can be known, what would be right',
    content: { 'application/json': { schema: lifecycleError } },
  },
} as const

/** Any error of a route of our own. */
export const problemErrors = {
  default: {
    description: 'What is wrong and, where it can be known, what would be right (RFC 9457)',
    content: { 'application/problem+json': { schema: problemDetails } },
  },
} as const

/** The header of a 201: where the new thing is. */
export const locationHeader = z.object({
  Location: z.string().meta({ description: 'its path; the last part is its id' }),
})

/** ISO 8601, as all times that leave here. */
export const timeText = (atMs: number): string => new Date(atMs).toISOString()

/** A list's length in a query, as text. */
export const limitParam = (most: number, usual: number) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .max(most)
    .default(usual)
    .meta({ description: `at most ${most}` })

/** The answer in JSON, and the errors, of a route of our own. */
export const answers = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  200: { description, content: { 'application/json': { schema } } },
  ...problemErrors,
})
