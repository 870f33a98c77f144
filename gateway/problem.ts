/**
 * How a request fails: a `Problem` is thrown by whatever finds it and rendered in one place, in the form that the path
 * calls for: `{url, localizedMessage, details}` for the lifecycle API, `{errorDetails, details}` for ONAP's API of control
 * loops (their clients read nothing else), and `application/problem+json` (RFC 9457) for everything of our own.
 */
import { z } from 'zod'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

export interface ProblemFields {
  readonly status: ContentfulStatusCode
  /** Machine-readable, kebab-case. */
  readonly code: string
  /** For people: what is wrong and, where it can be known, what would be right. */
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
  /** `Allow`, `Retry-After` and the like. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

export class Problem extends Error {
  readonly status: ContentfulStatusCode
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>

  constructor(fields: ProblemFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause })
    this.name = 'Problem'
    this.status = fields.status
    this.code = fields.code
    this.details = fields.details ?? {}
    this.headers = fields.headers ?? {}
  }
}

/** The error body of the lifecycle API. */
export const lifecycleError = z
  .object({ url: z.string(), localizedMessage: z.string(), details: z.record(z.string(), z.unknown()) })
  .meta({ id: 'LifecycleError' })

/** The error body of ONAP's API of control loops (its SimpleResponse); `details` is our addition. */
export const simpleResponse = z
  .object({ errorDetails: z.string(), details: z.record(z.string(), z.unknown()) })
  .meta({ id: 'SimpleResponse' })

/** The error body of everything else (RFC 9457); `details` is our extension member. */
export const problemDetails = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Problem' })

const LIFECYCLE_PATHS =
  /^\/api\/(intent|processes|topology|catalog|deploymentLocations|resource-managers|metrics)(\/|$)/

const ONAP_PATHS = /^\/onap\/controlloop(\/|$)/

const TITLES: Readonly<Partial<Record<number, string>>> = {
  400: 'Bad request',
  403: 'Refused',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  408: 'Request took too long',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported content type',
  421: 'Not a name of this server',
  422: 'Unprocessable',
  429: 'Too much at once',
  500: 'Internal error',
  501: 'Not supported',
  503: 'Unavailable',
  504: 'No answer in time',
}

type ErrorBody = z.infer<typeof lifecycleError> | z.infer<typeof simpleResponse> | z.infer<typeof problemDetails>

const bodyOf = ({ status, code, message, details }: Problem, path: string): ErrorBody => {
  if (LIFECYCLE_PATHS.test(path)) return { url: path, localizedMessage: message, details: { code, ...details } }
  if (ONAP_PATHS.test(path)) return { errorDetails: message, details: { code, ...details } }
  const type = `urn:homeostat:problem:${code}`
  return { type, title: TITLES[status] ?? 'Problem', status, detail: message, instance: path, code, details }
}

/** ONAP's API knows no 422: what it can't accept is 400. */
const statusOn = (path: string, status: ContentfulStatusCode): ContentfulStatusCode =>
  status === 422 && ONAP_PATHS.test(path) ? 400 : status

/** `path` is the request's, as it came. Content types are exact: clients compare them with `===`. */
export const renderProblem = (problem: Problem, path: string): Response => {
  const body = bodyOf(problem, path)
  const contentType = 'type' in body ? 'application/problem+json' : 'application/json'
  return new Response(JSON.stringify(body), {
    status: statusOn(path, problem.status),
    headers: { ...problem.headers, 'Content-Type': contentType },
  })
}

/** 404 for something that a path names. `message` follows the exact texts that clients of the lifecycle API look for. */
export const notFound = (message: string, details: Readonly<Record<string, unknown>> = {}): Problem =>
  new Problem({ status: 404, code: 'not-found', message, details })

/** 400 for a body or query that can't be what was meant. */
export const badRequest = (code: string, message: string, details: Readonly<Record<string, unknown>> = {}): Problem =>
  new Problem({ status: 400, code, message, details })
