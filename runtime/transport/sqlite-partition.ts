/**
 * One partition of the embedded log: where it begins and ends, its latest records in memory, and its readers. A
 * reader that keeps up never touches the disk.
 */
import { RuntimeFault } from '../fault.ts'
import type { LogReader, LogRecord } from '../ports.ts'

export interface TailLimits {
  readonly recordsMax: number
  readonly bytesMax: number
}

export class SqlitePartition {
  /** Number among all partitions of the file. */
  readonly number: number
  readonly address: string
  first: number
  /** Of what readers see: the record after it isn't there, or isn't durable yet. */
  next: number
  /** Where the next record will be. */
  end: number
  /** Appended by operations of the flush that is under way. */
  gathered: Uint8Array[] = []
  readonly readers = new Set<SqliteReader>()
  readonly #limits: TailLimits
  /** The latest records, up to `next`, without gaps. */
  #tail: LogRecord[] = []
  /** Where in `#tail` it begins: what is before has been given up, and goes when that is worth a copy. */
  #start = 0
  #bytes = 0

  constructor(number: number, address: string, bounds: { first: number; next: number }, limits: TailLimits) {
    this.number = number
    this.address = address
    this.first = bounds.first
    this.next = bounds.next
    this.end = bounds.next
    this.#limits = limits
  }

  /** The gathered records have their places. @returns them, for `publish` */
  committed(): readonly Uint8Array[] {
    const values = this.gathered
    this.gathered = []
    this.end += values.length
    return values
  }

  /** Makes records visible that are durable, in the order of their commits. */
  publish(values: readonly Uint8Array[]): void {
    for (const value of values) {
      this.#tail.push({ offset: this.next++, value })
      this.#bytes += value.length
    }
    const { recordsMax, bytesMax } = this.#limits
    while (this.#tail.length - this.#start > recordsMax || this.#bytes > bytesMax) {
      this.#bytes -= this.#tail[this.#start]?.value.length ?? 0
      this.#start++
    }
    if (this.#start > recordsMax || this.#start === this.#tail.length) {
      this.#tail = this.#tail.slice(this.#start)
      this.#start = 0
    }
    for (const reader of [...this.readers]) reader.wake()
  }

  /** From memory; undefined if `from` isn't there any more. */
  recent(from: number, max: number): LogRecord[] | undefined {
    const index = this.#tail.length - (this.next - from)
    return index < this.#start ? undefined : this.#tail.slice(index, index + max)
  }
}

interface Waiting {
  readonly max: number
  readonly resolve: (records: readonly LogRecord[]) => void
  readonly reject: (fault: unknown) => void
}

/** `fromDisk`: records that aren't in memory any more, at least one. */
export class SqliteReader implements LogReader {
  readonly #partition: SqlitePartition
  readonly #fromDisk: (partition: SqlitePartition, from: number, max: number) => readonly LogRecord[]
  #nextOffset: number
  #waiting: Waiting | undefined
  #closed = false

  constructor(
    partition: SqlitePartition,
    fromOffset: number,
    fromDisk: (partition: SqlitePartition, from: number, max: number) => readonly LogRecord[],
  ) {
    this.#partition = partition
    this.#nextOffset = fromOffset
    this.#fromDisk = fromDisk
    partition.readers.add(this)
  }

  next(max: number): Promise<readonly LogRecord[]> {
    if (this.#closed) return Promise.resolve([])
    if (this.#waiting !== undefined) return Promise.reject(new Error('one call of next() at a time'))
    return new Promise((resolve, reject) => {
      this.#waiting = { max: Math.max(1, max), resolve, reject }
      this.wake()
    })
  }

  wake(): void {
    const waiting = this.#waiting
    if (waiting === undefined || this.#nextOffset === this.#partition.next) return
    this.#waiting = undefined
    try {
      waiting.resolve(this.#take(waiting.max))
    } catch (error) {
      waiting.reject(error)
    }
  }

  close(): void {
    this.#closed = true
    this.#partition.readers.delete(this)
    this.#waiting?.resolve([])
    this.#waiting = undefined
  }

  #take(max: number): readonly LogRecord[] {
    const { first, next, address } = this.#partition
    const from = this.#nextOffset
    // Beyond the end: the file is older than what the reader has seen (a backup was put back). To wait here would be to
    // skip whatever takes those offsets next.
    if (from < first || from > next)
      throw new RuntimeFault('offset-out-of-range', `offset ${from} isn't in [${first}, ${next}]`, { address })
    const records = this.#partition.recent(from, max) ?? this.#fromDisk(this.#partition, from, max)
    this.#nextOffset = from + records.length
    return records
  }
}
