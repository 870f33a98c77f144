/** What the process that will be killed writes: each value follows from its place, so a reader can check all of it. */
import type { LogEntry, ShardCommit, ShardLease } from '../../runtime/ports.ts'

export const CRASH_TOPIC = 'crash'
export const CRASH_PARTITIONS = 3
export const CRASH_SHARDS = 3
/** Every so many events a snapshot is written and older events are trimmed. */
export const CRASH_SNAPSHOT_EVERY = 16
/** Every so many commits the second entity is forgotten. */
export const CRASH_FORGET_EVERY = 7

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text.padEnd(120, '.'))

export const crashValue = (name: string, number: number): Uint8Array => bytes(`${name} ${number}`)

export const crashRecord = (partition: number, offset: number): LogEntry => ({
  topic: CRASH_TOPIC,
  partition,
  value: crashValue(`record of ${partition}`, offset),
})

/** The commit that moves a shard from `offset` to the next: everything in it says so. */
export const crashCommit = (lease: ShardLease, offset: number): ShardCommit => {
  const version = offset + 1
  const isSnapshot = version % CRASH_SNAPSHOT_EVERY === 0
  const mayfly = { kind: 'mayfly', id: `of ${lease.shard}` }
  const age = offset % CRASH_FORGET_EVERY
  return {
    shard: lease.shard,
    token: lease.token,
    expectedOffset: offset,
    nextOffset: version,
    entities: [
      {
        kind: 'walker',
        id: `of ${lease.shard}`,
        version,
        events: [crashValue('event', version)],
        fields: { step: String(version) },
        ...(isSnapshot && { snapshot: crashValue('snapshot', version), trimEventsTo: version - CRASH_SNAPSHOT_EVERY }),
      },
      age === CRASH_FORGET_EVERY - 1
        ? { ...mayfly, version: 0, events: [], forget: true }
        : { ...mayfly, version: age + 1, events: [crashValue('mayfly', age + 1)] },
    ],
    marks: [{ origin: 'sender', mark: { position: [offset, 1], atMs: offset } }],
    forgetMarks: [],
    setTimers: [
      {
        kind: 'walker',
        id: `of ${lease.shard}`,
        name: 'step',
        dueMs: version,
        generation: `g${version}`,
        message: bytes(''),
      },
    ],
    cancelTimers: [],
    outbox: [{ position: [offset, 0], topic: CRASH_TOPIC, partition: 0, value: crashValue('out', offset) }],
    ...(offset > 3 && { published: [offset - 3, 0] as const }),
    sentToSelf: [offset, 2],
    deadLetters: [],
    forgetDeadLetters: [],
  }
}
