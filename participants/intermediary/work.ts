/** What is to be done with one element: where it is to be taken, and whose orders that answers. */
import type { OrderedState } from '../protocol/states.ts'
import type { ElementData } from './element-data.ts'
import type { OrderAnswers } from './order-answers.ts'

export class Work {
  readonly target: OrderedState
  /** Of an `instantiate`. */
  data: ElementData | undefined
  readonly asks: OrderAnswers[]
  /** Where the element was when it began. */
  from: OrderedState = 'UNINITIALISED'
  #givenUp: string | undefined
  #controller: AbortController | undefined
  /** Ends whatever is waited for beside the listener. */
  #end: (() => void) | undefined

  constructor(target: OrderedState, ask: OrderAnswers, data?: ElementData) {
    this.target = target
    this.asks = [ask]
    this.data = data
  }

  /** Why there is no use in going on. */
  get givenUp(): string | undefined {
    return this.#givenUp
  }

  /** Made when a listener asks for it: most never do. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#givenUp !== undefined) this.#controller.abort(new Error(this.#givenUp))
    }
    return this.#controller.signal
  }

  /** Once; raises the signal. */
  giveUp(reason: string): void {
    if (this.#givenUp !== undefined) return
    this.#givenUp = reason
    this.#controller?.abort(new Error(reason))
    this.#end?.()
  }

  readonly onWait = (end: () => void): void => {
    this.#end = end
    if (this.#givenUp !== undefined) end()
  }

  join(ask: OrderAnswers, asksMax: number): void {
    this.asks.push(ask)
    if (this.asks.length > asksMax) this.asks.shift()?.leave()
  }
}
