/**
 * The tail of the topic `live`, read once and handed to every open event stream. A stream that asks for older events
 * reads those by itself and joins when it has caught up.
 */
import { LIVE_TOPIC } from '../../actors/live.ts'
import { isFault } from '../../runtime/fault.ts'
import type { Clock, Log, LogReader, LogRecord } from '../../runtime/ports.ts'

const PARTITION = 0
const READ_BATCH = 256
const RETRY_MS = 1_000

export type OnRecords = (records: readonly LogRecord[]) => void

export class LiveTail {
  readonly #log: Log
  readonly #clock: Clock
  readonly #report: (text: string, error?: unknown) => void
  readonly #listeners = new Set<OnRecords>()
  #position = -1
  #started: Promise<void> | undefined
  #reader: LogReader | undefined
  #closed = false
  #cancelRetry: (() => void) | undefined

  constructor(log: Log, clock: Clock, report: (text: string, error?: unknown) => void) {
    this.#log = log
    this.#clock = clock
    this.#report = report
  }

  /** Offset of the latest record that the listeners were given; everything up to it is behind the tail. */
  get position(): number {
    return this.#position
  }

  /** Resolves when the tail is being read. @throws {RuntimeFault} if the log can't be read now */
  start(): Promise<void> {
    this.#started ??= this.#open().catch((error: unknown) => {
      this.#started = undefined
      throw error
    })
    return this.#started
  }

  /** `onRecords` gets every record behind `position`, from now on. */
  listen(onRecords: OnRecords): () => void {
    this.#listeners.add(onRecords)
    return () => this.#listeners.delete(onRecords)
  }

  /** For a stream that has to catch up. */
  readFrom(offset: number): LogReader {
    return this.#log.read(LIVE_TOPIC, PARTITION, offset)
  }

  bounds(): ReturnType<Log['bounds']> {
    return this.#log.bounds(LIVE_TOPIC, PARTITION)
  }

  close(): void {
    this.#closed = true
    this.#cancelRetry?.()
    this.#reader?.close()
    this.#listeners.clear()
  }

  async #open(): Promise<void> {
    const { next } = await this.bounds()
    this.#position = next - 1
    void this.#follow()
  }

  async #follow(): Promise<void> {
    try {
      this.#reader = this.readFrom(this.#position + 1)
      while (!this.#closed) {
        const records = await this.#reader.next(READ_BATCH)
        const last = records.at(-1)
        if (!last) break
        this.#position = last.offset
        for (const listener of [...this.#listeners]) listener(records)
      }
    } catch (error) {
      this.#reader?.close()
      if (this.#closed) return
      this.#report('the live events could not be read; trying again', error)
      // What was trimmed before it was read is gone: go on with what there is.
      if (isFault(error, 'offset-out-of-range')) this.#position = await this.#firstHeld()
      this.#cancelRetry = this.#clock.schedule(RETRY_MS, () => void this.#follow())
    }
  }

  async #firstHeld(): Promise<number> {
    try {
      return (await this.bounds()).first - 1
    } catch {
      return this.#position
    }
  }
}
