/** Reads one partition: a bounded buffer that the fetcher fills ahead of `next`. */
import type { RuntimeFault } from '../../fault.ts'
import type { LogReader, LogRecord } from '../../ports.ts'
import { FRAME_BYTES } from './append-queue.ts'

/** A reader is fetched for as long as it holds less than this; so it holds this and one fetch at most. */
const BUFFER_BYTES_MAX = 524_288

interface Waiting {
  readonly max: number
  readonly resolve: (records: readonly LogRecord[]) => void
  readonly reject: (fault: RuntimeFault) => void
}

export interface ReaderEvents {
  /** There is room again, where there was none. */
  readonly onRoom: (reader: KafkaReader) => void
  readonly onClose: (reader: KafkaReader) => void
}

export class KafkaReader implements LogReader {
  readonly topic: string
  readonly partition: number
  /** From where to fetch: behind what is in the buffer. */
  nextOffset: number
  /** When it was last given something, in fetches. */
  servedAt = 0
  /** When it was last asked for, in fetches: of several for one partition the one asked for longest ago comes next. */
  askedAt = 0
  /** Fetches in a row that failed. */
  failures = 0
  readonly #events: ReaderEvents
  #records: LogRecord[] = []
  #given = 0
  #bufferedBytes = 0
  #waiting: Waiting | undefined
  #fault: RuntimeFault | undefined
  #closed = false

  constructor(topic: string, partition: number, fromOffset: number, events: ReaderEvents) {
    this.topic = topic
    this.partition = partition
    this.nextOffset = fromOffset
    this.#events = events
  }

  get address(): string {
    return `${this.topic}/${this.partition}`
  }

  get hasRoom(): boolean {
    return !this.#closed && this.#fault === undefined && this.#bufferedBytes < BUFFER_BYTES_MAX
  }

  next(max: number): Promise<readonly LogRecord[]> {
    if (this.#closed) return Promise.resolve([])
    if (this.#waiting) return Promise.reject(new Error('one call of next() at a time'))
    if (this.#given < this.#records.length) return Promise.resolve(this.#give(Math.max(1, max)))
    if (this.#fault) return Promise.reject(this.#fault)
    return new Promise((resolve, reject) => (this.#waiting = { max: Math.max(1, max), resolve, reject }))
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#records = []
    this.#waiting?.resolve([])
    this.#waiting = undefined
    this.#events.onClose(this)
  }

  accept(records: readonly LogRecord[], nextOffset: number): void {
    if (this.#closed) return
    this.nextOffset = nextOffset
    for (const record of records) {
      this.#records.push(record)
      this.#bufferedBytes += record.value.length + FRAME_BYTES
    }
    const waiting = this.#waiting
    if (!waiting || this.#given === this.#records.length) return
    this.#waiting = undefined
    waiting.resolve(this.#give(waiting.max))
  }

  /** What is buffered can still be read; then `next` rejects with this. */
  fail(fault: RuntimeFault): void {
    this.#fault ??= fault
    this.#waiting?.reject(fault)
    this.#waiting = undefined
  }

  #give(max: number): readonly LogRecord[] {
    const hadRoom = this.hasRoom
    const records = this.#records.slice(this.#given, this.#given + max)
    this.#given += records.length
    for (const { value } of records) this.#bufferedBytes -= value.length + FRAME_BYTES
    if (this.#given === this.#records.length) {
      this.#records = []
      this.#given = 0
    }
    if (!hadRoom && this.hasRoom) this.#events.onRoom(this)
    return records
  }
}
