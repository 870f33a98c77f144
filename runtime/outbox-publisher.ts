/**
 * Brings the outbox of one shard to the log: in order, one request in flight, again until it is known to be there.
 * Its receivers drop what they have seen; two requests in flight would let a later entry overtake an earlier one that
 * is still being repeated, and the earlier would be dropped as seen.
 */
import { backoffMs } from './backoff.ts'
import type { Clock, Log, OutboxRow, Position } from './ports.ts'

export interface OutboxPublisherOptions {
  readonly log: Log
  readonly clock: Clock
  readonly batchMax: number
  readonly retryFirstMs: number
  readonly retryLongestMs: number
  /** The guard; off only in the simulator. */
  readonly oneInFlight: boolean
  /** Called each time that entries have reached the log. */
  readonly onPublished: (count: number) => void
  readonly onRetry: (error: unknown) => void
}

export class OutboxPublisher {
  readonly #options: OutboxPublisherOptions
  #queue: OutboxRow[]
  #published: Position | undefined
  #isNews = false
  #busy = false
  #stopped = false
  #failures = 0
  #cancelRetry: (() => void) | undefined

  constructor(options: OutboxPublisherOptions, backlog: readonly OutboxRow[]) {
    this.#options = options
    this.#queue = [...backlog]
    this.#pump()
  }

  /** Entries not yet known to be in the log. */
  get pending(): number {
    return this.#queue.length
  }

  /** Up to where everything is in the log, if that has changed since it was last taken. */
  takePublished(): Position | undefined {
    const isNews = this.#isNews
    this.#isNews = false
    return isNews ? this.#published : undefined
  }

  /** Up to where everything that was published here is in the log. */
  get published(): Position | undefined {
    return this.#published
  }

  add(rows: readonly OutboxRow[]): void {
    if (rows.length === 0) return
    this.#queue.push(...rows)
    this.#pump()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelRetry?.()
  }

  #pump(): void {
    if (this.#stopped || this.#queue.length === 0) return
    if (this.#options.oneInFlight) {
      if (!this.#busy) void this.#publishHead()
      return
    }
    const rows = this.#queue
    this.#queue = []
    for (let from = 0; from < rows.length; from += this.#options.batchMax)
      void this.#publishUnordered(rows.slice(from, from + this.#options.batchMax))
  }

  async #publishHead(): Promise<void> {
    this.#busy = true
    const rows = this.#queue.slice(0, this.#options.batchMax)
    try {
      await this.#options.log.append(rows)
      this.#queue.splice(0, rows.length)
      this.#noteDone(rows)
    } catch (error) {
      this.#failures++
      this.#options.onRetry(error)
      await new Promise<void>((resolve) => {
        this.#cancelRetry = this.#options.clock.schedule(this.#waitMs(), resolve)
      })
    }
    this.#busy = false
    this.#pump()
  }

  async #publishUnordered(rows: readonly OutboxRow[]): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#options.log.append(rows)
        return this.#noteDone(rows)
      } catch (error) {
        this.#options.onRetry(error)
        await new Promise<void>((resolve) => this.#options.clock.schedule(this.#waitMs(), resolve))
      }
    }
  }

  #noteDone(rows: readonly OutboxRow[]): void {
    this.#failures = 0
    this.#published = rows.at(-1)?.position
    this.#isNews = true
    this.#options.onPublished(rows.length)
  }

  #waitMs(): number {
    return backoffMs(this.#failures, this.#options.retryFirstMs, this.#options.retryLongestMs)
  }
}
