/**
 * How the node is: `/health` for people, `/health/live` and `/health/ready` for whoever restarts it or sends it work,
 * `/metrics`. A node without its store or log is alive (a restart would not help) and not ready.
 */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { errorText } from '../../runtime/fault.ts'
import type { MetricSample } from '../../runtime/metrics.ts'
import type { StoreCounts } from '../../runtime/ports.ts'
import type { Asking } from '../asking.ts'
import type { RequestDurations } from '../durations.ts'
import type { GatewayParts, HealthPart } from '../parts.ts'
import { problemErrors, type App } from '../routes.ts'
import { PROMETHEUS_TYPE, prometheusText } from '../prometheus.ts'

const health = z
  .object({
    alive: z.literal(true),
    ready: z.boolean().meta({ description: 'true if every part is' }),
    parts: z.array(z.object({ name: z.string(), ok: z.boolean(), note: z.string().optional() })),
  })
  .meta({ id: 'Health' })

const healthRoute = createRoute({
  method: 'get',
  path: '/health',
  operationId: 'getHealth',
  tags: ['Operations'],
  summary: 'Whether this node lives and can do its work',
  responses: {
    200: { description: 'Ready', content: { 'application/json': { schema: health } } },
    503: { description: 'Alive, but not ready', content: { 'application/json': { schema: health } } },
    ...problemErrors,
  },
})

const readyRoute = createRoute({
  method: 'get',
  path: '/health/ready',
  operationId: 'getReadiness',
  tags: ['Operations'],
  summary: 'Whether this node can do its work now: a readiness probe',
  responses: {
    200: { description: 'Ready', content: { 'application/json': { schema: health } } },
    503: { description: 'Alive, but not ready', content: { 'application/json': { schema: health } } },
    ...problemErrors,
  },
})

const liveRoute = createRoute({
  method: 'get',
  path: '/health/live',
  operationId: 'getLiveness',
  tags: ['Operations'],
  summary: 'Whether this process works at all: a liveness probe',
  responses: {
    200: {
      description: 'It does',
      content: { 'application/json': { schema: z.object({ alive: z.literal(true) }).meta({ id: 'Liveness' }) } },
    },
    ...problemErrors,
  },
})

const metricsRoute = createRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'getMetrics',
  tags: ['Operations'],
  summary: 'Figures for Prometheus',
  responses: {
    200: { description: 'In the text format', content: { 'text/plain': { schema: z.string() } } },
    ...problemErrors,
  },
})

const gauge = (name: string, help: string, value: number, labels?: Readonly<Record<string, string>>): MetricSample => ({
  name: `homeostat_${name}`,
  help,
  type: 'gauge',
  value,
  ...(labels ? { labels } : {}),
})

const storeSamples = ({ entities, deadLetters, timers, outbox }: StoreCounts): MetricSample[] => [
  ...Object.entries(entities).map(([kind, count]) => gauge('store_entities', 'Entities stored', count, { kind })),
  gauge('store_dead_letters', 'Messages that could not be handled and are kept', deadLetters),
  gauge('store_timers', 'Durable timers that are set', timers),
  gauge('store_outbox', 'Messages stored and not yet brought to the log', outbox),
]

const NEVER_CACHED = { 'Cache-Control': 'no-store' }

export interface GatewayFigures {
  readonly durations: RequestDurations
  inFlight(): number
  eventStreams(): number
  unexpectedErrors(): number
}

export const mountOperations = (app: App, parts: GatewayParts, { read }: Asking, figures: GatewayFigures): void => {
  const storePart = async (): Promise<HealthPart> => {
    try {
      await read(parts.queries.counts())
      return { name: 'store', ok: true }
    } catch (error) {
      return { name: 'store', ok: false, note: errorText(error) }
    }
  }
  const healthNow = async () => {
    const [store, others] = await Promise.all([storePart(), parts.health?.() ?? []])
    const all = [{ name: 'gateway', ok: true }, store, ...others]
    return { alive: true as const, ready: all.every(({ ok }) => ok), parts: all }
  }
  for (const route of [healthRoute, readyRoute])
    app.openapi(route, async (c) => {
      const now = await healthNow()
      return c.json(now, now.ready ? 200 : 503, NEVER_CACHED)
    })
  app.openapi(liveRoute, (c) => c.json({ alive: true as const }, 200, NEVER_CACHED))
  app.openapi(metricsRoute, async (c) => {
    const [runtime, counts] = await Promise.all([
      parts.metrics?.() ?? [],
      // A store that doesn't answer must not hide the figures that say so.
      read(parts.queries.counts()).catch(() => undefined),
    ])
    const text = prometheusText([
      ...runtime,
      ...(counts ? storeSamples(counts) : []),
      ...figures.durations.samples(),
      gauge('store_up', 'Whether the store answers', counts ? 1 : 0),
      gauge('http_requests_in_flight', 'Requests being worked on', figures.inFlight()),
      gauge('http_event_streams', 'Event streams that are open', figures.eventStreams()),
      {
        name: 'homeostat_http_unexpected_errors_total',
        help: 'Requests that failed for no known reason: each is a fault of this program',
        type: 'counter',
        value: figures.unexpectedErrors(),
      },
    ])
    return c.text(text, 200, { 'Content-Type': PROMETHEUS_TYPE })
  })
}
