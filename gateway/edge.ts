/**
 * The one middleware that every request passes: refuses what is too much or comes from foreign pages, echoes trace
 * headers, measures. One function and no more, because the hot path pays for each.
 */
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { GatewayConfig } from './config.ts'
import type { RequestDurations } from './durations.ts'
import { Problem, renderProblem } from './problem.ts'
import { refusedSite } from './same-site.ts'

export interface EdgeState {
  inFlight: number
  /** Requests taken on since the start. */
  total: number
  readonly inFlightMax: number
  readonly expose: GatewayConfig['expose']
  readonly durations: RequestDurations
}

const TRACE_PREFIX = 'x-tracectx-'

/** Names and values of the trace headers, as they came. */
const traceHeaders = (c: Context): [string, string][] => {
  const found: [string, string][] = []
  // The raw list, where there is one (a real server): looking through it costs less than making a Headers object.
  const raw = (c.env as Partial<HttpBindings> | undefined)?.incoming?.rawHeaders
  if (raw) {
    for (let index = 0; index + 1 < raw.length; index += 2) {
      const name = raw[index] ?? ''
      if (name.length > TRACE_PREFIX.length && (name[0] === 'x' || name[0] === 'X'))
        if (name.toLowerCase().startsWith(TRACE_PREFIX)) found.push([name, raw[index + 1] ?? ''])
    }
    return found
  }
  c.req.raw.headers.forEach((value, name) => {
    if (name.startsWith(TRACE_PREFIX)) found.push([name, value])
  })
  return found
}

const tooMuch = (inFlightMax: number): Problem =>
  new Problem({
    status: 429,
    code: 'too-many-requests',
    message: `${inFlightMax} requests are being worked on already; nothing was done`,
    details: { inFlightMax },
    headers: { 'Retry-After': '1' },
  })

/** The handlers' route, such as `/api/processes/:id`; requests that matched none are counted as one. */
const routeOf = (c: Context): string => {
  const route = routePath(c, -1)
  return route === '/*' || route === '*' ? 'unmatched' : route
}

const PROBES = /^\/health(\/|$)|^\/onap\/controlloop(\/v2)?\/actuator\/health$/

export const edge =
  (state: EdgeState): MiddlewareHandler =>
  async (c, next) => {
    const startedMs = performance.now()
    const refused =
      // A probe is answered in any case: a busy node must not be taken for a dead one.
      state.inFlight >= state.inFlightMax && !PROBES.test(c.req.path)
        ? tooMuch(state.inFlightMax)
        : refusedSite(state.expose, c.req.method, c.req.header('host'), c.req.header('origin'))
    if (refused) {
      state.durations.observe(c.req.method, 'refused', refused.status, performance.now() - startedMs)
      return renderProblem(refused, c.req.path)
    }
    state.inFlight++
    state.total++
    try {
      await next()
    } finally {
      state.inFlight--
      state.durations.observe(c.req.method, routeOf(c), c.res.status, performance.now() - startedMs)
    }
    for (const [name, value] of traceHeaders(c)) c.res.headers.set(name, value)
    return undefined
  }
