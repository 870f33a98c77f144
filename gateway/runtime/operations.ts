/**
 * How the node is: `/health` for people, `/health/live` and `/health/ready` for whoever restarts it or sends it work,
 * `/metrics`.
 */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { problemErrors, type App } from '../routes.ts'
import { PROMETHEUS_TYPE, prometheusText } from '../prometheus.ts'
import type { NodeCondition } from './node-condition.ts'

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

const NEVER_CACHED = { 'Cache-Control': 'no-store' }

export const mountOperations = (app: App, condition: NodeCondition): void => {
  for (const route of [healthRoute, readyRoute])
    app.openapi(route, async (c) => {
      const now = await condition.health()
      return c.json(now, now.ready ? 200 : 503, NEVER_CACHED)
    })
  app.openapi(liveRoute, (c) => c.json({ alive: true as const }, 200, NEVER_CACHED))
  app.openapi(metricsRoute, async (c) =>
    c.text(prometheusText(await condition.samples()), 200, { 'Content-Type': PROMETHEUS_TYPE }),
  )
}
