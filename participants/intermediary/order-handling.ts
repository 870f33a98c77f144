/** What a participant does about each order, once per message id. */
import type { Clock } from '../../runtime/ports.ts'
import { appliesTo, isInPerson, type ParticipantIdentity } from '../protocol/addressee.ts'
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
  readonly clock: Clock
  readonly definitions: DefinitionTable
  readonly config: Pick<ParticipantConfig, 'handledOrdersMax' | 'latestOrdersMax' | 'clocksDifferMaxMs'>
  readonly mode: () => ParticipantState
  readonly setMode: (mode: ParticipantState) => void
  readonly send: (report: Report) => void
  /** @returns false if it is somebody else who is registered */
  readonly onRegistered: (responseTo: string, isInPerson: boolean) => boolean
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
  /** Something else was ordered since, of their loop, of the mode or of the definitions. */
  readonly overtaken: number
  /** Elements of orders that were handled: those that this participant doesn't take on. */
  readonly refused: number
}

/** How an order that comes again is answered. */
type Repetition = () => void

/** What an order overtakes, and by what it is overtaken. Definitions come in pieces, so only their end overtakes them, and they their end. */
const LATEST: Readonly<Partial<Record<Order['type'], { readonly about: string; readonly overtakenBy: string }>>> = {
  'set-mode': { about: 'set-mode', overtakenBy: 'set-mode' },
  define: { about: 'define', overtakenBy: 'undefine' },
  undefine: { about: 'undefine', overtakenBy: 'define' },
}
const LATEST_MAX = 3

export class OrderHandling {
  readonly #parts: OrderHandlingParts
  readonly #handled: HandledOrders<Repetition>
  readonly #latestOfLoops: LatestOrders
  /** Apart, so that many loops don't displace it. */
  readonly #latest: LatestOrders
  #counts = { handled: 0, repeated: 0, notMine: 0, overtaken: 0, refused: 0 }

  constructor(parts: OrderHandlingParts) {
    this.#parts = parts
    const { handledOrdersMax, latestOrdersMax, clocksDifferMaxMs } = parts.config
    this.#handled = new HandledOrders(handledOrdersMax)
    this.#latestOfLoops = new LatestOrders(parts.clock, latestOrdersMax, clocksDifferMaxMs)
    this.#latest = new LatestOrders(parts.clock, LATEST_MAX, clocksDifferMaxMs)
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
    if (this.#isOvertaken(order)) {
      this.#counts.overtaken++
      return
    }
    const isHandled = this.#isHandled(order)
    this.#counts[isHandled ? 'handled' : 'notMine']++
    if (isHandled) this.#note(order)
  }

  #isOvertaken(order: Order): boolean {
    if ('loop' in order) return this.#latestOfLoops.isOvertaken(conceptText(order.loop), order.atMs)
    const latest = LATEST[order.type]
    return latest !== undefined && this.#latest.isOvertaken(latest.overtakenBy, order.atMs)
  }

  #note(order: Order): void {
    if ('loop' in order) return this.#latestOfLoops.note(conceptText(order.loop), order.atMs)
    const latest = LATEST[order.type]
    if (latest) this.#latest.note(latest.about, order.atMs)
  }

  #isHandled(order: Order): boolean {
    const parts = this.#parts
    switch (order.type) {
      case 'registered':
        return parts.onRegistered(order.responseTo, isInPerson(order.to, parts.identity))
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
        return instantiate(
          parts,
          order,
          () => this.#answers(order),
          () => this.#counts.refused++,
        )
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
