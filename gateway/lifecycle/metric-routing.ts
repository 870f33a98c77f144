/** Metrics of resources, however they come in: what a message looks like, and whom it is for. */
import { z } from 'zod'
import { resourceRef } from '../../actors/addresses.ts'
import type { MetricReport, ResourceEntityState } from '../../actors/resource/protocol.ts'
import type { Asking } from '../asking.ts'
import type { GatewayParts } from '../parts.ts'
import { assemblyLookup } from './assemblies.ts'

const text = z.string().min(1).max(512)
const base = {
  metricKey: text.meta({ description: 'the id of a resource, or its instance name' }),
  metricName: text.optional().meta({ description: 'may be left out where the resource has one metric of this kind' }),
  metricId: text.optional().meta({ description: '`<metricKey>.<metricName>`' }),
  message: z.string().max(4000).optional(),
}
export const integrityMetric = z
  .object({ ...base, integrity: z.enum(['OK', 'BROKEN']) })
  .meta({ id: 'IntegrityMetric' })
export const loadMetric = z.object({ ...base, load: z.number() }).meta({ id: 'LoadMetric' })
export type Metric = z.infer<typeof integrityMetric> | z.infer<typeof loadMetric>

/** What a metric's resource is known by, and which metrics it has. */
export type MetricSource = Pick<ResourceEntityState, 'id'> & Pick<ResourceEntityState['traits'], 'metrics'>

/** By the id of a resource, or else by its instance name; `undefined`: there is none. Reads only. */
export const metricSources = ({ queries }: Pick<GatewayParts, 'queries'>, asks: Pick<Asking, 'read'>) => {
  const lookup = assemblyLookup({ queries }, asks)
  const resource = async (id: string): Promise<MetricSource | undefined> => {
    const view = await asks.read(queries.entity<ResourceEntityState>(resourceRef(id)))
    if (!view?.state.identity || view.state.released) return undefined
    return { id: view.state.id, metrics: view.state.traits.metrics }
  }
  return async (metricKey: string): Promise<MetricSource | undefined> => {
    const byId = await resource(metricKey)
    if (byId) return byId
    const named = await lookup.instanceByName(metricKey)
    return named && resource(named.instance.id)
  }
}

/** Why a metric isn't one of its resource. */
export interface MetricProblem {
  readonly code: 'metric-name-missing' | 'unknown-metric'
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

type Resolved = { readonly report: MetricReport } | { readonly problem: MetricProblem }

/** The metric's name: as given, from the id, or the only one of its kind. */
const metricNameOf = (metric: Metric, names: readonly string[]): string | undefined => {
  if (metric.metricName !== undefined) return metric.metricName
  const prefix = `${metric.metricKey}.`
  if (metric.metricId?.startsWith(prefix)) return metric.metricId.slice(prefix.length)
  return names.length === 1 ? names[0] : undefined
}

/** What the resource is told. */
export const metricReport = (metric: Metric, { metrics }: MetricSource): Resolved => {
  const kind = 'load' in metric ? 'load' : 'integrity'
  const names = Object.entries(metrics).flatMap(([name, known]) => (known === kind ? [name] : []))
  const metricName = metricNameOf(metric, names)
  if (metricName === undefined)
    return {
      problem: {
        code: 'metric-name-missing',
        message: `${metric.metricKey} has ${names.length === 0 ? 'no metric' : 'several metrics'} of the kind ${kind}; give metricName`,
        details: { metrics: names },
      },
    }
  if (!names.includes(metricName))
    return {
      problem: {
        code: 'unknown-metric',
        message: `${metric.metricKey} has no metric ${metricName} of the kind ${kind}`,
        details: { metrics },
      },
    }
  const message = metric.message === undefined ? {} : { message: metric.message }
  return 'load' in metric
    ? { report: { kind: 'load', metricName, value: metric.load, ...message } }
    : { report: { kind: 'integrity', metricName, value: metric.integrity, ...message } }
}
