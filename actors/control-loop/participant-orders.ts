/** The orders of a step, as they go to participants. */
import { conceptText, type Concept } from '../../participants/protocol/concept.ts'
import type { Addressee, ElementOrder, Order } from '../../participants/protocol/conversation.ts'
import { elementOf, factsOf, specOf } from './next-step.ts'
import type { ElementSpec, LoopState, Sending } from './protocol.ts'
import { ENDS } from './transition-table.ts'

/** `undefined`: nothing of it is there any more. */
export const orderOf = (state: LoopState, sending: Sending, atMs: number): Order | undefined => {
  const { step } = state
  const elements = specsOf(state, sending)
  if (!step || elements.length === 0) return undefined
  const { to: orderedState } = ENDS[step.transition]
  const head = { messageId: sending.messageId, atMs, to: addresseeOf(sending.to, elements), loop: state.id }
  if (step.transition !== 'UNINITIALISED2PASSIVE') {
    const phase = hasPhases(state) ? { startPhase: step.startPhase } : {}
    return { ...head, type: 'change-state', orderedState, ...phase }
  }
  const byParticipant = Map.groupBy(elements, ({ participantId }) => conceptText(participantId))
  return {
    ...head,
    type: 'instantiate',
    startPhase: step.startPhase,
    participants: [...byParticipant.values()].flatMap((own) =>
      own[0] ? [{ participantId: own[0].participantId, elements: own.map((spec) => elementOrderOf(state, spec)) }] : [],
    ),
  }
}

/** What it orders can't be said without what its service template has. */
export const needsFragment = (state: LoopState, sending: Sending): boolean =>
  state.step?.transition === 'UNINITIALISED2PASSIVE' &&
  specsOf(state, sending).some((spec) => factsOf(state, spec)?.needsFragment === true)

const specsOf = (state: LoopState, { elementIds }: Sending): ElementSpec[] =>
  elementIds.flatMap((id) => specOf(state, id) ?? [])

const addresseeOf = (to: Concept | null, elements: readonly ElementSpec[]): Addressee => {
  const type = elements[0]?.participantType
  return to && type ? { participantType: type, participantId: to } : {}
}

/** Only then it has to be told which: participants of the first releases don't look at it. */
const hasPhases = ({ permit }: LoopState): boolean =>
  new Set(permit?.elements.map(({ startPhase }) => startPhase)).size > 1

const elementOrderOf = (state: LoopState, spec: ElementSpec): ElementOrder => ({
  elementId: spec.elementId,
  definition: spec.definition,
  participantType: spec.participantType,
  participantId: spec.participantId,
  ...(spec.description === '' ? {} : { description: spec.description }),
  state: elementOf(state, spec.elementId).state,
  orderedState: 'PASSIVE',
  properties: spec.properties,
})
