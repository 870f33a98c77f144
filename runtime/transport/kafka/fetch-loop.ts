/**
 * Fetches from one broker for all readers of partitions that it leads: one long poll after the other. A reader that can
 * take more while a long poll without it goes on (it was just opened, or had no room) is not kept waiting: a second lane
 * asks for it, without a wait, and it is part of the next long poll.
 */
import { RuntimeFault, isFault } from '../../fault.ts'
import { Signal } from '../../signal.ts'
import { errorOfCode } from './broker-connection.ts'
import type { Lane } from './broker-connection.ts'
import { decodeFetch } from './fetch-answer.ts'
import type { FetchedPartition } from './fetch-answer.ts'
import type { KafkaReader } from './kafka-reader.ts'
import { readBatches } from './record-batches.ts'
import type { KafkaWire } from './wire.ts'

/** How long a broker with nothing new keeps a long poll. Also how long a new reader at the end may wait for its turn. */
const LONG_POLL_MS = 50
/** A larger record batch comes nevertheless, alone. */
const PARTITION_BYTES_MAX = 524_288
const FETCH_BYTES_MAX = 8_388_608
const READ_COMMITTED = 1

export interface FetchLoopOptions {
  readonly node: number
  readonly wire: KafkaWire
  readonly counters: FetchCounters
  /** This broker couldn't serve the reader: find out who can. */
  readonly onLost: (reader: KafkaReader, reason: string) => void
  readonly onOutOfRange: (reader: KafkaReader) => void
}

export interface FetchCounters {
  fetches: number
  records: number
  failures: number
}

export class FetchLoop {
  readonly #options: FetchLoopOptions
  readonly #readers = new Set<KafkaReader>()
  readonly #underway = new Set<KafkaReader>()
  readonly #hasRoom = new Signal()
  #isPolling = false
  #isQuick = false
  #closed = false

  constructor(options: FetchLoopOptions) {
    this.#options = options
    void this.#run()
  }

  add(reader: KafkaReader): void {
    this.#readers.add(reader)
    this.wake(reader)
  }

  remove(reader: KafkaReader): void {
    this.#readers.delete(reader)
  }

  has(reader: KafkaReader): boolean {
    return this.#readers.has(reader)
  }

  wake(reader: KafkaReader): void {
    this.#hasRoom.raise()
    if (this.#isPolling && !this.#isQuick && !this.#underway.has(reader)) void this.#quickly()
  }

  close(): void {
    this.#closed = true
    this.#readers.clear()
    this.#hasRoom.raise()
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const readers = this.#fetchable()
      if (readers.length === 0) {
        this.#hasRoom.lower()
        await this.#hasRoom.raised()
        continue
      }
      this.#isPolling = true
      await this.#fetch(readers, LONG_POLL_MS, 1)
      this.#isPolling = false
    }
  }

  /** As long as it brings something; a reader that is at its end goes into the next long poll. */
  async #quickly(): Promise<void> {
    this.#isQuick = true
    // With the next turn: often several readers are opened at once.
    await new Promise((resolve) => setImmediate(resolve))
    for (let readers = this.#fetchable(); this.#isPolling && readers.length > 0;) {
      const before = new Map(readers.map((reader) => [reader, reader.servedAt]))
      await this.#fetch(readers, 0, 0)
      readers = this.#fetchable().filter((reader) => before.get(reader) !== reader.servedAt)
    }
    this.#isQuick = false
  }

  /**
   * Those with room that no fetch is under way for. A request names a partition once, so several readers of one take turns: by
   * when they were asked for, not served, or one that waits at the end would keep its turn for ever.
   */
  #fetchable(): KafkaReader[] {
    const chosen = new Map<string, KafkaReader>()
    for (const reader of [...this.#readers].sort((a, b) => a.askedAt - b.askedAt))
      if (reader.hasRoom && !this.#underway.has(reader) && !chosen.has(reader.address))
        chosen.set(reader.address, reader)
    return [...chosen.values()]
  }

  /** Never rejects. */
  async #fetch(readers: readonly KafkaReader[], maxWaitTime: number, lane: Lane): Promise<void> {
    const { node, wire, counters } = this.#options
    for (const reader of readers) this.#underway.add(reader)
    const byTopic = Map.groupBy(readers, ({ topic }) => topic)
    const topics = [...byTopic].map(([topic, ofTopic]) => ({
      topic,
      partitions: ofTopic.map(({ partition, nextOffset }) => ({
        partition,
        fetchOffset: nextOffset,
        maxBytes: PARTITION_BYTES_MAX,
      })),
    }))
    const request = { maxWaitTime, minBytes: 1, maxBytes: FETCH_BYTES_MAX, isolationLevel: READ_COMMITTED, topics }
    counters.fetches++
    for (const reader of readers) reader.askedAt = counters.fetches
    try {
      const answer = await wire.ask(node, (broker) => broker.fetch(request, lane, decodeFetch))
      const error = errorOfCode(answer.errorCode)
      if (error !== undefined) throw new RuntimeFault('unavailable', error)
      const byAddress = new Map(readers.map((reader) => [reader.address, reader]))
      for (const fetched of answer.partitions) {
        const reader = byAddress.get(`${fetched.topic}/${fetched.partition}`)
        if (reader && this.#readers.has(reader)) this.#accept(reader, fetched)
      }
    } catch (error) {
      counters.failures++
      // Nothing of this broker can be had for now, so this concerns all readers and not only these.
      for (const reader of [...this.#readers]) this.#lose(reader, (error as Error).message)
    }
    for (const reader of readers) this.#underway.delete(reader)
  }

  #accept(reader: KafkaReader, fetched: FetchedPartition): void {
    const error = errorOfCode(fetched.errorCode)
    if (error === 'OFFSET_OUT_OF_RANGE') {
      this.#readers.delete(reader)
      return this.#options.onOutOfRange(reader)
    }
    if (error !== undefined) return this.#lose(reader, error)
    reader.failures = 0
    try {
      const { records, nextOffset } = readBatches(fetched.batches, reader.nextOffset, fetched.aborted)
      if (nextOffset === reader.nextOffset) return
      reader.servedAt = this.#options.counters.fetches
      this.#options.counters.records += records.length
      reader.accept(records, nextOffset)
    } catch (fault) {
      const { code, message } = isFault(fault) ? fault : new RuntimeFault('unreadable', String(fault))
      this.#readers.delete(reader)
      reader.fail(new RuntimeFault(code, message, { address: reader.address, cause: fault }))
    }
  }

  #lose(reader: KafkaReader, reason: string): void {
    this.#readers.delete(reader)
    reader.failures++
    this.#options.onLost(reader, reason)
  }
}
