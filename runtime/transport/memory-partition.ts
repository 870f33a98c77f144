/** One partition of the memory broker, and its readers. */
import { RuntimeFault } from '../fault.ts'
import type { LogReader, LogRecord } from '../ports.ts'
import type { Latency, Link } from './link.ts'

export class MemoryPartition {
  first = 0
  records: LogRecord[] = []
  readonly readers = new Set<MemoryReader>()

  get next(): number {
    return this.first + this.records.length
  }

  add(value: Uint8Array): void {
    this.records.push({ offset: this.next, value })
  }

  trim(before: number): void {
    const count = Math.min(before, this.next) - this.first
    if (count <= 0) return
    this.records = this.records.slice(count)
    this.first += count
  }

  wake(): void {
    for (const reader of this.readers) reader.wake()
  }
}

export interface MemoryReaderOptions {
  readonly partition: MemoryPartition
  readonly fromOffset: number
  readonly link: Link
  readonly latency: () => Latency
  readonly address: string
  readonly onClose: () => void
}

interface Waiting {
  readonly max: number
  readonly resolve: (records: readonly LogRecord[]) => void
  readonly reject: (fault: RuntimeFault) => void
  /** An answer is on its way. */
  underway: boolean
}

export class MemoryReader implements LogReader {
  readonly #options: MemoryReaderOptions
  readonly #forget: () => void
  #nextOffset: number
  #waiting: Waiting | undefined
  #closed = false

  constructor(options: MemoryReaderOptions) {
    this.#options = options
    this.#nextOffset = options.fromOffset
    options.partition.readers.add(this)
    this.#forget = options.link.onRestore(() => this.wake())
  }

  next(max: number): Promise<readonly LogRecord[]> {
    if (this.#closed) return Promise.resolve([])
    if (this.#waiting !== undefined) return Promise.reject(new Error('one call of next() at a time'))
    return new Promise((resolve, reject) => {
      this.#waiting = { max, resolve, reject, underway: false }
      this.wake()
    })
  }

  /** Answers the waiting call, if there is one and an answer for it. */
  wake(): void {
    const waiting = this.#waiting
    const { partition, link, latency } = this.#options
    if (waiting === undefined || waiting.underway || !link.up || this.#nextOffset === partition.next) return
    waiting.underway = true
    link.after(latency(), () => {
      waiting.underway = false
      if (this.#waiting === waiting && link.up) this.#answer(waiting)
    })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#forget()
    this.#options.partition.readers.delete(this)
    this.#waiting?.resolve([])
    this.#waiting = undefined
    this.#options.onClose()
  }

  #answer(waiting: Waiting): void {
    const { partition, address } = this.#options
    const from = this.#nextOffset
    this.#waiting = undefined
    // An offset beyond the end means that the log lost records which somebody has already handled: to wait here would
    // be to skip whatever takes those offsets next.
    if (from < partition.first || from > partition.next)
      return waiting.reject(
        new RuntimeFault('offset-out-of-range', `offset ${from} isn't in [${partition.first}, ${partition.next}]`, {
          address,
        }),
      )
    const start = from - partition.first
    const records = partition.records.slice(start, start + Math.max(1, waiting.max))
    this.#nextOffset = from + records.length
    waiting.resolve(records)
  }
}
