/**
 * What a runtime asked its log and store to make durable, with what shared a flush; and the same again, straight into a
 * new file: the rate that the runtime would have if it cost nothing.
 */
import { join } from 'node:path'
import { SqliteStore } from '../persistence/sqlite-store.ts'
import { SHARD_TOPIC } from '../runtime/config.ts'
import type { Log, LogEntry, ShardCommit, Store } from '../runtime/ports.ts'
import { SqliteFile } from '../runtime/transport/sqlite-file.ts'
import { SqliteLog } from '../runtime/transport/sqlite-log.ts'
import type { Between } from './counter-system.ts'

/** What was made durable by one transaction. */
export interface FlushGroup {
  readonly appends: (readonly LogEntry[])[]
  readonly commits: ShardCommit[]
}

export interface Recording {
  readonly between: Between
  /** What was made durable since the last call. Nothing may be under way. */
  take(): readonly FlushGroup[]
}

export const record = (): Recording => {
  let groups: FlushGroup[] = [{ appends: [], commits: [] }]
  const current = (): FlushGroup => groups.at(-1) as FlushGroup
  const between: Between = (file, ports) => {
    // Operations settle after this was called for their transaction, and before it is called for the next.
    file.attach({ afterCommit: () => void groups.push({ appends: [], commits: [] }), afterRollback: () => undefined })
    const log: Log = {
      createTopic: (topic, partitions) => ports.log.createTopic(topic, partitions),
      ensureTopic: (topic, partitions) => ports.log.ensureTopic(topic, partitions),
      append: async (entries) => {
        await ports.log.append(entries)
        current().appends.push(entries)
      },
      read: (topic, partition, from) => ports.log.read(topic, partition, from),
      bounds: (topic, partition) => ports.log.bounds(topic, partition),
      trim: (topic, partition, before) => ports.log.trim(topic, partition, before),
      join: (group, topic, onAssigned) => ports.log.join(group, topic, onAssigned),
      close: () => ports.log.close(),
    }
    const store: Store = {
      appends: ports.store.appends,
      setUp: (initial) => ports.store.setUp(initial),
      changeProtocol: (from, to) => ports.store.changeProtocol(from, to),
      acquire: (shard, owner) => ports.store.acquire(shard, owner),
      commit: async (commit) => {
        await ports.store.commit(commit)
        current().commits.push(commit)
      },
      load: (shard, keys, fence) => ports.store.load(shard, keys, fence),
      fields: (shard, keys) => ports.store.fields(shard, keys),
      outbox: (shard, limit) => ports.store.outbox(shard, limit),
      timers: (shard, before, limit) => ports.store.timers(shard, before, limit),
      list: (query) => ports.store.list(query),
      history: (shard, query) => ports.store.history(shard, query),
      deadLetters: (query) => ports.store.deadLetters(query),
      deadLetter: (id) => ports.store.deadLetter(id),
      counts: () => ports.store.counts(),
      close: () => ports.store.close(),
    }
    return { log, store }
  }
  const take = (): readonly FlushGroup[] => {
    const taken = groups
    groups = [{ appends: [], commits: [] }]
    return taken
  }
  return { between, take }
}

export interface Replay {
  /** Makes these durable again, transaction by transaction. */
  play(groups: readonly FlushGroup[]): Promise<Spent>
  close(): Promise<void>
}

/** A new file to which recordings are played, all of them from the first on. */
export const openReplay = async (
  folder: string,
  { shards, withAppends }: { readonly shards: number; readonly withAppends: boolean },
): Promise<Replay> => {
  const file = new SqliteFile({ path: join(folder, 'homeostat.sqlite'), synchronous: 'full' })
  const log = new SqliteLog(file)
  const store = new SqliteStore(file, log)
  await store.setUp({ shards, protocol: 1 })
  await log.createTopic(SHARD_TOPIC, shards)
  const leases = await Promise.all(Array.from({ length: shards }, (_, shard) => store.acquire(shard, 'bench')))
  return {
    play: (groups) => {
      const prepared = groups
        .map(({ appends, commits }) => ({
          appends: withAppends ? appends : [],
          commits: commits.map((commit) => ({
            ...commit,
            token: leases[commit.shard]?.token ?? '',
            append: withAppends ? (commit.append ?? []) : [],
          })),
        }))
        .filter(({ appends, commits }) => appends.length + commits.length > 0)
      return spentOn(async () => {
        // What is asked for in one turn is one transaction, as it was.
        for (const { appends, commits } of prepared)
          await Promise.all([
            ...appends.map((entries) => log.append(entries)),
            ...commits.map((commit) => store.commit(commit)),
          ])
      })
    },
    close: async () => {
      await log.close()
      await store.close()
      await file.close()
    },
  }
}

export interface Spent {
  readonly seconds: number
  /** Of the whole process, the kernel's part included. */
  readonly cpuSeconds: number
}

export const spentOn = async (work: () => Promise<void>): Promise<Spent> => {
  const [startedMs, cpu] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { seconds: (performance.now() - startedMs) / 1_000, cpuSeconds: (user + system) / 1e6 }
}
