/**
 * `/onap/controlloop/v2/actuator`: health and figures in the shapes of Spring Boot's actuator, for what watches ONAP's runtime. The
 * first release has it beside the version (`/onap/controlloop/actuator`), so it is there, too.
 */
import { createRoute } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { z } from 'zod'
import type { MetricSample } from '../../../runtime/metrics.ts'
import { badRequest, notFound, simpleResponse } from '../../problem.ts'
import { PROMETHEUS_TYPE, prometheusText } from '../../prometheus.ts'
import type { App } from '../../routes.ts'
import type { NodeCondition } from '../../runtime/node-condition.ts'
import { requestIdOf } from './edge.ts'
import { REFUSED_EXAMPLE } from './examples.ts'
import { BASE } from './responses.ts'

const tags = ['Operations']
const NEVER_CACHED = { 'Cache-Control': 'no-store' }

const status = z.enum(['UP', 'DOWN'])
const health = z
  .object({
    status,
    components: z.record(z.string(), z.object({ status, details: z.object({ note: z.string() }).optional() })),
  })
  .meta({ id: 'ActuatorHealth' })

const metricNames = z.object({ names: z.array(z.string()) }).meta({ id: 'ActuatorMetricNames' })
const metric = z
  .object({
    name: z.string(),
    description: z.string(),
    baseUnit: z.literal('seconds').optional(),
    measurements: z.array(z.object({ statistic: z.enum(['VALUE', 'COUNT', 'TOTAL_TIME']), value: z.number() })),
    availableTags: z.array(z.object({ tag: z.string(), values: z.array(z.string()) })),
  })
  .meta({ id: 'ActuatorMetric' })
type Metric = z.infer<typeof metric>

const tagQuery = z.object({
  tag: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .meta({ description: '`name:value`; several narrow it further' }),
})

const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': { schema } },
})

const errors = {
  default: {
    description: 'What is wrong and, where it can be known, what would be right',
    content: { 'application/json': { schema: simpleResponse, example: REFUSED_EXAMPLE } },
  },
} as const

const routesAt = (base: string, suffix: string) => ({
  health: createRoute({
    method: 'get',
    path: `${base}/actuator/health`,
    operationId: `getActuatorHealth${suffix}`,
    tags,
    summary: 'Whether this node can do its work, as Spring Boot says it',
    responses: { 200: json('It is UP', health), 503: json('It is DOWN: a part of it isn’t there', health), ...errors },
  }),
  names: createRoute({
    method: 'get',
    path: `${base}/actuator/metrics`,
    operationId: `listActuatorMetrics${suffix}`,
    tags,
    summary: 'The names of all figures',
    responses: { 200: json('Names', metricNames), ...errors },
  }),
  metric: createRoute({
    method: 'get',
    path: `${base}/actuator/metrics/{name}`,
    operationId: `getActuatorMetric${suffix}`,
    tags,
    summary: 'One figure: the sum of all that has the tags asked for',
    request: { params: z.object({ name: z.string() }), query: tagQuery },
    responses: { 200: json('The figure', metric), ...errors },
  }),
  prometheus: createRoute({
    method: 'get',
    path: `${base}/actuator/prometheus`,
    operationId: `getActuatorPrometheus${suffix}`,
    tags,
    summary: 'Figures for Prometheus, the same as `/metrics`',
    responses: {
      200: { description: 'In the text format', content: { 'text/plain': { schema: z.string() } } },
      ...errors,
    },
  }),
})

type Tag = readonly [name: string, value: string]

/** @throws {Problem} 400 for one that isn't `name:value` */
const tagOf = (text: string): Tag => {
  const at = text.indexOf(':')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw badRequest('invalid-query', `the query's tag ${JSON.stringify(text)} has to be name:value`)
}

const sum = (samples: readonly MetricSample[], of: (sample: MetricSample) => number): number =>
  samples.reduce((total, sample) => total + of(sample), 0)

const measurementsOf = (samples: readonly MetricSample[]): Metric['measurements'] => {
  const value = sum(samples, (sample) => sample.value)
  switch (samples[0]?.type) {
    case 'histogram':
      return [
        { statistic: 'COUNT', value: sum(samples, ({ count = 0 }) => count) },
        { statistic: 'TOTAL_TIME', value },
      ]
    case 'counter':
      return [{ statistic: 'COUNT', value }]
    case 'gauge':
    case undefined:
      return [{ statistic: 'VALUE', value }]
  }
}

/** Tags that would narrow it further, with their values. */
const tagsOf = (samples: readonly MetricSample[], asked: readonly Tag[]): Metric['availableTags'] => {
  const labels = samples.flatMap(({ labels = {} }) => Object.entries(labels))
  const free = labels.filter(([name]) => !asked.some(([other]) => other === name))
  return [...Map.groupBy(free, ([name]) => name)].map(([tag, found]) => ({
    tag,
    values: [...new Set(found.map(([, value]) => value))].sort(),
  }))
}

/** `undefined`: no figure has that name and these tags. */
export const actuatorMetric = (
  samples: readonly MetricSample[],
  name: string,
  asked: readonly Tag[],
): Metric | undefined => {
  const found = samples.filter(
    (sample) => sample.name === name && asked.every(([tag, value]) => sample.labels?.[tag] === value),
  )
  const [first] = found
  if (!first) return undefined
  return {
    name,
    description: first.help,
    ...(first.type === 'histogram' ? { baseUnit: 'seconds' as const } : {}),
    measurements: measurementsOf(found),
    availableTags: tagsOf(found, asked),
  }
}

const BASES = [
  { base: BASE, suffix: '' },
  { base: BASE.replace(/\/v2$/, ''), suffix: 'Unversioned' },
]

const echoRequestId: MiddlewareHandler = async (c, next) => {
  await next()
  c.res.headers.set('X-ONAP-RequestID', requestIdOf(c))
}

export const mountActuator = (app: App, condition: NodeCondition): void => {
  for (const { base, suffix } of BASES) {
    const routes = routesAt(base, suffix)
    app.use(`${base}/actuator/*`, echoRequestId)
    app.openapi(routes.health, async (c) => {
      const { ready, parts } = await condition.health()
      const components = Object.fromEntries(
        parts.map(({ name, ok, note }) => [
          name,
          { status: ok ? ('UP' as const) : ('DOWN' as const), ...(note === undefined ? {} : { details: { note } }) },
        ]),
      )
      return c.json(
        { status: ready ? ('UP' as const) : ('DOWN' as const), components },
        ready ? 200 : 503,
        NEVER_CACHED,
      )
    })
    app.openapi(routes.names, async (c) => {
      const names = new Set((await condition.samples()).map(({ name }) => name))
      return c.json({ names: [...names].sort() }, 200, NEVER_CACHED)
    })
    app.openapi(routes.metric, async (c) => {
      const { name } = c.req.valid('param')
      const tag = c.req.valid('query').tag ?? []
      const asked = (typeof tag === 'string' ? [tag] : tag).map(tagOf)
      const found = actuatorMetric(await condition.samples(), name, asked)
      if (!found) {
        const narrowed = asked.map(([key, value]) => ` with ${key}:${value}`).join('')
        throw notFound(`no figure ${JSON.stringify(name)}${narrowed}; …/actuator/metrics has the names`)
      }
      return c.json(found, 200, NEVER_CACHED)
    })
    app.openapi(routes.prometheus, async (c) =>
      c.text(prometheusText(await condition.samples()), 200, { 'Content-Type': PROMETHEUS_TYPE }),
    )
  }
}
