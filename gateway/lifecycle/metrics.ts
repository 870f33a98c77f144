/** `/api/metrics/…`: integrity and load of resources, in the shape of the messages that resources publish. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { RESOURCE, resourceRef } from '../../actors/addresses.ts'
import type { MetricReport, ResourceCommand, ResourceEntityState } from '../../actors/resource/protocol.ts'
import { refText, type EntityRef } from '../../runtime/entity.ts'
import type { Asking } from '../asking.ts'
import { jsonBody } from '../body.ts'
import { nearestNames } from '../hints.ts'
import type { GatewayParts } from '../parts.ts'
import { Problem, badRequest } from '../problem.ts'
import { accepted } from '../refusals.ts'
import { lifecycleErrors, type App } from '../routes.ts'
import { assemblyLookup } from './assemblies.ts'

const MESSAGES_MAX = 1000

const text = z.string().min(1).max(512)
const base = {
  metricKey: text.meta({ description: 'the id of a resource, or its instance name' }),
  metricName: text.optional().meta({ description: 'may be left out where the resource has one metric of this kind' }),
  metricId: text.optional().meta({ description: '`<metricKey>.<metricName>`' }),
  message: z.string().max(4000).optional(),
}
const integrity = z.object({ ...base, integrity: z.enum(['OK', 'BROKEN']) }).meta({ id: 'IntegrityMetric' })
const load = z.object({ ...base, load: z.number() }).meta({ id: 'LoadMetric' })
type Metric = z.infer<typeof integrity> | z.infer<typeof load>

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

/** The metric's name: as given, from the id, or the only one of its kind. */
const metricNameOf = (metric: Metric, resource: ResourceEntityState): string => {
  if (metric.metricName !== undefined) return metric.metricName
  const prefix = `${metric.metricKey}.`
  if (metric.metricId?.startsWith(prefix)) return metric.metricId.slice(prefix.length)
  const kind = 'load' in metric ? 'load' : 'integrity'
  const names = Object.entries(resource.traits.metrics).flatMap(([name, known]) => (known === kind ? [name] : []))
  if (names.length === 1) return names[0] ?? ''
  throw badRequest(
    'metric-name-missing',
    `${metric.metricKey} has ${names.length === 0 ? 'no metric' : 'several metrics'} of the kind ${kind}; give metricName`,
    { metrics: names },
  )
}

const reportOf = (metric: Metric, metricName: string): MetricReport => {
  const message = metric.message === undefined ? {} : { message: metric.message }
  return 'load' in metric
    ? { kind: 'load', metricName, value: metric.load, ...message }
    : { kind: 'integrity', metricName, value: metric.integrity, ...message }
}

export const mountMetrics = (app: App, parts: GatewayParts, asks: Asking): void => {
  const { queries, config } = parts
  const lookup = assemblyLookup(parts, asks)

  const resourceOf = async (key: string): Promise<ResourceEntityState> => {
    const byId = await asks.read(queries.entity<ResourceEntityState>(resourceRef(key)))
    if (byId?.state.identity && !byId.state.released) return byId.state
    const named = await lookup.instanceByName(key)
    const view = named && (await asks.read(queries.entity<ResourceEntityState>(resourceRef(named.instance.id))))
    if (view?.state.identity) return view.state
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
    const resources = new Map(await Promise.all(keys.map(async (key) => [key, await resourceOf(key)] as const)))
    const known = metrics.flatMap((metric) => {
      const resource = resources.get(metric.metricKey)
      return resource ? [{ metric, resource, metricName: metricNameOf(metric, resource) }] : []
    })
    for (const { metric, resource, metricName } of known) {
      const kind = 'load' in metric ? 'load' : 'integrity'
      if (resource.traits.metrics[metricName] !== kind)
        throw badRequest('unknown-metric', `${metric.metricKey} has no metric ${metricName} of the kind ${kind}`, {
          metrics: resource.traits.metrics,
        })
    }
    const replies = await Promise.all(
      known.map(({ metric, resource, metricName }) => {
        const command: ResourceCommand = { type: 'metric-reported', metric: reportOf(metric, metricName) }
        return asks.ask<{ passedTo: readonly EntityRef[] }>(resourceRef(resource.id), command)
      }),
    )
    return known.map(({ metric, resource, metricName }, index) => {
      const reply = replies[index]
      if (!reply) throw new Problem({ status: 503, code: 'no-reply', message: 'no answer' })
      const { passedTo } = accepted(reply, 'rpc')
      return { metricKey: metric.metricKey, resourceId: resource.id, metricName, passedTo: passedTo.map(refText) }
    })
  }

  app.openapi(route('integrity', integrity, config.bodyBytesMax), async (c) => {
    const body = c.req.valid('json')
    return c.json(await pass(Array.isArray(body) ? body : [body]), 200)
  })
  app.openapi(route('load', load, config.bodyBytesMax), async (c) => {
    const body = c.req.valid('json')
    return c.json(await pass(Array.isArray(body) ? body : [body]), 200)
  })
}
