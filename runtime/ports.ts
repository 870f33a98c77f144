/**
 * The three things that the runtime needs of the outside: a Log (transport), a Store (persistence) and a Clock.
 *
 * Every implementation passes the contract suite of its port (`runtime/testing/log-contract.ts`,
 * `runtime/testing/store-contract.ts`), so the runtime above them is the same on one machine, on a cluster and in the
 * simulator. Payloads are opaque bytes here; only `runtime/codec.ts` knows what is in them.
 */

// ---------------------------------------------------------------------------------------------------------- Clock

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls `run` once, `delayMs` from now; the returned function takes that back (harmless when it has run). */
  schedule(delayMs: number, run: () => void): () => void
}

// ------------------------------------------------------------------------------------------------------------ Log

export interface LogEntry {
  readonly topic: string
  readonly partition: number
  readonly value: Uint8Array
}

export interface LogRecord {
  /** Position in its partition: unique, rising, not necessarily without gaps. */
  readonly offset: number
  readonly value: Uint8Array
}

/** Topics with a fixed number of partitions; each partition is an ordered, durable list of records. */
export interface Log {
  /**
   * Makes the topic if it isn't there.
   * @throws {RuntimeFault} `partitions-differ` if it exists with another number of partitions
   */
  createTopic(topic: string, partitions: number): Promise<void>

  /**
   * Makes the topic with `partitions` if it isn't there; answers the number that it has. For topics that others may have
   * made (of drivers, of monitoring), where any number will do.
   */
  ensureTopic(topic: string, partitions: number): Promise<number>

  /**
   * Appends all entries, in their order within each partition. Resolves when all of them are durable. When it rejects,
   * nothing is known: all, some or none may have been appended, or may yet be. The caller repeats the whole call and
   * readers drop what they have seen (see `runtime/dedupe.ts`).
   */
  append(entries: readonly LogEntry[]): Promise<void>

  /** Reads one partition from `fromOffset` on (inclusive), following its end. */
  read(topic: string, partition: number, fromOffset: number): LogReader

  /** `first`: the oldest offset still held; `next`: the offset that the next record will get at the earliest. */
  bounds(topic: string, partition: number): Promise<LogBounds>

  /** Allows the log to forget records before `before`. A hint: it may keep them. */
  trim(topic: string, partition: number, before: number): Promise<void>

  /**
   * Joins the members that share the partitions of a topic. `onAssigned` is told the whole set of this member's
   * partitions, at once and after each change. The set is a hint: two members may believe that they own a partition.
   */
  join(group: string, topic: string, onAssigned: (partitions: readonly number[]) => void): Promise<LogMembership>

  close(): Promise<void>
}

export interface LogBounds {
  readonly first: number
  readonly next: number
}

export interface LogReader {
  /**
   * The next records, at most `max` of them; waits until there is at least one. After `close()`: an empty list.
   * One call at a time.
   * @throws {RuntimeFault} `offset-out-of-range` if the log no longer holds the offset to be read next
   */
  next(max: number): Promise<readonly LogRecord[]>
  close(): void
}

export interface LogMembership {
  /** The group's own position in a partition (0 at first). For metrics and for work that may be done twice. */
  committed(partition: number): Promise<number>
  /** @throws {RuntimeFault} `token-lost`: the partition has become another member's; `closed`, `unavailable` */
  commit(partition: number, nextOffset: number): Promise<void>
  leave(): Promise<void>
}

// ---------------------------------------------------------------------------------------------------------- Store

/**
 * A place in the order in which one origin says things: `[input offset, index]` for a shard, `[running number, 0]` for
 * a sender outside the shards. Compared number by number.
 */
export type Position = readonly [major: number, minor: number]

/** What is fixed for a whole system. */
export interface SystemRecord {
  /** Number of shards, for good. */
  readonly shards: number
  /** The version in which all nodes write (messages, events, snapshots). See `runtime/protocol.ts`. */
  readonly protocol: number
}

/** What `acquire` hands to the new owner of a shard. */
export interface ShardLease {
  readonly shard: number
  /** Random, new with each acquire: the proof of ownership that each commit carries. */
  readonly token: string
  /** Rises with each acquire. For people and metrics; the token is what is checked. */
  readonly epoch: number
  /** The offset of the shard's input from which to read on. */
  readonly nextOffset: number
  /** Up to where the outbox has been published. */
  readonly published: Position
  /** The position of the latest outbox entry that this shard sent to itself. */
  readonly sentToSelf: Position
  /** For each origin, up to where its messages have been handled here. */
  readonly marks: ReadonlyMap<string, Mark>
}

export interface Mark {
  readonly position: Position
  readonly atMs: number
}

/** One entity's part of a commit. */
export interface EntityWrite {
  readonly kind: string
  readonly id: string
  /** Number of events that the entity has had after this commit. */
  readonly version: number
  /** The new events, oldest first; the last of them has number `version`. */
  readonly events: readonly Uint8Array[]
  /** A new snapshot of the state at `version`. */
  readonly snapshot?: Uint8Array
  /** Forget events with a number up to this one (inclusive). Never beyond the newest snapshot. */
  readonly trimEventsTo?: number
  /** What lists show and find it by. `null`: take it out of all lists. Absent: as it was. */
  readonly fields?: EntityFields | null
  /** True: forget the entity with all its events, snapshot and timers. */
  readonly forget?: boolean
}

/** Names and values as lists show them. Each value is a string, ordered by code units; times in ISO 8601. */
export type EntityFields = Readonly<Record<string, string>>

export interface TimerRow {
  readonly kind: string
  readonly id: string
  readonly name: string
  readonly dueMs: number
  /** Which setting of this timer it is; a firing of any other is out of date. */
  readonly generation: string
  /** The message that the entity gets. */
  readonly message: Uint8Array
}

export interface TimerKey {
  readonly kind: string
  readonly id: string
  readonly name: string
}

export interface OutboxRow {
  readonly position: Position
  readonly topic: string
  readonly partition: number
  readonly value: Uint8Array
}

export interface DeadLetterRow {
  /** The shard and the place in its input: `<shard>-<offset>-<index>`. */
  readonly id: string
  readonly shard: number
  readonly atMs: number
  /** `<kind>/<id>` of the entity that it was for, or empty where the message couldn't be read that far. */
  readonly to: string
  /** Machine-readable cause, for instance `unreadable`, `invalid-message`, `handler-failed`, `newer-version`. */
  readonly reason: string
  /** For people: what is wrong and where. */
  readonly error: string
  /** The message as it came. */
  readonly value: Uint8Array
}

/** What an owner believes of its shard. */
export interface Fence {
  readonly token: string
  readonly nextOffset: number
}

/** All effects of a batch of input on one shard: applied whole, or not at all. */
export interface ShardCommit {
  readonly shard: number
  readonly token: string
  /** What the store's `nextOffset` must be now, and what it becomes. */
  readonly expectedOffset: number
  readonly nextOffset: number
  readonly entities: readonly EntityWrite[]
  readonly marks: readonly { readonly origin: string; readonly mark: Mark }[]
  readonly forgetMarks: readonly string[]
  readonly setTimers: readonly TimerRow[]
  readonly cancelTimers: readonly TimerKey[]
  /** In rising order of position. */
  readonly outbox: readonly OutboxRow[]
  /** For the log, of which a store that `appends` is a part: they are there when the commit is, or neither is. */
  readonly append?: readonly LogEntry[]
  /** Set when the outbox has been published up to here (inclusive): those rows may go. */
  readonly published?: Position
  readonly sentToSelf?: Position
  readonly deadLetters: readonly DeadLetterRow[]
  readonly forgetDeadLetters: readonly string[]
}

export interface StoredEntity {
  readonly kind: string
  readonly id: string
  readonly version: number
  readonly snapshot?: { readonly version: number; readonly value: Uint8Array }
  /** The events after the snapshot (all of them if there is none), oldest first. */
  readonly events: readonly Uint8Array[]
  readonly timers: readonly TimerRow[]
  readonly fields: EntityFields | null
}

export interface EntityKey {
  readonly kind: string
  readonly id: string
}

/** Entities of one kind, ordered by one of their fields. `equals`, `prefix`, `from`/`to` narrow that same field. */
export interface ListQuery {
  readonly kind: string
  readonly field: string
  readonly equals?: string
  readonly prefix?: string
  /** Inclusive. */
  readonly from?: string
  /** Inclusive. */
  readonly to?: string
  readonly descending?: boolean
  readonly limit: number
  /** Go on behind this row of the previous page. */
  readonly after?: ListPosition
}

export interface ListPosition {
  readonly value: string
  readonly id: string
}

export interface ListRow {
  readonly id: string
  readonly value: string
  readonly fields: EntityFields
}

export interface HistoryQuery {
  readonly kind: string
  readonly id: string
  /** Only events with a smaller number. */
  readonly before?: number
  readonly limit: number
}

export interface HistoryRow {
  readonly version: number
  readonly value: Uint8Array
}

/**
 * Atomic, fenced commits per shard, and reads. Reads need no ownership: they see the latest commit. Commits of
 * different shards are independent of each other.
 */
export interface Store {
  /** Whether log and store are one, so that a commit can append to the log by itself (`ShardCommit.append`). */
  readonly appends: boolean

  /**
   * Fixes what holds for the whole system when it is first set up; afterwards answers what was fixed, and changes
   * nothing. The caller refuses to run if it can't work with the answer.
   */
  setUp(initial: SystemRecord): Promise<SystemRecord>

  /**
   * Lets the system write in another protocol version, if it writes in version `from` now; answers whether it did.
   * Nodes notice with their next `setUp`.
   */
  changeProtocol(from: number, to: number): Promise<boolean>

  /** Takes the shard over, whoever owns it: one atomic step that raises the epoch and replaces the token. */
  acquire(shard: number, owner: string): Promise<ShardLease>

  /**
   * @throws {RuntimeFault} `token-lost` if another owner has acquired the shard; `offset-differs` if the store's
   * offset isn't `expectedOffset`. In both cases nothing was applied. After any other fault the outcome is unknown:
   * acquire again and read on from the offset that the store then has.
   */
  commit(commit: ShardCommit): Promise<void>

  /**
   * In the order of the keys; `undefined` for an entity that isn't there. The owner of a shard passes its fence: what it
   * decides on must be of its own line of history. (Without that, one that lost its shard without knowing it reads what
   * its successor wrote; and if the store then loses both the successor's commits and its acquire, the token is valid
   * again and what was read never happened.)
   * @throws {RuntimeFault} with a fence: `token-lost` or `offset-differs`, as `commit` would
   */
  load(shard: number, keys: readonly EntityKey[], fence?: Fence): Promise<readonly (StoredEntity | undefined)[]>

  /** Of each entity what lists show it with, and nothing else of it: `null` if it is in no list, `undefined` if it isn't there. */
  fields(shard: number, keys: readonly EntityKey[]): Promise<readonly (EntityFields | null | undefined)[]>

  /** Entries not yet published, in order. */
  outbox(shard: number, limit: number): Promise<readonly OutboxRow[]>

  /** The timers due first, in the order of their due times; those due at `dueBeforeMs` or later are left out. */
  timers(shard: number, dueBeforeMs: number, limit: number): Promise<readonly TimerRow[]>

  list(query: ListQuery): Promise<readonly ListRow[]>

  /** Events of an entity, newest first. */
  history(shard: number, query: HistoryQuery): Promise<readonly HistoryRow[]>

  /** Newest first. */
  deadLetters(query: { readonly shard?: number; readonly limit: number }): Promise<readonly DeadLetterRow[]>
  deadLetter(id: string): Promise<DeadLetterRow | undefined>

  /** Counts for `/metrics` and health. */
  counts(): Promise<StoreCounts>

  close(): Promise<void>
}

export interface StoreCounts {
  /** Living entities per kind. */
  readonly entities: Readonly<Record<string, number>>
  readonly deadLetters: number
  readonly timers: number
  readonly outbox: number
}
