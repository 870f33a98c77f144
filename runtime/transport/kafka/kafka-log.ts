/**
 * The Log over Kafka. A topic `t` of the system is Kafka's `<prefix>.t`, a group `<prefix>.<group>`; topics that others
 * named keep their names. A record is the value as it is, without a key.
 *
 * What the port promises is kept by: `appender.ts` (order, one request in flight), `fetcher.ts` (reading, whatever
 * happens to the brokers), `membership.ts` (who reads what).
 */
import type { ConnectionOptions } from 'node:tls'
import type { SASLOptions } from 'kafkajs'
import { RuntimeFault, errorText } from '../../fault.ts'
import type { Clock, Log, LogBounds, LogEntry, LogMembership, LogReader } from '../../ports.ts'
import { Appender } from './appender.ts'
import { Fetcher } from './fetcher.ts'
import { Membership } from './membership.ts'
import { partitionBounds } from './partition-offsets.ts'
import { pause } from '../../pause.ts'
import { Trimmer, ensureTopic, partitionsDiffer } from './topics.ts'
import { seldom } from './warnings.ts'
import type { Warn } from './warnings.ts'
import { KafkaWire } from './wire.ts'

export interface KafkaLogOptions {
  /** `host:port` of some of the brokers. */
  readonly brokers: readonly string[]
  /** Shows up in the brokers' logs. */
  readonly clientId: string
  /** The system's name: it keeps several systems on one Kafka apart. */
  readonly prefix: string
  /** Topics whose names are agreed with others: used without the prefix. */
  readonly sharedTopics: ReadonlySet<string>
  /** Copies of each partition of topics that are made; absent: the brokers' default. */
  readonly replication?: number | undefined
  readonly ssl?: ConnectionOptions | undefined
  readonly sasl?: SASLOptions | undefined
  /** A member that isn't heard of for this long is out of its group. */
  readonly sessionTimeoutMs: number
  /** How long a Kafka that is only just starting is waited for. Default: ten seconds. */
  readonly openTimeoutMs?: number
  readonly clock: Clock
  /** Told at most once in ten seconds of the same trouble. */
  readonly warn: Warn
}

export interface KafkaCounters {
  readonly append: { readonly requests: number; readonly records: number; readonly failures: number }
  readonly read: { readonly fetches: number; readonly records: number; readonly failures: number }
}

export interface KafkaLog extends Log {
  /** Since it was opened, for metrics. */
  counters(): KafkaCounters
}

const CONNECT_TIMEOUT_MS = 2_000
const REQUEST_TIMEOUT_MS = 5_000
const OPEN_TIMEOUT_MS = 10_000
const TRY_AGAIN_MS = 250

/** @throws {RuntimeFault} `unavailable` if no broker answers within `openTimeoutMs` */
export const openKafkaLog = async (options: KafkaLogOptions): Promise<KafkaLog> => {
  const { clock, prefix, sharedTopics, replication, sessionTimeoutMs, onWarn } = {
    ...options,
    onWarn: seldom(options.warn, options.clock),
  }
  const connection = {
    brokers: options.brokers,
    clientId: options.clientId,
    ssl: options.ssl,
    sasl: options.sasl,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  }
  // Apart, so that a long poll never holds up an append, and trouble of one isn't the other's.
  const wire = new KafkaWire(connection)
  const readingWire = new KafkaWire(connection)
  await reach(wire, options)

  const appender = new Appender({ wire, clock, warn: onWarn })
  const fetcher = new Fetcher({ wire: readingWire, clock, warn: onWarn })
  const trimmer = new Trimmer(wire, clock, onWarn)
  const memberships = new Set<Membership>()
  let closed = false

  const assertOpen = (): void => {
    if (closed) throw new RuntimeFault('closed', 'the log is closed')
  }
  const nameOf = (topic: string): string => (sharedTopics.has(topic) ? topic : `${prefix}.${topic}`)
  const ensure = (topic: string, partitions: number): Promise<number> =>
    ensureTopic(wire, clock, { name: nameOf(topic), partitions, replication, isShared: sharedTopics.has(topic) })

  return {
    async createTopic(topic: string, partitions: number): Promise<void> {
      assertOpen()
      const has = await ensure(topic, partitions)
      if (has !== partitions) throw partitionsDiffer(nameOf(topic), has, partitions)
    },
    async ensureTopic(topic: string, partitions: number): Promise<number> {
      assertOpen()
      return ensure(topic, partitions)
    },
    async append(entries: readonly LogEntry[]): Promise<void> {
      return appender.append(entries, nameOf)
    },
    read(topic: string, partition: number, fromOffset: number): LogReader {
      return fetcher.open(nameOf(topic), partition, fromOffset)
    },
    async bounds(topic: string, partition: number): Promise<LogBounds> {
      assertOpen()
      return partitionBounds(wire, nameOf(topic), partition)
    },
    async trim(topic: string, partition: number, before: number): Promise<void> {
      assertOpen()
      return trimmer.trim(nameOf(topic), partition, before)
    },
    async join(
      group: string,
      topic: string,
      onAssigned: (partitions: readonly number[]) => void,
    ): Promise<LogMembership> {
      assertOpen()
      const membership: Membership = new Membership({
        wire,
        clock,
        warn: onWarn,
        group: `${prefix}.${group}`,
        topic: nameOf(topic),
        sessionTimeoutMs,
        onAssigned,
        onLeft: () => memberships.delete(membership),
      })
      memberships.add(membership)
      await membership.joined(sessionTimeoutMs)
      return membership
    },
    async close(): Promise<void> {
      closed = true
      fetcher.close()
      trimmer.close()
      await Promise.all([...memberships].map((membership) => membership.leave()))
      appender.close()
      wire.close()
      readingWire.close()
    },
    counters: () => ({ append: appender.counters, read: { ...fetcher.counters } }),
  }
}

const reach = async (
  wire: KafkaWire,
  { clock, brokers, openTimeoutMs = OPEN_TIMEOUT_MS }: KafkaLogOptions,
): Promise<void> => {
  for (const deadline = clock.now() + openTimeoutMs; ;) {
    try {
      return await wire.refresh()
    } catch (error) {
      if (clock.now() < deadline) {
        await pause(clock, TRY_AGAIN_MS)
        continue
      }
      wire.close()
      throw new RuntimeFault('unavailable', `no Kafka at ${brokers.join(', ')}: ${errorText(error)}`, { cause: error })
    }
  }
}
