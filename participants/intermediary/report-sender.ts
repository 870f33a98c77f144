/**
 * Hands reports to the link. While all goes well nobody waits for anybody; after a failure what failed and what comes later is
 * sent one by one, in order, with growing waits, until all of it is through.
 */
import { backoffMs } from '../../runtime/backoff.ts'
import { isFault, isHopeless } from '../../runtime/fault.ts'
import { pause } from '../../runtime/pause.ts'
import type { Clock } from '../../runtime/ports.ts'
import type { ParticipantLink } from '../link/participant-link.ts'
import type { Report } from '../protocol/conversation.ts'
import type { ParticipantConfig } from './config.ts'

export class ReportSender {
  readonly #link: Pick<ParticipantLink, 'send'>
  readonly #clock: Clock
  readonly #config: Pick<ParticipantConfig, 'reportsWaitingMax' | 'reportRetry'>
  readonly #closing = new AbortController()
  readonly #inFlight = new Set<Promise<void>>()
  #backlog: Report[] = []
  #retrying: Promise<void> | undefined
  #sent = 0
  #lost = 0

  constructor(
    link: Pick<ParticipantLink, 'send'>,
    clock: Clock,
    config: Pick<ParticipantConfig, 'reportsWaitingMax' | 'reportRetry'>,
  ) {
    this.#link = link
    this.#clock = clock
    this.#config = config
  }

  get counts(): { readonly sent: number; readonly lost: number } {
    return { sent: this.#sent, lost: this.#lost }
  }

  /** Never rejects. Resolves when the report is sent, or waits behind others to be sent again. */
  send(report: Report): Promise<void> {
    if (this.#retrying) {
      this.#keep(report)
      return Promise.resolve()
    }
    const sending: Promise<void> = this.#hand(report).then(
      () => {
        this.#sent++
        this.#inFlight.delete(sending)
      },
      (error: unknown) => {
        this.#inFlight.delete(sending)
        if (isInVain(error)) this.#lost++
        else this.#keep(report)
      },
    )
    this.#inFlight.add(sending)
    return sending
  }

  /** Resolves when nothing is on its way any more. */
  async idle(): Promise<void> {
    while (this.#inFlight.size > 0 || this.#retrying) await Promise.all([...this.#inFlight, this.#retrying])
  }

  close(): void {
    this.#closing.abort()
    this.#lost += this.#backlog.length
    this.#backlog = []
  }

  /** Whatever the link throws is a failure of this report, not of what it tells of. */
  async #hand(report: Report): Promise<void> {
    await this.#link.send(report)
  }

  #keep(report: Report): void {
    if (this.#closing.signal.aborted) {
      this.#lost++
      return
    }
    this.#backlog.push(report)
    if (this.#backlog.length > this.#config.reportsWaitingMax) {
      this.#backlog.shift()
      this.#lost++
    }
    this.#retrying ??= this.#retry()
  }

  async #retry(): Promise<void> {
    const { firstMs, longestMs } = this.#config.reportRetry
    const { signal } = this.#closing
    for (let failures = 1; this.#backlog.length > 0 && !signal.aborted;) {
      if (failures > 0) await pause(this.#clock, backoffMs(failures, firstMs, longestMs), signal)
      const [report] = this.#backlog
      if (!report) break
      try {
        await this.#hand(report)
        this.#sent++
        failures = 0
      } catch (error) {
        if (!isInVain(error)) {
          failures++
          continue
        }
        this.#lost++
      }
      // The oldest may have been let go meanwhile.
      if (this.#backlog[0] === report) this.#backlog.shift()
    }
    this.#retrying = undefined
  }
}

/** Sent again it would fail again, and hold up all that comes after it. */
const isInVain = (error: unknown): boolean => isHopeless(error) || isFault(error, 'closed')
