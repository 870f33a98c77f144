/** Every bound and time of the runtime, with what happens when it is hit. */

/**
 * The guards of the protocol that live in the runtime (two more, the token and offset checks, live in the store). They
 * exist as switches only so that the simulator can show that it finds the fault that each of them prevents.
 */
export interface Guards {
  /** Drop what a mark says was handled. */
  readonly dedupe: boolean
  /** Replies and outbox leave only after the commit. */
  readonly outputGate: boolean
  /** The next outbox entries are sent only when the ones before are known to be in the log. */
  readonly oneInFlight: boolean
  /** After acquiring a shard, read on from the store's offset, not from the group's. */
  readonly storeOffset: boolean
  /** Drop firings of a timer that has been set again or cancelled since. */
  readonly timerGeneration: boolean
}

export const ALL_GUARDS: Guards = {
  dedupe: true,
  outputGate: true,
  oneInFlight: true,
  storeOffset: true,
  timerGeneration: true,
}

export interface RuntimeConfig {
  /** Number of shards, fixed when the system is first set up; a node with another number refuses to start. */
  readonly shards: number
  /** Records handled in one commit. More: better throughput; fewer: a shorter wait of the first one. */
  readonly batchRecordsMax: number
  /**
   * Messages within a shard handled in the commit of the one that caused them. Beyond it they take the way through the
   * log, so a cascade without end becomes a loop that others can get in between, instead of a commit without end.
   */
  readonly cascadeMessagesMax: number
  /** Entities kept in memory per shard; beyond it the longest unused leave (they come back when asked for). */
  readonly residentsPerShardMax: number
  /** An entity that nothing was said to for this long leaves memory. */
  readonly idleTimeoutMs: number
  /** Loads of entities in flight per node (recovery): the others wait. */
  readonly loadsInFlightMax: number
  /** Outbox entries not yet in the log; at this many the shard stops taking input until half are gone. */
  readonly outboxPendingMax: number
  readonly outboxBatchMax: number
  /** An otherwise idle shard stores the outbox cursor this long after publishing (a crash before only repeats). */
  readonly cursorFlushMs: number
  /**
   * A shard that stored nothing for this long asks the store whether it is still at the same place: without that, an
   * idle owner would never notice that the store has lost its last commits, and nobody would repair them. 0: never
   * (a store that can't lose what it confirmed).
   */
  readonly leaseCheckMs: number
  /** How often a shard tells its group how far it is (the lag that metrics show). */
  readonly tellProgressMs: number
  /** Timers held in memory per shard, the earliest due; the others stay in the store until it is their turn. */
  readonly timersInMemoryMax: number
  /** How far ahead timers are loaded. */
  readonly timerWindowMs: number
  /** Messages that a node's edges have handed in and that are not yet in the log; beyond it `overloaded`. */
  readonly sendQueueMax: number
  /** Messages appended to the log in one request. */
  readonly sendBatchMax: number
  /**
   * A message of more bytes is refused with `limit-exceeded`, before anything of it is stored: brokers take 1 MB by default, and
   * one that they never take would hold up all that is behind it, for ever.
   */
  readonly recordBytesMax: number
  /** Asks waiting for a reply; beyond it `overloaded`. */
  readonly asksInFlightMax: number
  /** First and longest wait before a failed operation on the log or store is tried again. */
  readonly retryFirstMs: number
  readonly retryLongestMs: number
  /** A shard that fails more often than `restartsMax` within `restartWindowMs` rests for `restartPauseMs`. */
  readonly restartsMax: number
  readonly restartWindowMs: number
  readonly restartPauseMs: number
  /** Marks of senders outside the shards that said nothing for this long are forgotten. */
  readonly senderMarkTtlMs: number
  /**
   * The log keeps the records of a shard for this long after they were handled, so that a store which lost its last
   * commits can be repaired. Much longer than a store can lose: it is then at an offset that the log still has. 0: the
   * store can't lose what it confirmed.
   */
  readonly logKeepMs: number
  /** Handled records that the log keeps per shard at least, however long ago that was. */
  readonly logKeepRecords: number
  /** How long a stopping node waits for what is under way. */
  readonly drainTimeoutMs: number
  /** A node that gives its shards up waits this long for the batches in hand; then others take over in any case. */
  readonly handOverMs: number
  /** How often a node looks in which protocol version the system writes. */
  readonly protocolCheckMs: number
  /**
   * A node that met what only a newer release can read leaves its shards to the others for this long. Less: sooner back,
   * and each time all shards of the group pause for a moment.
   */
  readonly standAsideMs: number
  /**
   * A node that the store hasn't answered for this long leaves its shards to others, who may reach it. Less: sooner served
   * again when a node is cut off, and more moves when the store is only slow. 0: never (a store that is in the node).
   */
  readonly storeAwayMs: number
  /** Messages within a shard go through the codec as those between shards do (tests and simulator). */
  readonly localThroughCodec: boolean
  readonly guards: Guards
}

export const DEFAULT_CONFIG: RuntimeConfig = {
  shards: 16,
  batchRecordsMax: 256,
  cascadeMessagesMax: 512,
  residentsPerShardMax: 4096,
  idleTimeoutMs: 60_000,
  loadsInFlightMax: 8,
  outboxPendingMax: 10_000,
  outboxBatchMax: 500,
  cursorFlushMs: 250,
  leaseCheckMs: 1_000,
  tellProgressMs: 1_000,
  timersInMemoryMax: 2048,
  timerWindowMs: 60_000,
  sendQueueMax: 20_000,
  sendBatchMax: 500,
  recordBytesMax: 1_000_000,
  asksInFlightMax: 8192,
  retryFirstMs: 20,
  retryLongestMs: 2_000,
  restartsMax: 5,
  restartWindowMs: 30_000,
  restartPauseMs: 5_000,
  senderMarkTtlMs: 3_600_000,
  logKeepMs: 60_000,
  logKeepRecords: 1_000,
  drainTimeoutMs: 10_000,
  handOverMs: 1_000,
  protocolCheckMs: 1_000,
  standAsideMs: 60_000,
  storeAwayMs: 3_500,
  localThroughCodec: false,
  guards: ALL_GUARDS,
}

/** The topic whose partitions are the shards' inputs, and the group that shares them. */
export const SHARD_TOPIC = 'shards'
export const SHARD_GROUP = 'shard-owners'
