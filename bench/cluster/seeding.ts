/** Stores a crowd through the real store's commits, many entities at a time, all shards at once; and looks whether it is there. */
import { RESOURCE } from '../../actors/addresses.ts'
import type { ResourceEntityState } from '../../actors/resource/protocol.ts'
import { placementOfId } from '../../runtime/placement.ts'
import type { RedisConnection } from '../../persistence/redis-connection.ts'
import { openRedisStore } from '../../persistence/redis-store.ts'
import type { Queries } from '../../runtime/client.ts'
import type { EntityWrite, ShardLease, Store } from '../../runtime/ports.ts'
import { PROTOCOL_NEWEST } from '../../runtime/protocol.ts'
import { drawer } from '../counter-system.ts'
import { Loss } from '../figures.ts'
import { actorOf, type Crowd, writesOf } from './crowd.ts'

const BATCH = 256

export interface SeedOptions {
  readonly redis: RedisConnection
  readonly system: string
  readonly shards: number
  readonly crowd: Crowd
  /** Of the crowd; no node may be serving meanwhile. */
  readonly from: number
  readonly to: number
}

export interface Seeded {
  readonly seconds: number
  /** Of events, snapshots and list fields, as they are handed to the store. */
  readonly bytes: number
}

/** One shard's commits, one after the other. The log isn't touched: its offset stays where it is. */
class ShardSeeder {
  readonly #store: Store
  readonly #lease: ShardLease
  #batch: EntityWrite[] = []
  #underway: Promise<void> = Promise.resolve()

  constructor(store: Store, lease: ShardLease) {
    this.#store = store
    this.#lease = lease
  }

  async add(write: EntityWrite): Promise<void> {
    this.#batch.push(write)
    if (this.#batch.length >= BATCH) await this.flush()
  }

  /** Resolves when the batch before is stored: one is under way while the next is gathered. */
  async flush(): Promise<void> {
    const entities = this.#batch
    this.#batch = []
    await this.#underway
    if (entities.length > 0) this.#underway = this.#commit(entities)
  }

  async end(): Promise<void> {
    await this.flush()
    await this.#underway
  }

  #commit(entities: readonly EntityWrite[]): Promise<void> {
    const { shard, token, nextOffset } = this.#lease
    const nothing = {
      marks: [],
      forgetMarks: [],
      setTimers: [],
      cancelTimers: [],
      outbox: [],
      deadLetters: [],
      forgetDeadLetters: [],
    }
    return this.#store.commit({ shard, token, expectedOffset: nextOffset, nextOffset, entities, ...nothing })
  }
}

const bytesOf = ({ events, snapshot, fields }: EntityWrite): number =>
  events.reduce((sum, { length }) => sum + length, snapshot?.length ?? 0) +
  Object.entries(fields ?? {}).reduce((sum, [name, value]) => sum + name.length + value.length, 0)

export const seed = async ({ redis, system, shards, crowd, from, to }: SeedOptions): Promise<Seeded> => {
  const store = await openRedisStore({ connection: redis, prefix: system })
  await store.setUp({ shards, protocol: PROTOCOL_NEWEST })
  const seeders: ShardSeeder[] = []
  for (let shard = 0; shard < shards; shard++)
    seeders.push(new ShardSeeder(store, await store.acquire(shard, 'seeder')))
  const startedMs = performance.now()
  let bytes = 0
  for (const write of writesOf(crowd, from, to)) {
    bytes += bytesOf(write)
    await seeders[placementOfId(write.id) % shards]?.add(write)
  }
  await Promise.all(seeders.map((seeder) => seeder.end()))
  return { seconds: (performance.now() - startedMs) / 1_000, bytes }
}

/**
 * Looks at some of them through the queries that the API uses.
 * @throws {Loss} if the count is wrong, or one isn't as its creation would have left it
 */
export const verifyCrowd = async (queries: Queries, crowd: Crowd, actors: number, samples: number): Promise<void> => {
  const { entities } = await queries.counts()
  if (entities[RESOURCE] !== actors) throw new Loss(`${entities[RESOURCE] ?? 0} resources are stored, not ${actors}`)
  const next = drawer(actors, 31)
  const chosen = Array.from({ length: Math.min(samples, actors) }, () => actorOf(crowd, next()))
  const views = await queries.entities<ResourceEntityState>(chosen.map(({ ref }) => ref))
  for (const [index, { ref, identity, version }] of chosen.entries()) {
    const view = views[index]
    const is = JSON.stringify([
      view?.state.state,
      view?.state.id,
      view?.state.identity?.name,
      view?.state.identity?.rootId,
    ])
    const should = JSON.stringify(['Active', ref.id, identity.name, identity.rootId])
    if (is !== should || (view?.version ?? 0) < version) throw new Loss(`resource ${ref.id} is ${is}, not ${should}`)
  }
  const [one] = chosen
  if (!one) return
  const [oldest] = (await queries.history(one.ref, { limit: 100 })).slice(-1)
  if (oldest?.event.type !== 'defined') throw new Loss(`the history of ${one.ref.id} begins with ${oldest?.event.type}`)
  const rows = await queries.list({ kind: RESOURCE, field: 'name', equals: one.identity.name, limit: 2 })
  if (rows.length !== 1 || rows[0]?.id !== one.ref.id) throw new Loss(`${one.identity.name} is not found by its name`)
}
