/** What the routes of ONAP's API say about their answers, and what refusals mean there. */
import { z } from 'zod'
import type { Rejection, Reply } from '../../../runtime/entity.ts'
import { concept } from '../../../participants/protocol/concept.ts'
import { idempotencyHeaders } from '../../lifecycle/idempotency.ts'
import { Problem, simpleResponse } from '../../problem.ts'
import { REFUSED_EXAMPLE } from './examples.ts'

export const BASE = '/onap/controlloop/v2'

/** Any error of a route of ONAP's API. */
const simpleErrors = {
  default: {
    description:
      'What is wrong and, where it can be known, what would be right. 400: it can’t be what was meant; 404: it isn’t there; ' +
      '406: it can’t be done now, or not just one is meant; 409: something else is under way with it; 413, 415, 429: too ' +
      'large, of another type, too much at once; 503, 504: store or log don’t answer, and the outcome may be unknown',
    content: {
      'application/json': { schema: simpleResponse, example: REFUSED_EXAMPLE },
      'application/yaml': { schema: simpleResponse, example: REFUSED_EXAMPLE },
    },
  },
} as const

const responseHeaders = z.object({
  'X-ONAP-RequestID': z.string().meta({ description: 'as in the request, or a new one' }),
  'X-MinorVersion': z.string(),
  'X-PatchVersion': z.string(),
  'X-LatestVersion': z.string(),
})

const answer = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  headers: responseHeaders,
  description,
  content: { 'application/json': { schema }, 'application/yaml': { schema } },
})

export const ok = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  200: answer(description, schema),
  ...simpleErrors,
})

/** It is ordered, and goes on. */
export const ordered = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  202: answer(description, schema),
  ...simpleErrors,
})

export const requestHeaders = z.object({
  'x-onap-requestid': z.string().optional().meta({ description: 'a UUID; comes back, and is in the history' }),
})

/** Of orders: a client that got no answer sends it again, and it is carried out once, however late the first one comes. */
export const keyedHeaders = requestHeaders.extend(idempotencyHeaders.shape)

const { name, version } = concept.shape
/** Either narrows; both together name one. */
export const filterQuery = z.object({ name: name.optional(), version: version.optional() })
export const nameQuery = z.object({ name, version })

/** Codes that the original has no case for: something else is under way that ends by itself. */
const OWN_CONFLICTS: ReadonlySet<string> = new Set(['template-busy', 'control-loop-creation-in-progress'])

const statusOf = (code: string): 400 | 404 | 406 | 409 => {
  if (OWN_CONFLICTS.has(code)) return 409
  if (code === 'illegal-transition') return 406
  // A body that names a definition, not a path.
  if (code === 'control-loop-definition-not-found') return 400
  return code.endsWith('-not-found') ? 404 : 400
}

/** The value of a reply. @throws {Problem} if it was refused; `more` is added to its details */
export const acceptedByOnap = <Value>(reply: Reply<Value>, more: Readonly<Record<string, unknown>> = {}): Value => {
  if (reply.ok) return reply.value
  throw onapProblem(reply.rejection, more)
}

const onapProblem = ({ code, reason, details }: Rejection, more: Readonly<Record<string, unknown>> = {}): Problem =>
  new Problem({ status: statusOf(code), code, message: reason, details: { ...details, ...more } })

/** 406: a request that selects another number of things than it must. */
export const notOne = (what: string, found: number, details: Readonly<Record<string, unknown>> = {}): Problem =>
  new Problem({
    status: 406,
    code: 'not-one',
    message: `${found === 0 ? 'no' : found} ${what} selected; name and version have to select exactly one`,
    details,
  })
