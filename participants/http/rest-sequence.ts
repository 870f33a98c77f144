/**
 * The requests that an element of type `org.onap.policy.clamp.controlloop.HttpControlLoopElement` is made of, read from its
 * properties. Pure. No text that is made here holds a header's value, a query, a body or a user of a URL.
 */
import { z } from 'zod'
import { conceptText } from '../protocol/concept.ts'

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const params = z.record(z.string(), scalar).nullish()
/** Names are given as `{name, version}`; a plain text will do. */
const requestId = z.union([
  z.string().min(1),
  z.object({ name: z.string().min(1), version: z.string().min(1) }).transform(conceptText),
])

const REQUESTS_MAX = 1_000
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

const restRequest = z.object({
  restRequestId: requestId,
  httpMethod: z.enum(['POST', 'PUT', 'GET', 'DELETE']),
  path: z.string(),
  pathParams: params,
  queryParams: params,
  body: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]).nullish(),
  expectedResponse: z.coerce.number().int().min(100).max(599),
})
const entity = z.object({ restSequence: z.array(restRequest).nullish() })

/** Of the connection: `fetch` sets them itself, and overlooks or refuses what is given. */
const HEADERS_OF_FETCH: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Paths and queries are appended to it. */
const url = z
  .string()
  .refine((text) => /^https?:$/.test(protocolOf(text)), 'is no URL of http or https')
  .refine((text) => !/[?#]/.test(text), 'holds a query or a fragment: a query belongs into queryParams of the requests')
const protocolOf = (text: string): string => (URL.canParse(text) ? new URL(text).protocol : '')

/** The type file says that entities are a map, the templates that use it give a list. */
export const httpElement = z.object({
  baseUrl: url,
  testBaseUrl: url.nullish(),
  httpHeaders: z
    .record(
      z
        .string()
        .regex(HEADER_NAME, 'is no name of a header')
        .refine(
          (name) => !HEADERS_OF_FETCH.has(name.toLowerCase()),
          'is a header of the connection, which is not sent as it is given: leave it out',
        ),
      scalar.refine((text) => HEADER_VALUE.test(text), 'holds what no header can'),
    )
    .nullish(),
  configurationEntities: z.union([z.array(entity), z.record(z.string(), entity)]),
})
export type HttpElement = z.infer<typeof httpElement>

export interface RestCall {
  /** For people: the id of the request, its method, and its path without query. */
  readonly shown: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly expected: number
}

/** @throws {Error} for what can't be called, saying which and why */
export const restCalls = (element: HttpElement, baseUrl: string): readonly RestCall[] => {
  const { configurationEntities: entities } = element
  const requests = (Array.isArray(entities) ? entities : Object.values(entities)).flatMap(
    ({ restSequence }) => restSequence ?? [],
  )
  if (requests.length > REQUESTS_MAX)
    throw new Error(`${requests.length} requests; ${REQUESTS_MAX} are the most that an element can have`)
  const { base, authorization } = withoutUser(baseUrl)
  return requests.map((request): RestCall => {
    const { restRequestId, httpMethod, path, pathParams, queryParams, body, expectedResponse } = request
    const [pathname = ''] = path.split('?')
    const shown = `request ${restRequestId} (${httpMethod} ${pathname})`
    if (httpMethod === 'GET' && body !== undefined && body !== null && body !== '')
      throw new Error(`${shown}: a GET has no body`)
    const target = new URL(`${base.replace(/\/+$/, '')}/${filled(path, pathParams ?? {}, shown).replace(/^\/+/, '')}`)
    for (const [name, value] of Object.entries(queryParams ?? {})) target.searchParams.append(name, value)
    return {
      shown,
      method: httpMethod,
      url: target.href,
      headers: headersOf(element, authorization, body),
      body: bodyText(body),
      expected: expectedResponse,
    }
  })
}

const bodyText = (body: unknown): string | undefined => {
  if (body === undefined || body === null || body === '') return undefined
  return typeof body === 'string' ? body : JSON.stringify(body)
}

const headersOf = (
  { httpHeaders }: HttpElement,
  authorization: string | undefined,
  body: unknown,
): Record<string, string> => {
  const own = Object.fromEntries(Object.entries(httpHeaders ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
  return {
    ...(bodyText(body) !== undefined && { 'content-type': 'application/json' }),
    ...(authorization !== undefined && { authorization }),
    ...own,
  }
}

/** `{name}` in a path stands for a parameter. */
const filled = (path: string, values: Readonly<Record<string, string>>, shown: string): string =>
  path.replace(/\{([^{}/]+)\}/g, (_all, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) throw new Error(`${shown}: path parameter ${name} isn't given`)
    if (value === '.' || value === '..')
      throw new Error(`${shown}: path parameter ${name} is "${value}", which would lead to another path`)
    return encodeURIComponent(value)
  })

/** `fetch` takes no URL with a user; the header says the same. */
const withoutUser = (baseUrl: string): { base: string; authorization: string | undefined } => {
  const found = new URL(baseUrl)
  const { username, password } = found
  found.username = found.password = ''
  const credentials = `${unescaped(username)}:${unescaped(password)}`
  return {
    base: found.href,
    authorization:
      username === '' && password === '' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
  }
}

/** Who writes a password with a % as it is means that character. */
const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
