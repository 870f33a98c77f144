/**
 * Who works on which element: one operation of an element at a time, the newest order wins. An order with the same goal as what
 * is under way joins it; one that goes the other way raises the signal of what is under way, and is carried out after it.
 * Every order gets its answer.
 */
import type { ElementResult } from '../protocol/conversation.ts'
import type { OrderedState } from '../protocol/states.ts'
import { type CarryingOut, isSameData } from './carrying-out.ts'
import { type Element, isGone } from './element.ts'
import type { ElementData } from './element-data.ts'
import type { OrderAnswers } from './order-answers.ts'
import { isContrary } from './steps.ts'
import { Work } from './work.ts'

export interface ElementWorksParts {
  readonly carryingOut: Pick<CarryingOut, 'run'>
  readonly asksPerOperationMax: number
  /** Nothing is left of it. */
  readonly onGone: (element: Element) => void
}

export class ElementWorks {
  readonly #parts: ElementWorksParts
  readonly #underWay = new Map<Element, Promise<void>>()

  constructor(parts: ElementWorksParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#underWay.size
  }

  /** @param data of an `instantiate` */
  order(element: Element, target: OrderedState, ask: OrderAnswers, data?: ElementData): void {
    ask.enter()
    element.ordered = target
    const { current, next } = element
    const { asksPerOperationMax } = this.#parts
    if (next && next.target === target && hasSameGoal(next, data)) {
      next.join(ask, asksPerOperationMax)
      return
    }
    if (!next && current && current.givenUp === undefined && current.target === target && hasSameGoal(current, data)) {
      current.join(ask, asksPerOperationMax)
      return
    }
    if (next) overtake(element, next, target)
    element.next = new Work(target, ask, data)
    if (!current) this.#begin(element)
    else if (isContrary(current.from, current.target, target)) current.giveUp(`${target} is ordered now`)
  }

  /** Tells all that is under way to end, and resolves when it has. */
  async stop(reason: string): Promise<void> {
    for (const element of this.#underWay.keys()) {
      element.next = undefined
      element.current?.giveUp(reason)
    }
    await Promise.all(this.#underWay.values())
  }

  #begin(element: Element): void {
    // Entered before the first step may end it.
    this.#underWay.set(element, Promise.resolve())
    const working = this.#work(element)
    if (this.#underWay.has(element)) this.#underWay.set(element, working)
  }

  async #work(element: Element): Promise<void> {
    for (let work = element.next; work; work = element.next) {
      element.current = work
      element.next = undefined
      const result = await this.#parts.carryingOut.run(element, work).catch(() => notTaken(element))
      element.current = undefined
      for (const ask of work.asks) ask.answer(result)
    }
    this.#underWay.delete(element)
    if (isGone(element)) this.#parts.onGone(element)
  }
}

/** Without data it is a change of state, which has no say in what the element is made of. */
const hasSameGoal = (work: Work, data: ElementData | undefined): boolean =>
  data === undefined || (work.data !== undefined && isSameData(work.data, data))

/** It never should; an element whose orders are never answered would be stuck for good. */
const notTaken = ({ elementId, state }: Element): ElementResult => ({
  elementId,
  state,
  ok: false,
  message: 'failed in this participant itself, not in what carries out the element',
})

const overtake = (element: Element, work: Work, by: OrderedState): void => {
  const { elementId, state } = element
  for (const ask of work.asks)
    ask.answer({ elementId, state, ok: false, message: `overtaken: ${by} was ordered before this was begun` })
}
