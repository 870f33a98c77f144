/** What a participant does about each order, once per message id. */
import { appliesTo, type ParticipantIdentity } from '../protocol/addressee.ts'
import { conceptText, isSameConcept } from '../protocol/concept.ts'
import type { Order, Report } from '../protocol/conversation.ts'
import type { ParticipantState } from '../protocol/states.ts'
import type { ParticipantConfig } from './config.ts'
import type { DefinitionTable } from './definition-table.ts'
import { changeState, type ElementOrdersParts, instantiate } from './element-orders.ts'
import { HandledOrders } from './handled-orders.ts'
import { LatestOrders } from './latest-orders.ts'
import { OrderAnswers, type SendResults } from './order-answers.ts'

export interface OrderHandlingParts extends ElementOrdersParts {
  readonly identity: ParticipantIdentity
  readonly definitions: DefinitionTable
  readonly config: Pick<ParticipantConfig, 'handledOrdersMax' | 'latestOrdersMax' | 'clocksDifferMaxMs'>
  readonly mode: () => ParticipantState
  readonly setMode: (mode: ParticipantState) => void
  readonly send: (report: Report) => void
  readonly onRegistered: (responseTo: string, isInPerson: boolean) => void
  readonly onDeregistered: (responseTo: string) => void
  /** Tells all that there is to tell. */
  readonly onAsked: () => void
}

export interface OrderCounts {
  readonly handled: number
  /** Of those that came before, under the same message id. */
  readonly repeated: number
  /** For others, or of loops that aren't here. */
  readonly notMine: number
  /** Of loops that were ordered something else since. */
  readonly overtaken: number
}

/** How an order that comes again is answered. */
type Repetition = () => void

export class OrderHandling {
  readonly #parts: OrderHandlingParts
  readonly #handled: HandledOrders<Repetition>
  readonly #latest: LatestOrders
  #counts = { handled: 0, repeated: 0, notMine: 0, overtaken: 0 }

  constructor(parts: OrderHandlingParts) {
    this.#parts = parts
    const { handledOrdersMax, latestOrdersMax, clocksDifferMaxMs } = parts.config
    this.#handled = new HandledOrders(handledOrdersMax)
    this.#latest = new LatestOrders(latestOrdersMax, clocksDifferMaxMs)
  }

  get counts(): OrderCounts {
    return this.#counts
  }

  handle(order: Order): void {
    if (!appliesTo(order.to, this.#parts.identity)) {
      this.#counts.notMine++
      return
    }
    const repetition = this.#handled.get(order.messageId)
    if (repetition) {
      this.#counts.repeated++
      repetition()
      return
    }
    if ('loop' in order && this.#latest.isOvertaken(conceptText(order.loop), order.atMs)) {
      this.#counts.overtaken++
      return
    }
    const isHandled = this.#isHandled(order)
    this.#counts[isHandled ? 'handled' : 'notMine']++
    if (isHandled && 'loop' in order) this.#latest.note(conceptText(order.loop), order.atMs)
  }

  #isHandled(order: Order): boolean {
    const parts = this.#parts
    switch (order.type) {
      case 'registered':
        parts.onRegistered(order.responseTo, order.to.participantId !== undefined)
        return true
      case 'deregistered':
        parts.onDeregistered(order.responseTo)
        return true
      case 'ask-status':
        parts.onAsked()
        return true
      case 'define':
        return this.#define(order)
      case 'undefine':
        parts.definitions.clear()
        this.#acknowledge(order.messageId, true, 'all definitions are forgotten')
        return true
      case 'set-mode':
        parts.setMode(order.state)
        // One that comes again must not undo what was set since.
        this.#handled.add(order.messageId, parts.onAsked)
        return true
      case 'instantiate':
        return instantiate(parts, order, () => this.#answers(order))
      case 'change-state':
        return changeState(parts, order, () => this.#answers(order))
    }
  }

  #define({ messageId, participantType, elements }: Extract<Order, { type: 'define' }>): boolean {
    const { identity, definitions } = this.#parts
    if (!isSameConcept(participantType, identity.participantType)) return false
    const isKept = definitions.define(elements)
    const text = isKept ? `${elements.length} definitions are known` : 'refused: there is no room for more definitions'
    this.#acknowledge(messageId, isKept, text)
    return true
  }

  #acknowledge(responseTo: string, ok: boolean, message: string): void {
    const { identity, mode, send } = this.#parts
    const acknowledge = (): void =>
      send({ ...identity, type: 'definitions-known', responseTo, ok, message, state: mode() })
    if (ok) this.#handled.add(responseTo, acknowledge)
    acknowledge()
  }

  /** Of an order of elements; remembered once. */
  #answers({ messageId, loop }: Extract<Order, { type: 'instantiate' | 'change-state' }>): OrderAnswers {
    const answers = new OrderAnswers(loop, messageId, this.#sendResults)
    this.#handled.add(messageId, () =>
      answers.repeat((result) => ({
        ...result,
        state: this.#parts.loops.element(loop, result.elementId)?.state ?? 'UNINITIALISED',
      })),
    )
    return answers
  }

  readonly #sendResults: SendResults = (loop, responseTo, results) => {
    const { identity, send } = this.#parts
    const [first] = results
    send({
      participantId: identity.participantId,
      participantType: identity.participantType,
      type: 'elements-changed',
      loop,
      responseTo,
      isKnownAlready: false,
      ok: results.every(({ ok }) => ok),
      message: results.length === 1 && first ? first.message : summary(results.length),
      results,
    })
  }
}

const summary = (count: number): string => (count === 0 ? 'nothing of the loop is here' : `${count} elements`)
