/**
 * What all paths of ONAP's API have in common: the id of the request comes back, the version of the API is told, and
 * whoever prefers YAML gets it. Runs around the handlers, which know only JSON.
 */
import { randomUUID } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { stringify } from 'yaml'
import { YAML_TYPES } from '../../body.ts'
import { Problem, renderProblem } from '../../problem.ts'

/** A UUID, by its specification; anything longer is no id. */
const REQUEST_ID_CHARS_MAX = 128
const VERSION_HEADERS = { 'X-MinorVersion': '0', 'X-PatchVersion': '0', 'X-LatestVersion': '1.0.0' } as const

const JSON_RANGES = ['application/json', 'application/*', '*/*']

export const onapEdge: MiddlewareHandler = async (c, next) => {
  const requestId = requestIdOf(c)
  const format = preferred(c.req.header('accept'))
  if (format === undefined) c.res = renderProblem(unacceptable(), c.req.path)
  else await next()
  if (format === 'yaml' && isJson(c.res)) c.res = await asYaml(c.res)
  c.res.headers.set('X-ONAP-RequestID', requestId)
  for (const [name, value] of Object.entries(VERSION_HEADERS)) c.res.headers.set(name, value)
}

type WithId = Context<{ Variables: { onapRequestId?: string } }>

/** Made once where the request has none; it is also what the history shows as the order that an event belongs to. */
export const requestIdOf = (c: Context): string => {
  const given = c.req.header('x-onap-requestid')
  if (given !== undefined && given !== '' && given.length <= REQUEST_ID_CHARS_MAX) return given
  const variables = c as WithId
  const id = variables.get('onapRequestId') ?? randomUUID()
  variables.set('onapRequestId', id)
  return id
}

/** The one with the higher weight; JSON where both are as welcome; `undefined`: neither is. */
export const preferred = (accept: string | undefined): 'json' | 'yaml' | undefined => {
  if (accept === undefined || accept.trim() === '') return 'json'
  const json = weightOf(accept, JSON_RANGES)
  const yaml = Math.max(...YAML_TYPES.map((type) => weightOf(accept, [type, `${type.split('/')[0]}/*`, '*/*'])))
  if (json <= 0 && yaml <= 0) return undefined
  return yaml > json ? 'yaml' : 'json'
}

/** Of the first of the ranges, the most specific first, that is there at all. */
const weightOf = (accept: string, ranges: readonly string[]): number => {
  const weights = new Map(
    accept.split(',').map((part) => {
      const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
      const q = parameters.find((parameter) => parameter.startsWith('q='))
      const weight = q === undefined ? 1 : Number(q.slice(2))
      return [range, Number.isFinite(weight) ? weight : 1] as const
    }),
  )
  const found = ranges.find((range) => weights.has(range))
  return found === undefined ? 0 : (weights.get(found) ?? 0)
}

const isJson = (response: Response): boolean =>
  response.headers.get('content-type')?.startsWith('application/json') === true

const asYaml = async (response: Response): Promise<Response> => {
  const headers = new Headers(response.headers)
  headers.set('Content-Type', YAML_TYPES[0])
  headers.delete('Content-Length')
  const text = stringify(await response.json(), { aliasDuplicateObjects: false, lineWidth: 0, compat: 'yaml-1.1' })
  return new Response(text, { status: response.status, headers })
}

const unacceptable = (): Problem =>
  new Problem({
    status: 406,
    code: 'not-acceptable',
    message: 'answers are application/json or application/yaml; Accept wants neither',
    details: { accepted: ['application/json', ...YAML_TYPES] },
  })
