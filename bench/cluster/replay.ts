/**
 * The commits that a runtime made, and the same again straight into Redis: the rate that the runtime would have if it
 * cost nothing. As the runtime does it: all shards at once, one commit of each at a time.
 */
import { MemoryStoreServer } from '../../persistence/memory-store.ts'
import type { RedisConnection } from '../../persistence/redis-connection.ts'
import { openRedisStore } from '../../persistence/redis-store.ts'
import type { RuntimeConfig } from '../../runtime/config.ts'
import type { ShardCommit, Store } from '../../runtime/ports.ts'
import { machineOf } from '../../runtime/testing/machine.ts'
import { addMany, drawer } from '../counter-system.ts'
import { Ledger } from '../ledger.ts'
import { benchDefinitions } from './definitions.ts'

export interface Recording {
  readonly between: (store: Store) => Store
  /** The commits since the last call, in the order in which they were stored. */
  take(): readonly ShardCommit[]
}

export const record = (): Recording => {
  let commits: ShardCommit[] = []
  return {
    between: (store) => ({
      appends: store.appends,
      setUp: (initial) => store.setUp(initial),
      changeProtocol: (from, to) => store.changeProtocol(from, to),
      acquire: (shard, owner) => store.acquire(shard, owner),
      commit: async (commit) => {
        await store.commit(commit)
        commits.push(commit)
      },
      load: (shard, keys, fence) => store.load(shard, keys, fence),
      fields: (shard, keys) => store.fields(shard, keys),
      outbox: (shard, limit) => store.outbox(shard, limit),
      timers: (shard, before, limit) => store.timers(shard, before, limit),
      list: (query) => store.list(query),
      history: (shard, query) => store.history(shard, query),
      deadLetters: (query) => store.deadLetters(query),
      deadLetter: (id) => store.deadLetter(id),
      counts: () => store.counts(),
      close: () => store.close(),
    }),
    take: () => {
      const taken = commits
      commits = []
      return taken
    },
  }
}

export const eventsIn = (commits: readonly ShardCommit[]): number =>
  commits.reduce((sum, { entities }) => sum + entities.reduce((events, write) => events + write.events.length, 0), 0)

export interface Player {
  /** Stores these on top of what was played before; answers how many seconds that took. */
  play(commits: readonly ShardCommit[]): Promise<number>
}

export const openPlayer = async (connection: RedisConnection, system: string, shards: number): Promise<Player> => {
  const store = await openRedisStore({ connection, prefix: system })
  await store.setUp({ shards, protocol: 1 })
  const tokens: string[] = []
  for (let shard = 0; shard < shards; shard++) tokens.push((await store.acquire(shard, 'bench')).token)
  return {
    play: async (commits) => {
      const byShard = Map.groupBy(commits, ({ shard }) => shard)
      const startedMs = performance.now()
      await Promise.all(
        [...byShard].map(async ([shard, own]) => {
          for (const commit of own) await store.commit({ ...commit, token: tokens[shard] ?? '' })
        }),
      )
      return (performance.now() - startedMs) / 1_000
    },
  }
}

export interface CommitsWanted {
  readonly shards: number
  readonly actors: number
  readonly commands: number
  /** Commands in one commit, as far as there are enough waiting. */
  readonly batch: number
}

/** Handed to the log at once, so that each shard finds whole batches. */
const AT_ONCE = 8_192

/** What counters really commit, by a runtime in memory that finds batches of this size. */
export const counterCommits = async ({
  shards,
  actors,
  commands,
  batch,
}: CommitsWanted): Promise<readonly ShardCommit[]> => {
  const recording = record()
  const config: Partial<RuntimeConfig> = {
    shards,
    batchRecordsMax: batch,
    sendBatchMax: AT_ONCE,
    localThroughCodec: false,
    // Nothing else than the commands is committed.
    leaseCheckMs: 0,
  }
  const machine = machineOf({
    makeStoreServer: (options) => {
      const server = new MemoryStoreServer(options)
      return { client: () => recording.between(server.client()) }
    },
    config,
    definitions: benchDefinitions,
  })
  const node = await machine.start({ topics: {} })
  const ledger = new Ledger(actors)
  await addMany(node, ledger, { total: commands, inFlight: Math.min(AT_ONCE, commands), next: drawer(actors) })
  await machine.stop()
  return recording.take()
}
