/** What the parts of the store contract share: commits with defaults, and everything that a store shows of a shard. */
import type {
  EntityKey,
  EntityWrite,
  Position,
  ShardCommit,
  ShardLease,
  Store,
  SystemRecord,
  TimerRow,
} from '../ports.ts'

export const SHARDS = 4
export const SYSTEM: SystemRecord = { shards: SHARDS, protocol: 1 }

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value)

/** An owner's view: it acquires, and moves its offset with each commit that goes well. */
export interface Owner {
  readonly lease: ShardLease
  readonly commit: (parts?: Partial<ShardCommit>) => Promise<void>
}

export const commitOf = (lease: ShardLease, parts: Partial<ShardCommit> = {}): ShardCommit => {
  const expectedOffset = parts.expectedOffset ?? lease.nextOffset
  return {
    shard: lease.shard,
    token: lease.token,
    expectedOffset,
    nextOffset: expectedOffset + 1,
    entities: [],
    marks: [],
    forgetMarks: [],
    setTimers: [],
    cancelTimers: [],
    outbox: [],
    deadLetters: [],
    forgetDeadLetters: [],
    ...parts,
  }
}

export const acquire = async (store: Store, shard = 1, owner = 'node-1'): Promise<Owner> => {
  const lease = await store.acquire(shard, owner)
  let offset = lease.nextOffset
  return {
    lease,
    commit: async (parts = {}) => {
      const commit = commitOf(lease, { expectedOffset: offset, nextOffset: offset + 1, ...parts })
      await store.commit(commit)
      offset = commit.nextOffset
    },
  }
}

/** A write of events that are given as text. */
export const write = (
  id: string,
  version: number,
  events: readonly string[],
  more: Partial<Omit<EntityWrite, 'events' | 'snapshot'>> & { snapshot?: string } = {},
): EntityWrite => {
  const { snapshot, ...rest } = more
  return {
    kind: 'counter',
    id,
    version,
    events: events.map(bytes),
    ...(snapshot !== undefined && { snapshot: bytes(snapshot) }),
    ...rest,
  }
}

export const key = (id: string): EntityKey => ({ kind: 'counter', id })

export const timer = (id: string, name: string, dueMs: number, generation = 'g1'): TimerRow => ({
  kind: 'counter',
  id,
  name,
  dueMs,
  generation,
  message: bytes(`${id} ${name} ${generation}`),
})

export const outboxRow = (position: Position, value: string) => ({
  position,
  topic: 'inputs',
  partition: 2,
  value: bytes(value),
})

export const deadLetter = (id: string, atMs: number, shard = 1) => ({
  id,
  shard,
  atMs,
  to: 'counter/a',
  reason: 'unreadable',
  error: 'bytes that are not msgpack',
  value: bytes(`dead ${id}`),
})

export interface EntityAsText {
  readonly version: number
  readonly snapshot: readonly [version: number, value: string | undefined] | undefined
  readonly events: readonly (string | undefined)[]
}

export const loaded = async (store: Store, id: string, shard = 1): Promise<EntityAsText | undefined> => {
  const [entity] = await store.load(shard, [key(id)])
  return (
    entity && {
      version: entity.version,
      snapshot: entity.snapshot && [entity.snapshot.version, text(entity.snapshot.value)],
      events: entity.events.map(text),
    }
  )
}

/** All that reads show of a shard and its entities `ids`: equal before and after means that nothing has changed. */
export const everything = async (store: Store, shard: number, ids: readonly string[]): Promise<unknown> => ({
  entities: await store.load(shard, ids.map(key)),
  histories: await Promise.all(ids.map((id) => store.history(shard, { kind: 'counter', id, limit: 1_000 }))),
  outbox: await store.outbox(shard, 1_000),
  timers: await store.timers(shard, Number.MAX_SAFE_INTEGER, 1_000),
  list: await store.list({ kind: 'counter', field: 'name', limit: 1_000 }),
  deadLetters: await store.deadLetters({ limit: 1_000 }),
  counts: await store.counts(),
})
