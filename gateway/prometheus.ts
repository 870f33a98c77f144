/** Metrics as text, in the exposition format of Prometheus (version 0.0.4). */
import type { MetricSample } from '../runtime/metrics.ts'

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

type Labels = Readonly<Record<string, string>>

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"')

const labelText = (labels: Labels = {}, le?: string): string => {
  const parts = Object.entries(le === undefined ? labels : { ...labels, le })
  return parts.length === 0 ? '' : `{${parts.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',')}}`
}

const numberText = (value: number): string =>
  value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value)

const sampleLines = ({ name, type, labels, value, buckets = [], count = 0 }: MetricSample): string[] =>
  type === 'histogram'
    ? [
        ...buckets.map((bucket) => `${name}_bucket${labelText(labels, numberText(bucket.le))} ${bucket.count}`),
        `${name}_bucket${labelText(labels, '+Inf')} ${count}`,
        `${name}_sum${labelText(labels)} ${numberText(value)}`,
        `${name}_count${labelText(labels)} ${count}`,
      ]
    : [`${name}${labelText(labels)} ${numberText(value)}`]

/** Samples of one name stand together, whatever order they come in: the format wants that. */
export const prometheusText = (samples: readonly MetricSample[]): string => {
  const families = Map.groupBy(samples, (sample) => sample.name)
  const lines = [...families].flatMap(([name, family]) => [
    `# HELP ${name} ${escapeHelp(family[0]?.help ?? '')}`,
    `# TYPE ${name} ${family[0]?.type ?? 'untyped'}`,
    ...family.flatMap(sampleLines),
  ])
  return lines.map((line) => `${line}\n`).join('')
}
