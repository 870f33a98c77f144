/** How long requests took, by method, route and status code. */
import { Histogram, type MetricSample } from '../runtime/metrics.ts'

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * Bounded: routes are those that exist (anything else is counted as one), and a server sends few codes. An observation
 * costs three look-ups and makes no text.
 */
export class RequestDurations {
  readonly #routes = new Map<string, Map<string, Map<number, Histogram>>>()

  observe(method: string, route: string, status: number, elapsedMs: number): void {
    let methods = this.#routes.get(route)
    if (!methods) this.#routes.set(route, (methods = new Map<string, Map<number, Histogram>>()))
    const known = METHODS.has(method) ? method : 'other'
    let codes = methods.get(known)
    if (!codes) methods.set(known, (codes = new Map<number, Histogram>()))
    let histogram = codes.get(status)
    if (!histogram) codes.set(status, (histogram = new Histogram()))
    histogram.observe(elapsedMs / 1000)
  }

  samples(): readonly MetricSample[] {
    const name = 'homeostat_http_request_duration_seconds'
    const help = 'Time from the head of a request to its response'
    return [...this.#routes].flatMap(([route, methods]) =>
      [...methods].flatMap(([method, codes]) =>
        [...codes].map(([code, histogram]) => histogram.sample(name, help, { method, route, code: String(code) })),
      ),
    )
  }
}
