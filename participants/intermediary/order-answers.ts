/** What was answered to one order that concerns elements: one report per element, as it is done; and again, if the order is repeated. */
import type { Concept } from '../protocol/concept.ts'
import type { ElementResult } from '../protocol/conversation.ts'

/** The report of one element, or of several when an answer is repeated. */
export type SendResults = (loop: Concept, responseTo: string, results: ElementResult[]) => void

/** With messages as long as they may be, a report of so many is well below what a broker takes. */
const RESULTS_PER_REPORT_MAX = 100

export class OrderAnswers {
  readonly #loop: Concept
  readonly #messageId: string
  readonly #send: SendResults
  readonly #results: ElementResult[] = []
  /** Elements that aren't done. */
  #open = 0

  constructor(loop: Concept, messageId: string, send: SendResults) {
    this.#loop = loop
    this.#messageId = messageId
    this.#send = send
  }

  /** One more element is to be answered for. */
  enter(): void {
    this.#open++
  }

  /** For one that was entered: there will be no answer. */
  leave(): void {
    this.#open--
  }

  /** For one that was entered. */
  answer(result: ElementResult): void {
    this.#open--
    this.#results.push(result)
    this.#send(this.#loop, this.#messageId, [result])
  }

  /** There is nothing to be done for it. */
  nothing(): void {
    this.#send(this.#loop, this.#messageId, [])
  }

  /**
   * The order has come again. While it is carried out, its answers are on their way; afterwards they are given again, but
   * each element is where it is now.
   */
  repeat(now: (result: ElementResult) => ElementResult): void {
    if (this.#open > 0) return
    if (this.#results.length === 0) this.nothing()
    for (let from = 0; from < this.#results.length; from += RESULTS_PER_REPORT_MAX)
      this.#send(this.#loop, this.#messageId, this.#results.slice(from, from + RESULTS_PER_REPORT_MAX).map(now))
  }
}
