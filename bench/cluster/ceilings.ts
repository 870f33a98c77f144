/** What this Redis and this Kafka do at most, with nothing of the runtime above their ports. */
import { randomBytes } from 'node:crypto'
import { median } from '../figures.ts'
import type { Log, LogEntry } from '../../runtime/ports.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { openKafkaLog } from '../../runtime/transport/kafka/kafka-log.ts'
import { counterCommits, eventsIn, openPlayer } from './replay.ts'
import { type Section, summaryOf } from './section.ts'
import { type BenchServers, forgetSystem, uniqueName } from './servers.ts'

export interface CeilingsSize {
  readonly runs: number
  readonly shards: number
  readonly actors: number
  readonly batches: readonly number[]
  /** Commands per run and batch size; fewer for small batches, which take longer. */
  readonly commands: (batch: number) => number
  readonly records: number
}

export interface CommitCeiling {
  readonly batch: number
  readonly commandsPerCommit: number
  /** Commands per second, of each run. */
  readonly runs: readonly number[]
}

export interface LogCeiling {
  readonly name: string
  readonly runs: readonly number[]
}

export interface Ceilings {
  readonly commits: readonly CommitCeiling[]
  readonly log: readonly LogCeiling[]
}

const commitCeiling = async (servers: BenchServers, size: CeilingsSize, batch: number): Promise<CommitCeiling> => {
  const { runs: count, shards, actors, commands } = size
  const commits = await counterCommits({ shards, actors, commands: commands(batch), batch })
  const events = eventsIn(commits)
  const withEvents = commits.filter(({ entities }) => entities.length > 0).length
  const runs: number[] = []
  for (let run = 0; run < count; run++) {
    const system = uniqueName('ceiling')
    const player = await openPlayer(servers.redis, system, shards)
    runs.push(events / (await player.play(commits)))
    await forgetSystem(servers.redis, system)
  }
  return { batch, commandsPerCommit: events / withEvents, runs }
}

const RECORD_BYTES = 200
/** As many as a node's edge sends in one request. */
const APPEND_RECORDS = 500
const READ_AT_ONCE = 256
const TOPIC = 'records'

const entriesOf = (count: number, partitions: number): readonly LogEntry[] => {
  const value = randomBytes(RECORD_BYTES)
  return Array.from({ length: count }, (_, index) => ({ topic: TOPIC, partition: index % partitions, value }))
}

const append = async (log: Log, entries: readonly LogEntry[], total: number, atOnce: number): Promise<number> => {
  let left = Math.ceil(total / entries.length)
  const startedMs = performance.now()
  const worker = async (): Promise<void> => {
    while (left-- > 0) await log.append(entries)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return (performance.now() - startedMs) / 1_000
}

const readAll = async (
  log: Log,
  partitions: number,
): Promise<{ readonly records: number; readonly seconds: number }> => {
  const ends = await Promise.all(Array.from({ length: partitions }, (_, partition) => log.bounds(TOPIC, partition)))
  const startedMs = performance.now()
  const counts = await Promise.all(
    ends.map(async ({ next }, partition) => {
      const reader = log.read(TOPIC, partition, 0)
      let [count, last] = [0, -1]
      while (last < next - 1) {
        const records = await reader.next(READ_AT_ONCE)
        count += records.length
        last = records.at(-1)?.offset ?? last
      }
      reader.close()
      return count
    }),
  )
  return { records: counts.reduce((sum, count) => sum + count, 0), seconds: (performance.now() - startedMs) / 1_000 }
}

const logCeilings = async (
  servers: BenchServers,
  { runs: count, shards, records }: CeilingsSize,
): Promise<readonly LogCeiling[]> => {
  const rates = { one: [] as number[], many: [] as number[], read: [] as number[] }
  for (let run = 0; run < count; run++) {
    const log = await openKafkaLog({
      brokers: servers.kafkaBrokers,
      clientId: 'bench',
      prefix: uniqueName('ceiling'),
      sharedTopics: new Set(),
      sessionTimeoutMs: 6_000,
      clock: systemClock,
      warn: () => undefined,
    })
    try {
      await log.createTopic(TOPIC, shards)
      const entries = entriesOf(APPEND_RECORDS, shards)
      await append(log, entries, Math.ceil(records / 10), 1)
      rates.one.push(records / (await append(log, entries, records, 1)))
      rates.many.push(records / (await append(log, entries, records, 8)))
      const read = await readAll(log, shards)
      rates.read.push(read.records / read.seconds)
    } finally {
      await log.close()
    }
  }
  return [
    { name: `appended, ${APPEND_RECORDS} in a call, one call at a time`, runs: rates.one },
    { name: `appended, ${APPEND_RECORDS} in a call, 8 calls at a time`, runs: rates.many },
    { name: `read, ${READ_AT_ONCE} in a call, all partitions at once`, runs: rates.read },
  ]
}

export const measureCeilings = async (servers: BenchServers, size: CeilingsSize): Promise<Section> => {
  const commits: CommitCeiling[] = []
  for (const batch of size.batches) commits.push(await commitCeiling(servers, size, batch))
  const log = await logCeilings(servers, size)
  const raw: Ceilings = { commits, log }
  return {
    name: 'ceilings',
    title: 'Ceilings: this Redis and this Kafka alone',
    summaries: [
      ...commits.map(({ batch, runs }) => summaryOf(`commands, up to ${batch} in a commit`, '/s', runs)),
      ...log.map(({ name, runs }) => summaryOf(`records of ${RECORD_BYTES} bytes ${name}`, '/s', runs)),
    ],
    notes: [
      `Commits: what a runtime in memory commits for increments of ${size.actors} counters (events, snapshots that are due, the sender's mark, the offset) when it finds batches of this size, played through the store's own \`commit\`: fenced, one script call each, ${size.shards} shards at once and one commit of each under way. On average ${commits.map(({ commandsPerCommit }) => commandsPerCommit.toFixed(1)).join(', ')} commands in a commit.`,
      `Kafka: through the Log port, ${size.shards} partitions, acknowledged by the broker.`,
    ],
    charts: [
      {
        name: 'commits',
        chart: {
          kind: 'line',
          title: 'Fenced commits: commands per second by batch size',
          categories: commits.map(({ batch }) => String(batch)),
          xLabel: 'commands in a commit, at most',
          yLabel: 'commands per second',
          series: [{ name: 'median of the runs', values: commits.map(({ runs }) => median(runs)) }],
        },
      },
    ],
    losses: [],
    raw,
  }
}
