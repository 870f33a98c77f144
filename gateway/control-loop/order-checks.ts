/** Whether control loops may be ordered into a state: all of them are checked before the first is ordered. Pure. */
import { participantsInFields } from '../../actors/control-loop/entity.ts'
import type { LoopState } from '../../actors/control-loop/protocol.ts'
import { leadsUp, orderRefusal, type Standing } from '../../actors/control-loop/transition-table.ts'
import { type Concept, conceptText } from '../../participants/protocol/concept.ts'
import { loopState, orderedState, type OrderedState } from '../../participants/protocol/states.ts'
import type { EntityFields } from '../../runtime/ports.ts'

export const participantsOf = (loops: readonly LoopState[]): readonly Concept[] => [
  ...new Map(
    loops.flatMap(({ spec }) =>
      (spec?.elements ?? []).map(({ participantId }) => [conceptText(participantId), participantId] as const),
    ),
  ).values(),
]

export interface OrderProblem {
  readonly code: 'participant-not-registered' | 'participant-of-another-type' | 'illegal-transition'
  readonly message: string
}

/**
 * Participants are looked at only on the way up. One that is gone must not keep a loop from being taken down: that of its elements waits
 * for it, and says so.
 */
export const orderProblem = (
  loop: LoopState,
  ordered: OrderedState,
  types: RegisteredTypes,
): OrderProblem | undefined =>
  (leadsUp(loop.state, ordered) ? participantProblem(loop, types) : undefined) ?? transitionProblem(loop, ordered)

/** Of participants that are registered: the type, as text, by `name:version`. */
export type RegisteredTypes = ReadonlyMap<string, string>

/**
 * Whether the lists alone show that a loop may be ordered there, as nearly always: reading the whole loop costs far more. False: that isn't
 * known, and `orderProblem` knows it.
 */
export const isClearlyOrderable = (fields: EntityFields, ordered: OrderedState, types: RegisteredTypes): boolean => {
  const state = loopState.safeParse(fields['state'])
  const orderedBefore = orderedState.safeParse(fields['orderedState'])
  if (!state.success || !orderedBefore.success) return false
  const standing: Standing = { state: state.data, orderedState: orderedBefore.data, alarm: null }
  return (
    orderRefusal(standing, ordered) === undefined &&
    (!leadsUp(state.data, ordered) ||
      participantsInFields(fields).every(([participant, type]) => types.get(participant) === type))
  )
}

const participantProblem = ({ id, spec }: LoopState, types: RegisteredTypes): OrderProblem | undefined => {
  for (const { elementId, definition, participantId, participantType } of spec?.elements ?? []) {
    const text = conceptText(participantId)
    const type = types.get(text)
    const wanted = conceptText(participantType)
    const element = `element ${elementId} (${definition.name}) of ${conceptText(id)}`
    if (type === undefined)
      return {
        code: 'participant-not-registered',
        message: `Participant with ID ${text} is not registered: ${element} needs it`,
      }
    if (type !== wanted)
      return {
        code: 'participant-of-another-type',
        message: `Participant with ID ${text} is of type ${type}: ${element} needs one of type ${wanted}`,
      }
  }
  return undefined
}

const transitionProblem = (loop: LoopState, ordered: OrderedState): OrderProblem | undefined => {
  const { id } = loop
  const refusal = orderRefusal(loop, ordered)
  return refusal === undefined ? undefined : { code: 'illegal-transition', message: `${conceptText(id)}: ${refusal}` }
}
