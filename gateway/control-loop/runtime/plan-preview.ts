/**
 * What an order would do, without doing it: the steps that the loop itself would take, each found with the loop's own
 * `nextStep` on the state that the step before leaves behind. Pure.
 */
import { nextStep, specOf, stepTimeoutMs } from '../../../actors/control-loop/next-step.ts'
import type { ElementState, LoopState } from '../../../actors/control-loop/protocol.ts'
import { ENDS } from '../../../actors/control-loop/transition-table.ts'
import { conceptOf, conceptText, type Concept } from '../../../participants/protocol/concept.ts'
import type { OrderedState, Transition } from '../../../participants/protocol/states.ts'

export interface PlannedStep {
  readonly transition: Transition
  readonly startPhase: number
  /** How long participants may take before they are asked again. */
  readonly timeoutMs: number
  readonly participants: readonly { readonly participantId: Concept; readonly elementIds: readonly string[] }[]
}

/** @param permit what its definition says, for a loop that hasn't asked it yet */
export const plannedSteps = (
  loop: LoopState,
  orderedState: OrderedState,
  permit: LoopState['permit'],
): readonly PlannedStep[] => {
  const steps: PlannedStep[] = []
  let state: LoopState = { ...loop, orderedState, permit: loop.permit ?? permit, step: null }
  // Each step brings at least one element one state further, and no element goes back: so it ends.
  const stepsMax = 4 * (loop.spec?.elements.length ?? 0)
  while (steps.length < stepsMax) {
    const next = nextStep(state)
    if (next === 'settled' || next === 'needs-permit') break
    const { transition, startPhase, elementIds } = next
    const timeoutMs = stepTimeoutMs(state, next)
    steps.push({ transition, startPhase, timeoutMs, participants: byParticipant(state, elementIds) })
    state = { ...state, elements: { ...state.elements, ...reached(elementIds, ENDS[transition].to) } }
  }
  return steps
}

const byParticipant = (state: LoopState, elementIds: readonly string[]): PlannedStep['participants'] => {
  const groups = Map.groupBy(elementIds, (id) => {
    const spec = specOf(state, id)
    return spec ? conceptText(spec.participantId) : ''
  })
  return [...groups].flatMap(([participant, ids]) =>
    participant === '' ? [] : [{ participantId: conceptOf(participant), elementIds: ids }],
  )
}

const reached = (elementIds: readonly string[], state: OrderedState): Readonly<Record<string, ElementState>> =>
  Object.fromEntries(
    elementIds.map((id) => [
      id,
      { state, asked: null, askedBy: [], changedAtMs: 0, message: '', failed: false, isSure: true },
    ]),
  )
