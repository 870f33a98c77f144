/** `/api/metrics/…`: integrity and load of resources, in the shape of the messages that resources publish. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { RESOURCE, resourceRef } from '../../actors/addresses.ts'
import type { ResourceCommand } from '../../actors/resource/protocol.ts'
import { refText, type EntityRef } from '../../runtime/entity.ts'
import type { Asking } from '../asking.ts'
import { jsonBody } from '../body.ts'
import { nearestNames } from '../hints.ts'
import type { GatewayParts } from '../parts.ts'
import { Problem, badRequest } from '../problem.ts'
import { accepted } from '../refusals.ts'
import { lifecycleErrors, type App } from '../routes.ts'
import {
  integrityMetric,
  loadMetric,
  type Metric,
  metricReport,
  type MetricSource,
  metricSources,
} from './metric-routing.ts'

const MESSAGES_MAX = 1000

const oneOrMany = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([schema, z.array(schema).min(1).max(MESSAGES_MAX)])

const outcome = z
  .array(
    z.object({
      metricKey: z.string(),
      resourceId: z.string(),
      metricName: z.string(),
      passedTo: z.array(z.string()).meta({ description: 'the policies that heard it' }),
    }),
  )
  .meta({ id: 'MetricOutcomes' })

const route = <Schema extends z.ZodType>(kind: 'integrity' | 'load', schema: Schema, bytesMax: number) =>
  createRoute({
    method: 'post',
    path: `/api/metrics/${kind}`,
    operationId: kind === 'integrity' ? 'reportIntegrity' : 'reportLoad',
    tags: ['Metrics'],
    summary: `Tell the policies of resources about their ${kind}`,
    middleware: jsonBody(bytesMax),
    request: { body: { required: true, content: { 'application/json': { schema: oneOrMany(schema) } } } },
    responses: {
      200: {
        description: 'Who heard each of them, in their order',
        content: { 'application/json': { schema: outcome } },
      },
      ...lifecycleErrors,
    },
  })

export const mountMetrics = (app: App, parts: GatewayParts, asks: Asking): void => {
  const { queries, config } = parts
  const sourceOf = metricSources(parts, asks)

  const knownSource = async (key: string): Promise<MetricSource> => {
    const source = await sourceOf(key)
    if (source) return source
    const known = await asks.read(queries.list({ kind: RESOURCE, field: 'name', prefix: key.slice(0, 3), limit: 500 }))
    throw badRequest('resource-not-found', `Cannot find resource instance with metric key ${key}`, {
      nearest: nearestNames(
        key,
        known.map(({ value }) => value),
      ),
    })
  }

  /** All are looked up before the first is passed on: a wrong key in the middle must not leave half of them done. */
  const pass = async (metrics: readonly Metric[]): Promise<z.infer<typeof outcome>> => {
    const keys = [...new Set(metrics.map(({ metricKey }) => metricKey))]
    const sources = new Map(await Promise.all(keys.map(async (key) => [key, await knownSource(key)] as const)))
    const known = metrics.flatMap((metric) => {
      const source = sources.get(metric.metricKey)
      if (!source) return []
      const resolved = metricReport(metric, source)
      if ('problem' in resolved)
        throw badRequest(resolved.problem.code, resolved.problem.message, resolved.problem.details)
      return [{ metricKey: metric.metricKey, resourceId: source.id, report: resolved.report }]
    })
    const replies = await Promise.all(
      known.map(({ resourceId, report }) => {
        const command: ResourceCommand = { type: 'metric-reported', metric: report }
        return asks.ask<{ passedTo: readonly EntityRef[] }>(resourceRef(resourceId), command)
      }),
    )
    return known.map(({ metricKey, resourceId, report }, index) => {
      const reply = replies[index]
      if (!reply) throw new Problem({ status: 503, code: 'no-reply', message: 'no answer' })
      const { passedTo } = accepted(reply, 'rpc')
      return { metricKey, resourceId, metricName: report.metricName, passedTo: passedTo.map(refText) }
    })
  }

  app.openapi(route('integrity', integrityMetric, config.bodyBytesMax), async (c) => {
    const body = c.req.valid('json')
    return c.json(await pass(Array.isArray(body) ? body : [body]), 200)
  })
  app.openapi(route('load', loadMetric, config.bodyBytesMax), async (c) => {
    const body = c.req.valid('json')
    return c.json(await pass(Array.isArray(body) ? body : [body]), 200)
  })
}
