/** Appends reports to a topic, in the order in which they come, one request at a time, again and again until it works. */
import { backoffMs } from '../../runtime/backoff.ts'
import { errorText, isFault, RuntimeFault } from '../../runtime/fault.ts'
import { pause, settlesWithin } from '../../runtime/pause.ts'
import type { Clock, Log, LogEntry } from '../../runtime/ports.ts'
import type { TopicLinkConfig } from './config.ts'
import type { Warn } from './topic-reader.ts'

export interface ReportAppenderParts {
  readonly log: Pick<Log, 'append'>
  readonly clock: Clock
  readonly config: Pick<TopicLinkConfig, 'reportsWaitingMax' | 'reportsPerAppendMax' | 'retry' | 'flushWaitMs'>
  readonly warn: Warn
}

interface Waiting {
  readonly entry: LogEntry
  readonly resolve: () => void
  readonly reject: (fault: RuntimeFault) => void
}

export class ReportAppender {
  readonly #parts: ReportAppenderParts
  readonly #closing = new AbortController()
  #waiting: Waiting[] = []
  #appending: Promise<void> | undefined
  #isClosing = false

  constructor(parts: ReportAppenderParts) {
    this.#parts = parts
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** @throws {RuntimeFault} `overloaded` or `closed` */
  append(entry: LogEntry): Promise<void> {
    if (this.#isClosing) return Promise.reject(closedFault())
    if (this.#waiting.length >= this.#parts.config.reportsWaitingMax)
      return Promise.reject(new RuntimeFault('overloaded', `${this.#waiting.length} reports wait to be appended`))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject })
      this.#appending ??= this.#appendAll()
    })
  }

  /** Waits a bounded time for what is still to be appended. */
  async close(): Promise<void> {
    this.#isClosing = true
    const { clock, config } = this.#parts
    if (this.#appending) await settlesWithin(clock, config.flushWaitMs, this.#appending)
    this.#closing.abort()
    for (const { reject } of this.#waiting.splice(0)) reject(closedFault())
  }

  async #appendAll(): Promise<void> {
    const { log, clock, config, warn } = this.#parts
    const { signal } = this.#closing
    for (let failures = 0; this.#waiting.length > 0 && !signal.aborted;) {
      const batch = this.#waiting.slice(0, config.reportsPerAppendMax)
      try {
        await log.append(batch.map(({ entry }) => entry))
        failures = 0
        this.#waiting.splice(0, batch.length)
        for (const { resolve } of batch) resolve()
      } catch (error) {
        if (isFault(error, 'closed')) break
        failures++
        if (failures === 1) warn('reports will be appended again', { reports: batch.length, error: errorText(error) })
        await pause(clock, backoffMs(failures, config.retry.firstMs, config.retry.longestMs), signal)
      }
    }
    this.#appending = undefined
    if (signal.aborted) return
    // The log was closed below us.
    for (const { reject } of this.#waiting.splice(0)) reject(closedFault())
  }
}

const closedFault = (): RuntimeFault => new RuntimeFault('closed', 'the link is closed')
