/**
 * The durable timers of one shard that are due next. The store has all of them; here are those due within a window, so
 * a million timers cost no memory. One that is due becomes a message in the log of its own shard. Firing one twice, or
 * one that has been cancelled in the meantime, is harmless: the shard drops it by its generation.
 */
import { backoffMs } from './backoff.ts'
import { decode, encode } from './codec.ts'
import { SHARD_TOPIC } from './config.ts'
import { DueQueue } from './due-queue.ts'
import { encodeMessage, TIMER_ORIGIN } from './message.ts'
import type { Clock, Log, LogEntry, Store, TimerKey, TimerRow } from './ports.ts'
import { START } from './position.ts'

export interface ShardTimersOptions {
  readonly shard: number
  readonly log: Log
  readonly store: Store
  readonly clock: Clock
  readonly inMemoryMax: number
  readonly windowMs: number
  readonly retryFirstMs: number
  readonly retryLongestMs: number
  /** The version to write in. */
  readonly protocol: () => number
  readonly onFault: (error: unknown) => void
}

const FIRE_BATCH_MAX = 500

const keyText = (key: TimerKey): string => `${key.kind}/${key.id}/${key.name}`

export class ShardTimers {
  readonly #options: ShardTimersOptions
  readonly #due = new DueQueue<TimerRow>()
  /** Fired and not yet handled, so the store still has them: generation by key. */
  readonly #fired = new Map<string, string>()
  /** Set or cancelled while a load is under way: what the load brings of them is out of date. */
  #touched: Set<string> | undefined
  /** Every timer due before this is in memory (or being loaded). */
  #loadedUntilMs = -Infinity
  #nextLoadMs = -Infinity
  #cancelWake: (() => void) | undefined
  #working = false
  #failures = 0
  #stopped = false

  constructor(options: ShardTimersOptions) {
    this.#options = options
    void this.#work()
  }

  /** After a commit: these are now set, these are gone. */
  apply(set: readonly TimerRow[], cancel: readonly TimerKey[]): void {
    if (set.length === 0 && cancel.length === 0) return
    for (const key of cancel) this.#drop(keyText(key))
    for (const row of set) {
      this.#drop(keyText(row))
      if (row.dueMs < this.#loadedUntilMs) this.#due.set(keyText(row), row.dueMs, row)
    }
    if (this.#due.size > 2 * this.#options.inMemoryMax) {
      // Too many within the window: keep none, and load the earliest again.
      this.#due.clear()
      this.#loadedUntilMs = this.#nextLoadMs = -Infinity
    }
    this.#sleep()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelWake?.()
  }

  #drop(key: string): void {
    this.#touched?.add(key)
    this.#fired.delete(key)
    this.#due.delete(key)
  }

  #sleep(): void {
    if (this.#stopped || this.#working) return
    const atMs = Math.min(this.#due.firstDueMs(), this.#nextLoadMs)
    this.#wakeIn(Math.max(0, atMs - this.#options.clock.now()))
  }

  #wakeIn(delayMs: number): void {
    this.#cancelWake?.()
    this.#cancelWake = this.#options.clock.schedule(delayMs, () => void this.#work())
  }

  async #work(): Promise<void> {
    if (this.#working || this.#stopped) return
    this.#working = true
    try {
      if (this.#options.clock.now() >= this.#nextLoadMs) await this.#load()
      await this.#fire()
      this.#failures = 0
      this.#working = false
      this.#sleep()
    } catch (error) {
      this.#options.onFault(error)
      this.#failures++
      this.#working = false
      const { retryFirstMs, retryLongestMs } = this.#options
      if (!this.#stopped) this.#wakeIn(backoffMs(this.#failures, retryFirstMs, retryLongestMs))
    }
  }

  async #load(): Promise<void> {
    const { store, shard, clock, windowMs, inMemoryMax, retryLongestMs } = this.#options
    const untilMs = clock.now() + windowMs
    const before = this.#loadedUntilMs
    // From now on `apply` keeps what is set within the new window, whether or not the load sees it.
    this.#loadedUntilMs = untilMs
    this.#touched = new Set()
    const rows = await store.timers(shard, untilMs, inMemoryMax).catch((error: unknown) => {
      this.#loadedUntilMs = before
      throw error
    })
    const touched = this.#touched
    this.#touched = undefined
    let isNew = 0
    const stored = new Map<string, string>()
    for (const row of rows) {
      const key = keyText(row)
      stored.set(key, row.generation)
      if (touched.has(key) || this.#fired.get(key) === row.generation || this.#due.has(key)) continue
      this.#due.set(key, row.dueMs, row)
      isNew++
    }
    if (rows.length < inMemoryMax) {
      // All that is due by then was read: a firing whose timer isn't there any more has been handled or overtaken.
      for (const [key, generation] of this.#fired) if (stored.get(key) !== generation) this.#fired.delete(key)
      this.#nextLoadMs = untilMs - windowMs / 2
      return
    }
    // There are more than fit: the rest is loaded when these are gone; not at once if all of these are already fired.
    this.#loadedUntilMs = rows.at(-1)?.dueMs ?? untilMs
    this.#nextLoadMs = Math.max(this.#loadedUntilMs, isNew === 0 ? clock.now() + retryLongestMs : -Infinity)
  }

  async #fire(): Promise<void> {
    const { clock, log, shard, protocol } = this.#options
    while (!this.#stopped) {
      const nowMs = clock.now()
      const rows = this.#due.takeDue(nowMs, FIRE_BATCH_MAX)
      if (rows.length === 0) return
      try {
        await log.append(rows.map((row) => firing(row, shard, nowMs, protocol())))
      } catch (error) {
        for (const row of rows) if (!this.#due.has(keyText(row))) this.#due.set(keyText(row), row.dueMs, row)
        throw error
      }
      for (const row of rows) this.#fired.set(keyText(row), row.generation)
    }
  }
}

/** What a timer says when it fires, with the order that it was set for. */
export const encodeTimerMessage = (trace: string, body: unknown): Uint8Array => encode([trace, body])

const firing = (row: TimerRow, shard: number, nowMs: number, protocol: number): LogEntry => {
  const [trace, body] = decode(row.message) as [string, unknown]
  return {
    topic: SHARD_TOPIC,
    partition: shard,
    value: encodeMessage(
      {
        to: { kind: row.kind, id: row.id },
        origin: TIMER_ORIGIN,
        position: START,
        atMs: Math.max(nowMs, row.dueMs),
        sender: TIMER_ORIGIN,
        trace,
        timer: { name: row.name, generation: row.generation },
        body,
      },
      protocol,
    ),
  }
}
