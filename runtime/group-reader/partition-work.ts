/**
 * One partition of a topic, for as long as it is assigned to this member of a group: reads from the group's position,
 * hands each record on without waiting for it, and commits the low-water mark of what is done.
 */
import { backoffMs } from '../backoff.ts'
import { errorText, isFault } from '../fault.ts'
import type { Clock, Log, LogMembership, LogReader, LogRecord } from '../ports.ts'
import { pause } from '../pause.ts'
import type { Capacity } from '../capacity.ts'
import type { ReadingConfig } from './config.ts'
import { LowWaterMark } from './low-water-mark.ts'

/** `left`: not done when the reader stopped; whoever reads the partition next does it. */
export type Handled = 'done' | 'left'
export type HandleRecord = (value: Uint8Array) => Promise<Handled>

export interface PartitionParts {
  readonly log: Log
  readonly topic: string
  /** Whether the log may forget what is done: only where nobody else reads the topic. */
  readonly trims: boolean
  readonly clock: Clock
  readonly config: ReadingConfig
  readonly membership: LogMembership
  readonly capacity: Capacity
  readonly handle: HandleRecord
  /** There is something to `commit()`. */
  readonly onMoved: () => void
  readonly warn: (text: string, details: Readonly<Record<string, unknown>>) => void
}

export class PartitionWork {
  readonly partition: number
  readonly #parts: PartitionParts
  readonly #released = new AbortController()
  /** Resolves when reading has ended. */
  readonly #reading: Promise<void>
  #reader: LogReader | undefined
  #mark: LowWaterMark | undefined
  #next = 0
  #committed = 0
  #committing: Promise<void> | undefined

  constructor(partition: number, parts: PartitionParts) {
    this.partition = partition
    this.#parts = parts
    this.#reading = this.#follow()
  }

  /** Ends reading. What was handed on goes on, and still moves the mark. */
  async stopReading(): Promise<void> {
    this.#released.abort()
    this.#reader?.close()
    await this.#reading
  }

  /**
   * Ends reading and forgets the mark: the partition is another's now. Nothing more is committed, because that could
   * take the group back behind what the new owner has done.
   */
  release(): void {
    this.#mark = undefined
    // A reader that waits for capacity ends when it gets some; nobody has to wait for that.
    void this.stopReading()
  }

  /** Stores how far the work is. A failure is only warned about: it means that records may be handled again. */
  async commit(): Promise<void> {
    while (this.#committing) await this.#committing
    const position = this.#mark?.position
    if (position === undefined || position === this.#committed) return
    this.#committing = this.#store(position)
    await this.#committing
  }

  /** Unless that is under way: its end says so if more has moved. */
  async commitIfIdle(): Promise<void> {
    if (!this.#committing) await this.commit()
  }

  async #store(position: number): Promise<void> {
    const { log, topic, trims, membership, warn } = this.#parts
    try {
      await membership.commit(this.partition, position)
      this.#committed = position
      if (trims) await log.trim(topic, this.partition, position)
    } catch (error) {
      // The new owner of a partition that has been released meanwhile stores its own.
      if (this.#mark) warn(`position in ${topic} not stored`, { partition: this.partition, error: errorText(error) })
    } finally {
      this.#committing = undefined
    }
    if (this.#committed !== this.#mark?.position) this.#moved()
  }

  #moved(): void {
    if (this.#mark !== undefined) this.#parts.onMoved()
  }

  async #follow(): Promise<void> {
    const { clock, config, topic, warn } = this.#parts
    const { firstMs, longestMs } = config.retry
    for (let failures = 0; !this.#released.signal.aborted;) {
      try {
        await this.#begin()
        for await (const records of this.#batches()) {
          failures = 0
          await this.#handOn(records)
        }
      } catch (error) {
        failures++
        warn(`reading ${topic} failed`, { partition: this.partition, error: errorText(error) })
        if (isFault(error, 'offset-out-of-range')) await this.#skipForgotten()
      }
      if (!this.#released.signal.aborted)
        await pause(clock, backoffMs(Math.max(1, failures), firstMs, longestMs), this.#released.signal)
    }
  }

  /** Once: from where the group stands. */
  async #begin(): Promise<void> {
    if (this.#mark) return
    this.#committed = await this.#parts.membership.committed(this.partition)
    if (this.#released.signal.aborted) return
    this.#next = this.#committed
    this.#mark = new LowWaterMark(this.#committed)
  }

  async *#batches(): AsyncGenerator<readonly LogRecord[]> {
    if (this.#released.signal.aborted) return
    const reader = this.#parts.log.read(this.#parts.topic, this.partition, this.#next)
    this.#reader = reader
    try {
      for (;;) {
        const records = await reader.next(this.#parts.config.readBatchMax)
        if (records.length === 0 || this.#released.signal.aborted) return
        yield records
      }
    } finally {
      reader.close()
    }
  }

  /** Waits for capacity record by record, so nothing more is read while too much is in flight. */
  async #handOn(records: readonly LogRecord[]): Promise<void> {
    const { capacity, clock, config } = this.#parts
    for (const record of records) {
      while (this.#mark && this.#mark.span >= config.spanMax && !this.#released.signal.aborted)
        await pause(clock, config.retry.firstMs, this.#released.signal)
      const wait = capacity.take()
      if (wait) await wait
      if (this.#released.signal.aborted) {
        capacity.release()
        return
      }
      this.#next = record.offset + 1
      this.#mark?.begin(record.offset)
      void this.#handle(record)
    }
  }

  async #handle(record: LogRecord): Promise<void> {
    const mark = this.#mark
    try {
      const handled = await this.#parts.handle(record.value)
      if (handled === 'done' && mark?.finish(record.offset)) this.#moved()
    } catch (error) {
      // A fault of this program. A mark that stays below it for good would help nobody.
      if (mark?.finish(record.offset)) this.#moved()
      this.#parts.warn(`handling a record of ${this.#parts.topic} failed`, {
        partition: this.partition,
        offset: record.offset,
        error: errorText(error),
      })
    } finally {
      this.#parts.capacity.release()
    }
  }

  /**
   * What the log no longer holds is past helping. Where this group trims the topic it was done; where the topic is
   * another's, it is older than that other keeps it for.
   */
  async #skipForgotten(): Promise<void> {
    try {
      const { first } = await this.#parts.log.bounds(this.#parts.topic, this.partition)
      this.#next = Math.max(this.#next, first)
    } catch {
      // The log can't be reached: the reader that follows says so.
    }
  }
}
