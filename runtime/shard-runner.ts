/**
 * The one who handles a shard's input on a node: acquires it, reads its log, handles batch after batch, each one atomic
 * commit, and lets out what a batch has caused once it is stored.
 *
 * It is crash-only. Whatever goes wrong with log or store, it forgets the shard's entities, sends nothing, and ends with
 * the fault; its supervisor starts a new one if the shard is still assigned, which acquires and reads on from where the
 * store says.
 */
import { Batch, type Head, headOf } from './batch.ts'
import type { Capacity } from './capacity.ts'
import type { RuntimeConfig } from './config.ts'
import { SHARD_TOPIC } from './config.ts'
import type { AnyEntityDefinition } from './entity.ts'
import { isFault, RuntimeFault } from './fault.ts'
import type { RuntimeMetrics } from './metrics.ts'
import { OneShot } from './one-shot.ts'
import { OutboxPublisher } from './outbox-publisher.ts'
import type { Clock, Log, LogMembership, LogReader, LogRecord, Mark, ShardCommit, ShardLease, Store } from './ports.ts'
import type { Spoken } from './protocol.ts'
import type { ReplyTransport } from './replies.ts'
import { Residents } from './residents.ts'
import { ShardProgress } from './shard-progress.ts'
import type { Placement } from './shard-of.ts'
import { acquireShard } from './shard-acquisition.ts'
import { ShardStep } from './shard-step.ts'
import { ShardTimers } from './shard-timers.ts'
import { Signal } from './signal.ts'

export interface ShardRunnerOptions {
  readonly shard: number
  readonly node: string
  readonly config: RuntimeConfig
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  readonly definitions: ReadonlyMap<string, AnyEntityDefinition>
  readonly placement: Placement
  readonly replies: ReplyTransport
  readonly loads: Capacity
  readonly metrics: RuntimeMetrics
  readonly protocol: Spoken
  /** The group's position: told for metrics only, and never read while the guard is on. */
  readonly membership: () => LogMembership | undefined
  readonly onServing: () => void
}

/** Outbox entries that a store can hold at most when the bounds of the runtime are kept. */
const BACKLOG_MAX = 2_000_000

/** The asker's clock may be behind this node's: what may still be waited for is sent. */
const CLOCKS_DIFFER_MAX_MS = 5_000

/** A store that is back is noticed this soon. */
const ACQUIRE_AGAIN_MS = 500

interface Incoming {
  readonly records?: readonly LogRecord[]
  readonly error?: unknown
}

export class ShardRunner {
  readonly #options: ShardRunnerOptions
  readonly #wake = new Signal()
  readonly #drained = new Signal()
  readonly #marks = new Map<string, Mark>()
  readonly #residents: Residents
  #reader: LogReader | undefined
  #publisher: OutboxPublisher | undefined
  #timers: ShardTimers | undefined
  #stopping = false
  #isFetching = false
  /** Fetched and not yet taken: the next fetch waits until it is. */
  #incoming: Incoming | undefined
  readonly #flush: OneShot
  readonly #check: OneShot
  readonly #progress: ShardProgress
  readonly #sweep: OneShot
  #isCheckDue = false
  #committedAtMs = 0

  constructor(options: ShardRunnerOptions) {
    this.#options = options
    this.#flush = new OneShot(options.clock)
    this.#check = new OneShot(options.clock)
    this.#progress = new ShardProgress(options)
    this.#sweep = new OneShot(options.clock)
    this.#residents = new Residents({
      shard: options.shard,
      store: options.store,
      definitions: options.definitions,
      loads: options.loads,
      residentsMax: options.config.residentsPerShardMax,
      idleTimeoutMs: options.config.idleTimeoutMs,
    })
  }

  get residents(): number {
    return this.#residents.size
  }

  get outboxPending(): number {
    return this.#publisher?.pending ?? 0
  }

  /** Ends the run after the batch in hand; `run` then resolves. */
  stop(): void {
    this.#stopping = true
    this.#reader?.close()
    this.#wake.raise()
    this.#drained.raise()
  }

  /** Serves the shard until `stop`. @throws {RuntimeFault} the fault that ended it */
  async run(): Promise<void> {
    try {
      const { shard, store } = this.#options
      const lease = await this.#acquire()
      if (!lease) return
      for (const [origin, mark] of lease.marks) this.#marks.set(origin, mark)
      const backlog = await store.outbox(shard, BACKLOG_MAX)
      if (backlog.length === BACKLOG_MAX)
        throw new RuntimeFault('limit-exceeded', `the outbox of shard ${shard} has over ${BACKLOG_MAX} entries`)
      this.#publisher = this.#publish(backlog)
      this.#timers = this.#startTimers()
      const from = this.#options.config.guards.storeOffset
        ? lease.nextOffset
        : ((await this.#options.membership()?.committed(shard)) ?? lease.nextOffset)
      this.#reader = this.#options.log.read(SHARD_TOPIC, shard, from)
      this.#options.onServing()
      this.#scheduleCheck()
      await this.#serve(headOf(lease))
    } finally {
      this.#reader?.close()
      this.#publisher?.stop()
      this.#timers?.stop()
      this.#progress.stop()
      for (const chore of [this.#flush, this.#check, this.#sweep]) chore.cancel()
      this.#residents.clear()
    }
  }

  #acquire(): Promise<ShardLease | undefined> {
    const { shard, node, store, clock, config, metrics } = this.#options
    return acquireShard({
      store,
      clock,
      shard,
      node,
      firstWaitMs: config.retryFirstMs,
      longestWaitMs: Math.min(config.retryLongestMs, ACQUIRE_AGAIN_MS),
      isStopping: () => this.#stopping,
      onRetry: () => metrics.retries.add(1),
    })
  }

  async #serve(acquired: Head): Promise<void> {
    const step = new ShardStep({
      shard: this.#options.shard,
      config: this.#options.config,
      definitions: this.#options.definitions,
      placement: this.#options.placement,
      store: this.#options.store,
      residents: this.#residents,
      marks: this.#marks,
      metrics: this.#options.metrics,
      protocol: this.#options.protocol,
      now: () => this.#options.clock.now(),
    })
    let head = acquired
    while (!this.#stopping) {
      await this.#untilOutboxHasRoom()
      let rest = await this.#nextRecords()
      do {
        const batch = new Batch(this.#options.shard, head)
        const count = await this.#fill(step, batch, rest)
        head = await this.#commit(batch)
        rest = rest.slice(count)
      } while (rest.length > 0)
      this.#residents.passivate(this.#options.clock.now())
      this.#scheduleSweep()
    }
    // The cursor of what has been published is worth a last commit: it saves repeating it.
    await this.#commit(new Batch(this.#options.shard, head))
  }

  /** The next records of the input; none when it is time for something else (the cursor, the end). */
  async #nextRecords(): Promise<readonly LogRecord[]> {
    // Not a race of promises: one that waits long would gather a reaction for each batch that overtakes it.
    if (!this.#isFetching && !this.#incoming) {
      this.#isFetching = true
      this.#reader?.next(this.#options.config.batchRecordsMax).then(
        (records) => this.#fetched({ records }),
        (error: unknown) => this.#fetched({ error }),
      )
    }
    await this.#wake.raised()
    this.#wake.lower()
    const incoming = this.#incoming
    this.#incoming = undefined
    if (incoming?.error !== undefined) throw incoming.error as Error
    return incoming?.records ?? []
  }

  #fetched(incoming: Incoming): void {
    this.#isFetching = false
    this.#incoming = incoming
    this.#wake.raise()
  }

  /** Handles records into the batch; answers how many (a batch ends where an entity was forgotten). */
  async #fill(step: ShardStep, batch: Batch, records: readonly LogRecord[]): Promise<number> {
    if (records.length === 0) return 0
    // Once: what is read to load the entities is what is handled.
    const read = records.map((record) => step.read(record))
    await this.#residents.prefetch(
      read.flatMap(({ message }) => (message ? [message.to] : [])),
      batch.fence,
    )
    let count = 0
    for (const each of read) {
      await step.handleRecord(batch, each)
      count++
      if (batch.hasForgotten) break
    }
    return count
  }

  async #commit(batch: Batch): Promise<Head> {
    const { clock, metrics, config } = this.#options
    // A check tells the cursor again: the store may have lost the commit that told it, and nothing else.
    const published = this.#isCheckDue ? this.#publisher?.published : this.#publisher?.takePublished()
    if (batch.isEmpty && !published && !this.#isCheckDue) return batch.head()
    this.#isCheckDue = false
    const isAppended = this.#appends()
    const commit = batch.commit(published, this.#marksToForget(), this.#options.protocol.writes(), isAppended)
    if (!config.guards.outputGate) this.#letOut(batch, isAppended)
    const startedMs = clock.now()
    await this.#store(commit)
    metrics.commits.add(1)
    metrics.commitSeconds.observe((clock.now() - startedMs) / 1000)
    metrics.messagesHandled.add(batch.handled)
    for (const { origin, mark } of batch.marks()) this.#marks.set(origin, mark)
    for (const origin of commit.forgetMarks) this.#marks.delete(origin)
    for (const resident of batch.forgotten()) this.#residents.forget(resident.ref)
    if (config.guards.outputGate) this.#letOut(batch, isAppended)
    this.#timers?.apply(commit.setTimers, commit.cancelTimers)
    this.#progress.committed(commit.nextOffset)
    this.#scheduleCheck()
    return batch.head()
  }

  async #store(commit: ShardCommit): Promise<void> {
    try {
      await this.#options.store.commit(commit)
    } catch (error) {
      if (isFault(error, 'token-lost')) this.#options.metrics.shardsLost.add(1)
      throw error
    }
  }

  /** One schedule at a time, moved on only when it comes up: a busy shard pays nothing for it. */
  #scheduleCheck(): void {
    const { clock, config } = this.#options
    this.#committedAtMs = clock.now()
    if (config.leaseCheckMs <= 0) return
    const look = (): void => {
      const leftMs = this.#committedAtMs + config.leaseCheckMs - clock.now()
      if (leftMs > 0) return this.#check.in(leftMs, look)
      this.#isCheckDue = true
      this.#wake.raise()
    }
    this.#check.in(config.leaseCheckMs, look)
  }

  /** An idle shard lets its entities go, too: it is woken for that as long as it has any. */
  #scheduleSweep(): void {
    if (this.#residents.size === 0) return
    this.#sweep.in(this.#options.config.idleTimeoutMs, () => this.#wake.raise())
  }

  /** Whether the store appends what a batch sends: not before what waits in the outbox, or that would be overtaken. */
  #appends(): boolean {
    return this.#options.store.appends && this.outboxPending === 0
  }

  #letOut(batch: Batch, isAppended: boolean): void {
    const { replies, metrics, clock } = this.#options
    const nowMs = clock.now()
    for (const { to, answer } of batch.replies) {
      // A shard that catches up would send many that nobody waits for any more.
      const isLate = to.deadlineMs !== undefined && nowMs > to.deadlineMs + CLOCKS_DIFFER_MAX_MS
      const count = isLate ? metrics.repliesTooLate : metrics.repliesSent
      count.add(1)
      if (!isLate) replies.send(to, answer)
    }
    if (isAppended) metrics.outboxPublished.add(batch.outbox.length)
    else this.#publisher?.add(batch.outbox)
  }

  async #untilOutboxHasRoom(): Promise<void> {
    if (this.outboxPending < this.#options.config.outboxPendingMax) return
    while (!this.#stopping && this.outboxPending > this.#options.config.outboxPendingMax / 2) {
      this.#drained.lower()
      await this.#drained.raised()
    }
  }

  #publish(backlog: ConstructorParameters<typeof OutboxPublisher>[1]): OutboxPublisher {
    const { config, clock, log, metrics } = this.#options
    return new OutboxPublisher(
      {
        log,
        clock,
        batchMax: config.outboxBatchMax,
        retryFirstMs: config.retryFirstMs,
        retryLongestMs: config.retryLongestMs,
        oneInFlight: config.guards.oneInFlight,
        onRetry: () => metrics.retries.add(1),
        onPublished: (count) => {
          metrics.outboxPublished.add(count)
          this.#drained.raise()
          this.#flush.in(config.cursorFlushMs, () => this.#wake.raise())
        },
      },
      backlog,
    )
  }

  #startTimers(): ShardTimers {
    const { config, clock, log, store, shard, metrics, protocol } = this.#options
    return new ShardTimers({
      shard,
      log,
      store,
      clock,
      inMemoryMax: config.timersInMemoryMax,
      windowMs: config.timerWindowMs,
      retryFirstMs: config.retryFirstMs,
      retryLongestMs: config.retryLongestMs,
      protocol: protocol.writes,
      onFault: () => metrics.retries.add(1),
    })
  }

  #marksToForget(): readonly string[] {
    const oldestMs = this.#options.clock.now() - this.#options.config.senderMarkTtlMs
    const old: string[] = []
    // Marks of shards are few and stay; those of senders outside come and go with the nodes.
    for (const [origin, mark] of this.#marks) if (origin.startsWith('g') && mark.atMs < oldestMs) old.push(origin)
    return old
  }
}
