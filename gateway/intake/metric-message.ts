/** What stands in a record of the metrics' topics: JSON, as resources and their monitoring publish it. */
import { z } from 'zod'
import { integrityMetric, loadMetric, type Metric } from '../lifecycle/metric-routing.ts'

export type MetricKind = 'integrity' | 'load'

const SHAPES = { integrity: integrityMetric, load: loadMetric } as const

/** Publishers write `null` for what they leave out. */
const withoutNulls = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
    : value

/** The metric, or what is wrong with the text. Fields that aren't known here are left out. */
export const readMetric = (
  kind: MetricKind,
  text: string,
): { readonly metric: Metric } | { readonly problem: string } => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { problem: 'not JSON' }
  }
  const parsed = SHAPES[kind].safeParse(withoutNulls(json))
  return parsed.success ? { metric: parsed.data } : { problem: z.prettifyError(parsed.error) }
}
