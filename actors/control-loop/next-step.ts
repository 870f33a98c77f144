/**
 * What has to be done next to bring a loop where it was ordered: from what was ordered and what is known of its elements, and
 * nothing else. It is asked again after each event, so it never relies on another one having come.
 */
import { isSameConcept } from '../../participants/protocol/concept.ts'
import type { OrderedState, Transition } from '../../participants/protocol/states.ts'
import type { ElementFacts } from '../control-loop-definition/protocol.ts'
import { ownEntry } from '../own-entry.ts'
import type { ElementSpec, ElementState, LoopState } from './protocol.ts'
import { ENDS, levelOf } from './transition-table.ts'

export interface NextStep {
  readonly transition: Transition
  readonly startPhase: number
  readonly elementIds: readonly string[]
}

interface Placed {
  readonly id: string
  readonly phase: number
  /** Between which levels it is: where it is known to be, and where it was sent. */
  readonly low: number
  readonly high: number
}

/** `settled`: all elements are where they were ordered. `needs-permit`: first its definition has to be asked. */
export const nextStep = (state: LoopState): NextStep | 'settled' | 'needs-permit' => {
  const goal = levelOf(state.orderedState)
  const placed = (state.spec?.elements ?? []).map((spec) => place(state, spec))
  // What has to come down comes first: in what it may be is the higher of where it is and where it was sent.
  for (const transition of ['RUNNING2PASSIVE', 'PASSIVE2UNINITIALISED'] as const) {
    const from = levelOf(ENDS[transition].from)
    const above = from > goal ? placed.filter(({ high }) => high === from) : []
    if (above.length > 0) return inPhase(transition, above, Math.max(...above.map(({ phase }) => phase)))
  }
  for (const transition of ['UNINITIALISED2PASSIVE', 'PASSIVE2RUNNING'] as const) {
    const from = levelOf(ENDS[transition].from)
    const below = from < goal ? placed.filter(({ low }) => low === from) : []
    if (below.length === 0) continue
    if (!state.permit) return 'needs-permit'
    return inPhase(transition, below, Math.min(...below.map(({ phase }) => phase)))
  }
  return 'settled'
}

const inPhase = (transition: Transition, among: readonly Placed[], startPhase: number): NextStep => ({
  transition,
  startPhase,
  elementIds: among.filter(({ phase }) => phase === startPhase).map(({ id }) => id),
})

const place = (state: LoopState, spec: ElementSpec): Placed => {
  const { state: known, asked } = elementOf(state, spec.elementId)
  const levels = [levelOf(known), levelOf(asked ?? known)]
  return {
    id: spec.elementId,
    phase: factsOf(state, spec)?.startPhase ?? 0,
    low: Math.min(...levels),
    high: Math.max(...levels),
  }
}

const FRESH: ElementState = {
  state: 'UNINITIALISED',
  asked: null,
  askedBy: [],
  changedAtMs: 0,
  message: '',
  failed: false,
  isSure: true,
}

export const elementOf = ({ elements }: Pick<LoopState, 'elements'>, elementId: string): ElementState =>
  ownEntry(elements, elementId) ?? FRESH

/** What its definition says of an element; absent without a permit. */
export const factsOf = ({ permit }: LoopState, { definition }: ElementSpec): ElementFacts | undefined =>
  permit?.elements.find((facts) => isSameConcept(facts.definition, definition))

export const specOf = (state: LoopState, elementId: string): ElementSpec | undefined =>
  state.spec?.elements.find((element) => element.elementId === elementId)

/** Elements of the step that aren't where it brings them. */
export const remaining = (state: LoopState): readonly ElementSpec[] => {
  const { step } = state
  if (!step) return []
  const to: OrderedState = ENDS[step.transition].to
  return (state.spec?.elements ?? []).filter(({ elementId }) => {
    if (!step.elementIds.includes(elementId)) return false
    const { state: known, asked } = elementOf(state, elementId)
    return known !== to || asked !== null
  })
}

/** A template may say 0; then a participant still gets the time to answer. */
const TIMEOUT_LEAST_MS = 1_000
/** Where no definition says it: the default of the TOSCA types. */
const TIMEOUT_MS = 60_000

/** How long participants may take for the step. */
export const stepTimeoutMs = (state: LoopState, { transition, elementIds }: NextStep): number =>
  Math.max(
    TIMEOUT_LEAST_MS,
    ...elementIds.map((id) => {
      const spec = specOf(state, id)
      const facts = spec && factsOf(state, spec)
      if (!facts) return TIMEOUT_MS
      return facts.timeoutsMs[transition] + (transition === 'UNINITIALISED2PASSIVE' ? facts.startDelayMs : 0)
    }),
  )
