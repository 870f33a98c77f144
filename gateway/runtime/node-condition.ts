/** How the node is and what it has counted, whichever API asks. */
import { errorText } from '../../runtime/fault.ts'
import type { MetricSample } from '../../runtime/metrics.ts'
import type { StoreCounts } from '../../runtime/ports.ts'
import type { Asking } from '../asking.ts'
import type { RequestDurations } from '../durations.ts'
import type { GatewayParts, HealthPart } from '../parts.ts'

/** What the gateway counts of itself. */
export interface GatewayFigures {
  readonly durations: RequestDurations
  inFlight(): number
  eventStreams(): number
  unexpectedErrors(): number
}

export interface NodeCondition {
  /** `ready`: every part is. A node without its store or log is alive (a restart would not help) and not ready. */
  health(): Promise<{ readonly alive: true; readonly ready: boolean; readonly parts: HealthPart[] }>
  samples(): Promise<readonly MetricSample[]>
}

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

export const nodeCondition = (parts: GatewayParts, { read }: Asking, figures: GatewayFigures): NodeCondition => {
  const storePart = async (): Promise<HealthPart> => {
    try {
      await read(parts.queries.counts())
      return { name: 'store', ok: true }
    } catch (error) {
      return { name: 'store', ok: false, note: errorText(error) }
    }
  }
  return {
    health: async () => {
      const [store, others] = await Promise.all([storePart(), parts.health?.() ?? []])
      const all = [{ name: 'gateway', ok: true }, store, ...others]
      return { alive: true, ready: all.every(({ ok }) => ok), parts: all }
    },
    samples: async () => {
      const [runtime, counts] = await Promise.all([
        parts.metrics?.() ?? [],
        // A store that doesn't answer must not hide the figures that say so.
        read(parts.queries.counts()).catch(() => undefined),
      ])
      return [
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
      ]
    },
  }
}
