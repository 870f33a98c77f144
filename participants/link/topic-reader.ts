/**
 * Follows all partitions of a topic from where their ends were when it began. Records are handed on one by one; an outage is
 * waited out, and what the log has forgotten meanwhile is skipped (a participant that missed something is told again).
 */
import { backoffMs } from '../../runtime/backoff.ts'
import { errorText, isFault } from '../../runtime/fault.ts'
import { pause } from '../../runtime/pause.ts'
import type { Clock, Log, LogReader } from '../../runtime/ports.ts'
import type { TopicLinkConfig } from './config.ts'

export type Warn = (text: string, details: Readonly<Record<string, unknown>>) => void

export interface TopicReaderParts {
  readonly log: Pick<Log, 'read' | 'bounds'>
  readonly clock: Clock
  readonly topic: string
  readonly partitions: number
  readonly config: Pick<TopicLinkConfig, 'readBatchMax' | 'retry'>
  readonly warn: Warn
}

export class TopicReader {
  readonly #parts: TopicReaderParts
  readonly #closing = new AbortController()
  readonly #readers = new Set<LogReader>()
  readonly #ends: readonly number[]
  #following: Promise<unknown> = Promise.resolve()

  private constructor(parts: TopicReaderParts, ends: readonly number[]) {
    this.#parts = parts
    this.#ends = ends
  }

  /** Resolves when the ends are known; whatever is appended from then on is read. */
  static async open(parts: TopicReaderParts): Promise<TopicReader> {
    const { log, topic, partitions } = parts
    const bounds = await Promise.all(Array.from({ length: partitions }, (_, partition) => log.bounds(topic, partition)))
    return new TopicReader(
      parts,
      bounds.map(({ next }) => next),
    )
  }

  /** @param receive must not throw */
  follow(receive: (value: Uint8Array, partition: number, offset: number) => void): void {
    this.#following = Promise.all(this.#ends.map((end, partition) => this.#follow(partition, end, receive)))
  }

  async close(): Promise<void> {
    this.#closing.abort()
    for (const reader of this.#readers) reader.close()
    await this.#following
  }

  async #follow(
    partition: number,
    end: number,
    receive: (value: Uint8Array, partition: number, offset: number) => void,
  ): Promise<void> {
    const { clock, config, topic, warn } = this.#parts
    const { signal } = this.#closing
    let next = end
    for (let failures = 0; !signal.aborted;) {
      try {
        for await (const records of this.#batches(partition, next))
          for (const record of records) {
            failures = 0
            next = record.offset + 1
            receive(record.value, partition, record.offset)
          }
      } catch (error) {
        failures++
        if (signal.aborted) return
        if (failures === 1)
          warn('reading the topic of participants failed', { topic, partition, error: errorText(error) })
        if (isFault(error, 'offset-out-of-range')) next = await this.#firstHeld(partition, next)
      }
      await pause(clock, backoffMs(Math.max(1, failures), config.retry.firstMs, config.retry.longestMs), signal)
    }
  }

  async *#batches(partition: number, from: number) {
    const reader = this.#parts.log.read(this.#parts.topic, partition, from)
    this.#readers.add(reader)
    try {
      for (;;) {
        const records = await reader.next(this.#parts.config.readBatchMax)
        if (records.length === 0 || this.#closing.signal.aborted) return
        yield records
      }
    } finally {
      this.#readers.delete(reader)
      reader.close()
    }
  }

  /** A topic that was made anew begins again below what was read of it. */
  async #firstHeld(partition: number, next: number): Promise<number> {
    try {
      const bounds = await this.#parts.log.bounds(this.#parts.topic, partition)
      return Math.min(Math.max(next, bounds.first), bounds.next)
    } catch {
      return next
    }
  }
}
