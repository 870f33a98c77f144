/**
 * What the candidates for the embedded store are given: commits as a busy shard makes them. 256 events of 300 bytes for
 * as many of 10,000 entities; one in eight sets a timer, one in four says something to another shard, one in 64 writes a
 * snapshot; one mark; and the outbox of the commit before is published.
 */
import type { EntityWrite, ShardCommit, ShardLease } from '../runtime/ports.ts'

export const EVENTS_PER_COMMIT = 256
export const EVENT_BYTES = 300
export const ENTITIES = 10_000
export const SHARDS = 16

const filled = (bytes: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + seed) & 0xff)

/** A UUID-like id: real ids are as long and as random. */
const idOf = (entity: number): string => {
  const hex = (Math.imul(entity + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')
  return `${hex}-${hex.slice(0, 4)}-8000-a000-${hex}${hex.slice(4)}`
}

export interface Workload {
  /** The next commit of this shard. */
  commit(lease: ShardLease, offset: number): ShardCommit
  /** How many events each entity has by now: what must be found afterwards. */
  readonly versions: readonly number[]
}

/** Entity n lives in shard n % SHARDS. The sequence is the same each time. */
export const makeWorkload = (): Workload => {
  const versions = new Array<number>(ENTITIES).fill(0)
  const events = Array.from({ length: 64 }, (_, seed) => filled(EVENT_BYTES, seed))
  const snapshot = filled(600, 7)
  let state = 1
  const draw = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const commit = (lease: ShardLease, offset: number): ShardCommit => {
    const { shard } = lease
    const chosen = Array.from({ length: EVENTS_PER_COMMIT }, () => draw(ENTITIES / SHARDS) * SHARDS + shard)
    const entities = chosen.map((entity, index): EntityWrite => {
      const version = (versions[entity] = (versions[entity] ?? 0) + 1)
      const event = events[index % events.length] ?? snapshot
      const write = { kind: 'resource', id: idOf(entity), version, events: [event] }
      return version % 64 === 0 ? { ...write, snapshot } : write
    })
    const timed = chosen.filter((_, index) => index % 8 === 0)
    const sent = chosen.filter((_, index) => index % 4 === 0)
    return {
      shard,
      token: lease.token,
      expectedOffset: offset,
      nextOffset: offset + 1,
      entities,
      marks: [{ origin: 'api-1', mark: { position: [offset, 0], atMs: offset } }],
      forgetMarks: [],
      setTimers: timed.map((entity) => ({
        ...{ kind: 'resource', id: idOf(entity), name: 'deadline', generation: `${offset}-${entity}` },
        dueMs: 1_700_000_000_000 + draw(1_000_000),
        message: snapshot.subarray(0, 80),
      })),
      cancelTimers: [],
      outbox: sent.map((entity, index) => ({
        ...{ position: [offset, index] as const, topic: 'inputs', partition: entity % SHARDS },
        value: snapshot.subarray(0, 200),
      })),
      published: [offset - 1, EVENTS_PER_COMMIT],
      sentToSelf: [offset, 0],
      deadLetters: [],
      forgetDeadLetters: [],
    }
  }
  return { commit, versions }
}

export const entityKey = (entity: number) => ({ kind: 'resource', id: idOf(entity) })
