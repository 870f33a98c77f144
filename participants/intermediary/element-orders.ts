/** The two orders that concern elements: which of them they mean, and what is answered where there is nothing to do. */
import { isInPerson, type ParticipantIdentity } from '../protocol/addressee.ts'
import { conceptText, isSameConcept } from '../protocol/concept.ts'
import type { ElementOrder, ElementResult, Order } from '../protocol/conversation.ts'
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
  parts: ElementOrdersParts,
  { loop, participants, startPhase }: InstantiateOrder,
  answersOf: () => OrderAnswers,
  onRefused: () => void,
): boolean => {
  const { identity, loops, works } = parts
  const orders = participants
    .filter(({ participantId }) => isSameConcept(participantId, identity.participantId))
    .flatMap(({ elements }) => elements)
  if (orders.length === 0) return false
  const key = conceptText(loop)
  const answers = answersOf()
  for (const order of orders) {
    const refusal = refusalOf(order, key, parts)
    if (refusal === undefined) {
      const data = { order, startPhase }
      const element = loops.get(key)?.elements.get(order.elementId) ?? loops.add(loop, key, data)
      works.order(element, 'PASSIVE', answers, data)
    } else {
      onRefused()
      answerAtOnce(answers, refused(order.elementId, refusal))
    }
  }
  return true
}

/** Taken on, it would be destroyed together with whatever it really belongs to. */
const refusalOf = (
  { elementId, participantId, participantType }: ElementOrder,
  loop: string,
  { identity, loops, elementsMax }: ElementOrdersParts,
): string | undefined => {
  const isMine =
    isSameConcept(participantId, identity.participantId) && isSameConcept(participantType, identity.participantType)
  if (!isMine)
    return `it is for participant ${conceptText(participantId)} of type ${conceptText(participantType)}, and this is ${conceptText(identity.participantId)} of type ${conceptText(identity.participantType)}`
  const owner = loops.loopOf(elementId)
  if (owner !== undefined && owner !== loop) return `it belongs to loop ${owner}, and no element has two loops`
  return owner === undefined && loops.elements >= elementsMax
    ? `this participant carries ${elementsMax} elements, and no more`
    : undefined
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

const refused = (elementId: string, refusal: string): ElementResult => ({
  elementId,
  state: 'UNINITIALISED',
  ok: false,
  message: `refused: ${refusal}`,
})
