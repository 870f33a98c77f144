/**
 * Metrics that arrive on topics, shared by all nodes that take them in. Each goes to its resource, as one that came over
 * HTTP does. At least once, and those of one key in the order in which they arrived: the group's position moves only
 * behind metrics that their resources have durably been told. What can't be read, or is of nothing that is known here, is
 * counted and passed over: the topics are others', too, and one bad metric must not hold up the rest.
 */
import { resourceRef } from '../../actors/addresses.ts'
import type { ResourceCommand } from '../../actors/resource/protocol.ts'
import { backoffMs } from '../../runtime/backoff.ts'
import type { RuntimeClient, Queries } from '../../runtime/client.ts'
import { errorText, isFault, isHopeless } from '../../runtime/fault.ts'
import { type GroupReader, startGroupReader } from '../../runtime/group-reader/group-reader.ts'
import type { Handled } from '../../runtime/group-reader/partition-work.ts'
import type { MetricSample } from '../../runtime/metrics.ts'
import { pause } from '../../runtime/pause.ts'
import type { Clock, Log } from '../../runtime/ports.ts'
import { isNews } from '../../runtime/seldom.ts'
import { asking } from '../asking.ts'
import { type Metric, metricReport, metricSources } from '../lifecycle/metric-routing.ts'
import { DEFAULT_METRICS_INTAKE_CONFIG, type MetricsIntakeConfig } from './config.ts'
import { inTurn } from './in-turn.ts'
import { type MetricKind, readMetric } from './metric-message.ts'
import { remembered } from './remembered.ts'

export const METRICS_GROUP = 'metrics-intake'

export interface MetricsIntakeParts {
  readonly log: Log
  readonly clock: Clock
  readonly client: Pick<RuntimeClient, 'ask' | 'tell'>
  readonly queries: Queries
  /** Names that others know. */
  readonly topics: Readonly<Record<MetricKind, string>>
  readonly config?: Partial<MetricsIntakeConfig>
  readonly warn: (text: string, details: Readonly<Record<string, unknown>>) => void
}

interface Counts {
  /** Told to their resources. */
  told: number
  malformed: number
  /** Of a resource, or of a metric of it, that isn't known here. */
  unknown: number
  /** That could not be handled for another reason, and never can. */
  failed: number
  /** Tries after a temporary error. */
  retried: number
}

export interface MetricsIntakeStats extends Readonly<Counts> {
  readonly inFlight: number
}

export interface MetricsIntake {
  stats(): MetricsIntakeStats
  samples(): readonly MetricSample[]
  /** Stops reading, waits for what is under way, stores the position, leaves the group. */
  close(): Promise<void>
}

type PassedOver = 'malformed' | 'unknown' | 'failed'

const SENDER = 'metrics-intake'

/** Resolves when it has joined the group; makes the topics if they aren't there. */
export const startMetricsIntake = async (parts: MetricsIntakeParts): Promise<MetricsIntake> => {
  const { log, clock, client, queries, topics, warn } = parts
  const config = { ...DEFAULT_METRICS_INTAKE_CONFIG, ...parts.config }
  const counts: Counts = { told: 0, malformed: 0, unknown: 0, failed: 0, retried: 0 }
  const stopping = new AbortController()
  const decoder = new TextDecoder()
  const { readDeadlineMs, sourceTtlMs: ttlMs, sourcesMax: entriesMax } = config
  const asks = asking({ client, clock, config: { readDeadlineMs, askDeadlineMs: readDeadlineMs } })
  const sourceOf = remembered(metricSources({ queries }, asks), clock, { ttlMs, entriesMax })
  const turn = inTurn()

  const passOver = (why: PassedOver, problem: string): Handled => {
    const times = ++counts[why]
    if (isNews(times)) warn(`${why} metric passed over`, { problem, times })
    return 'done'
  }

  const tell = async (metric: Metric): Promise<Handled> => {
    const source = await sourceOf(metric.metricKey)
    if (!source) return passOver('unknown', `there is no resource ${metric.metricKey}`)
    const resolved = metricReport(metric, source)
    if ('problem' in resolved) return passOver('unknown', resolved.problem.message)
    const command: ResourceCommand = { type: 'metric-reported', metric: resolved.report }
    await client.tell(resourceRef(source.id), command, { sender: SENDER })
    counts.told++
    return 'done'
  }

  const tellUntilTold = async (metric: Metric): Promise<Handled> => {
    for (let failures = 1; !stopping.signal.aborted; failures++)
      try {
        return await tell(metric)
      } catch (error) {
        if (isHopeless(faultOf(error))) return passOver('failed', `${metric.metricKey}: ${errorText(error)}`)
        if (isNews(++counts.retried))
          warn('metric will be told again', { metricKey: metric.metricKey, error: errorText(error) })
        await pause(clock, backoffMs(failures, config.retry.firstMs, config.retry.longestMs), stopping.signal)
      }
    return 'left'
  }

  const handleOf =
    (kind: MetricKind) =>
    async (value: Uint8Array): Promise<Handled> => {
      if (value.length > config.messageBytesMax)
        return passOver('malformed', `it has ${value.length} bytes; ${config.messageBytesMax} are the most`)
      const read = readMetric(kind, decoder.decode(value))
      if ('problem' in read) return passOver('malformed', read.problem)
      // In turn: policies count what comes one after the other.
      return turn(`${kind}/${read.metric.metricKey}`, () => tellUntilTold(read.metric))
    }

  const readers: GroupReader[] = []
  const close = async (): Promise<void> => {
    stopping.abort()
    await Promise.all(readers.map((reader) => reader.close()))
  }
  try {
    for (const kind of ['integrity', 'load'] as const) {
      await log.ensureTopic(topics[kind], config.partitions)
      readers.push(
        await startGroupReader({
          log,
          clock,
          topic: topics[kind],
          group: METRICS_GROUP,
          // Others may read them, too; how long they keep metrics is their owner's business.
          trims: false,
          config,
          handle: handleOf(kind),
          warn,
        }),
      )
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    stats: () => ({ ...counts, inFlight: readers.reduce((sum, reader) => sum + reader.stats().inFlight, 0) }),
    samples: () => samplesOf(counts),
    close,
  }
}

/** A look-up's fault is the cause of the problem that it was turned into. */
const faultOf = (error: unknown): unknown => (error instanceof Error && !isFault(error) ? error.cause : error)

const samplesOf = ({ retried, ...outcomes }: Counts): readonly MetricSample[] => [
  ...Object.entries(outcomes).map(([outcome, value]) => ({
    name: 'homeostat_metrics_intake_total',
    help: 'Metrics read from topics, by what became of them',
    type: 'counter' as const,
    labels: { outcome },
    value,
  })),
  {
    name: 'homeostat_metrics_intake_retries_total',
    help: 'Tries at telling a resource its metric, after a temporary error',
    type: 'counter',
    value: retried,
  },
]
