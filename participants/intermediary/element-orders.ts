/** The two orders that concern elements: which of them they mean, and what is answered where there is nothing to do. */
import { isInPerson, type ParticipantIdentity } from '../protocol/addressee.ts'
import { conceptText, isSameConcept } from '../protocol/concept.ts'
import type { ElementResult, Order } from '../protocol/conversation.ts'
import type { ElementWorks } from './element-works.ts'
import type { LoopTable } from './loop-table.ts'
import type { OrderAnswers } from './order-answers.ts'

export type InstantiateOrder = Extract<Order, { type: 'instantiate' }>
export type ChangeStateOrder = Extract<Order, { type: 'change-state' }>

export interface ElementOrdersParts {
  readonly identity: ParticipantIdentity
  readonly loops: LoopTable
  readonly works: ElementWorks
  readonly elementsMax: number
}

/** @returns false if the order has no element for this participant */
export const instantiate = (
  { identity, loops, works, elementsMax }: ElementOrdersParts,
  { loop, participants, startPhase }: InstantiateOrder,
  answersOf: () => OrderAnswers,
): boolean => {
  let isMine = false
  const key = conceptText(loop)
  for (const { participantId, elements } of participants) {
    if (elements.length === 0 || !isSameConcept(participantId, identity.participantId)) continue
    isMine = true
    const answers = answersOf()
    for (const order of elements) {
      const data = { order, startPhase }
      const known = loops.get(key)?.elements.get(order.elementId)
      if (known || loops.elements < elementsMax)
        works.order(known ?? loops.add(loop, key, data), 'PASSIVE', answers, data)
      else answerAtOnce(answers, notMore(order.elementId, elementsMax))
    }
  }
  return isMine
}

/**
 * A loop that isn't known is left alone, as the original does: another participant has it. Only that it is UNINITIALISED is
 * confirmed, by one that had it, or that was asked in person: there is nothing left to be done.
 * @returns false if it doesn't concern this participant
 */
export const changeState = (
  { identity, loops, works }: ElementOrdersParts,
  { loop, orderedState, startPhase, to }: ChangeStateOrder,
  answersOf: () => OrderAnswers,
): boolean => {
  const key = conceptText(loop)
  const isMeant = (phase: number): boolean => startPhase === undefined || startPhase === phase
  const entry = loops.get(key)
  const meant = [...(entry?.elements.values() ?? [])].filter(({ data }) => isMeant(data.startPhase))
  const gone =
    orderedState === 'UNINITIALISED' ? [...(loops.gone(key) ?? [])].filter(([, phase]) => isMeant(phase)) : []
  if (meant.length + gone.length > 0) {
    const answers = answersOf()
    for (const element of meant) works.order(element, orderedState, answers)
    for (const [elementId] of gone) answerAtOnce(answers, isGoneAlready(elementId))
    return true
  }
  if (orderedState !== 'UNINITIALISED' || !isInPerson(to, identity)) return entry !== undefined
  answersOf().nothing()
  return true
}

const answerAtOnce = (answers: OrderAnswers, result: ElementResult): void => {
  answers.enter()
  answers.answer(result)
}

const isGoneAlready = (elementId: string): ElementResult => ({
  elementId,
  state: 'UNINITIALISED',
  ok: true,
  message: 'is UNINITIALISED already',
})

const notMore = (elementId: string, elementsMax: number): ElementResult => ({
  elementId,
  state: 'UNINITIALISED',
  ok: false,
  message: `refused: this participant carries ${elementsMax} elements, and no more`,
})
