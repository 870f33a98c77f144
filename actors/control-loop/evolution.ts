/** How events change what is known of a control loop. */
import { conceptOf, conceptText } from '../../participants/protocol/concept.ts'
import { ownEntry } from '../own-entry.ts'
import { elementOf, nextStep } from './next-step.ts'
import type { ElementChange, ElementState, LoopEvent, LoopState, Sending } from './protocol.ts'
import { ENDS } from './transition-table.ts'

/** Attempts whose answers still count. */
const ASKED_BY_MAX = 8

/** Orders that are known again when they come again. */
const KEYS_MAX = 16

const NONE_IGNORED: LoopState['ignored'] = { repeated: 0, late: 0, foreign: 0, implausible: 0 }

export const initial = (id: string): LoopState => ({
  id: conceptOf(id),
  presence: 'absent',
  spec: null,
  createdAtMs: 0,
  orderedState: 'UNINITIALISED',
  orderedAtMs: 0,
  state: 'UNINITIALISED',
  sinceMs: 0,
  elements: {},
  permit: null,
  permitMissing: null,
  step: null,
  steps: 0,
  wishes: 0,
  alarm: null,
  doubtedAtMs: 0,
  keys: [],
  ignored: NONE_IGNORED,
})

/** The same as an event with these changes. */
export const changedElements = (state: LoopState, changes: readonly ElementChange[], atMs: number): LoopState => {
  const elements = { ...state.elements }
  for (const { elementId, state: said, message, isUnsure } of changes)
    elements[elementId] = {
      ...elementOf({ elements }, elementId),
      state: said,
      asked: null,
      message,
      failed: false,
      changedAtMs: atMs,
      isSure: isUnsure !== true,
    }
  return { ...state, elements }
}

export const evolve = (state: LoopState, event: LoopEvent): LoopState => {
  const { atMs } = event
  switch (event.type) {
    case 'creation-requested':
      return {
        ...initial(`${state.id.name}:${state.id.version}`),
        presence: 'creating',
        spec: event.spec,
        // Of one that was deleted: participants remember when it gave orders.
        sinceMs: state.sinceMs,
        steps: state.steps,
        wishes: state.wishes + 1,
        keys: withKey(state, event.key, 'create'),
      }
    case 'creation-refused':
      return { ...state, presence: 'absent', spec: null }
    case 'created':
      return { ...state, presence: 'present', createdAtMs: atMs, sinceMs: atMs }
    case 'edited':
      return { ...state, spec: event.spec, elements: {} }
    case 'deleted':
      return { ...state, presence: 'deleted', sinceMs: atMs }
    case 'ordered':
      // What was sent so far is no longer in force: answers to it say where elements were, not where they go.
      return moved(
        {
          ...state,
          orderedState: event.orderedState,
          orderedAtMs: atMs,
          wishes: state.wishes + 1,
          step: null,
          elements: unasked(state),
          permitMissing: null,
          keys: withKey(state, event.key, event.orderedState),
        },
        atMs,
      )
    case 'permit-missing': {
      const { reason, askAgainMs } = event
      // The loop's own time may be ahead of the clock by which it is asked again.
      const { sinceMs = Math.min(atMs, askAgainMs), attempt = 0 } = state.permitMissing ?? {}
      return moved({ ...state, permitMissing: { reason, sinceMs, askAgainMs, attempt: attempt + 1 } }, atMs)
    }
    case 'permitted':
      return { ...state, permit: event.permit, permitMissing: null }
    case 'step-started':
      return moved(asked({ ...state, step: event.step, steps: event.step.number }, event.sendings), atMs)
    case 'sent-again': {
      const next = asked(state, event.sendings)
      const attempted = { attempt: event.attempt, attemptedAtMs: atMs, dueMs: event.dueMs, retryMs: null }
      return next.step ? { ...next, step: { ...next.step, ...attempted } } : next
    }
    case 'elements-changed':
      return changedElements(state, event.elements, atMs)
    case 'element-failed':
      return withElement(
        state.step ? { ...state, step: { ...state.step, retryMs: event.retryMs } } : state,
        event.elementId,
        { message: event.message, failed: true, changedAtMs: atMs },
      )
    case 'alarm-raised':
      return {
        ...state,
        alarm: { id: event.alarmId, raisedAtMs: state.alarm?.raisedAtMs ?? atMs, problem: event.problem },
      }
    case 'alarm-cleared':
      return { ...state, alarm: null }
    case 'settled': {
      const permit = state.orderedState === 'UNINITIALISED' ? null : state.permit
      return moved({ ...state, step: null, elements: unasked(state), permit, permitMissing: null }, atMs)
    }
    case 'drifted':
      return event.elements.reduce(
        (next, { elementId, state: found, asked }) =>
          withElement(next, elementId, {
            state: found,
            asked,
            askedBy: [],
            message: event.reason,
            failed: false,
            changedAtMs: atMs,
            // What comes is sent to whoever is there now.
            isSure: event.returned !== undefined,
          }),
        event.returned ? arrivedAnew(state, event.returned) : state,
      )
    case 'doubted':
      return { ...state, doubtedAtMs: atMs }
    case 'ignored':
      return { ...state, ignored: { ...state.ignored, [event.reason]: state.ignored[event.reason] + 1 } }
  }
}

const withKey = (
  { keys }: LoopState,
  key: string | undefined,
  what: LoopState['keys'][number]['what'],
): LoopState['keys'] => (key === undefined ? keys : [...keys, { key, what }].slice(-KEYS_MAX))

const withElement = (state: LoopState, elementId: string, change: Partial<ElementState>): LoopState => ({
  ...state,
  elements: { ...state.elements, [elementId]: { ...elementOf(state, elementId), ...change } },
})

const arrivedAnew = (
  state: LoopState,
  { participantId, arrival }: NonNullable<Extract<LoopEvent, { type: 'drifted' }>['returned']>,
): LoopState => {
  const { permit } = state
  if (!permit) return state
  const text = conceptText(participantId)
  const last = Math.max(arrival, ownEntry(permit.arrivals, text) ?? 0)
  return { ...state, permit: { ...permit, arrivals: { ...permit.arrivals, [text]: last } } }
}

/** No answer is expected any more; where they may be stays as it is. */
const unasked = ({ elements }: LoopState): LoopState['elements'] =>
  Object.fromEntries(Object.entries(elements).map(([id, element]) => [id, { ...element, askedBy: [] }]))

const asked = (state: LoopState, sendings: readonly Sending[]): LoopState => {
  const { step } = state
  if (!step) return state
  const { from, to } = ENDS[step.transition]
  const elements = { ...state.elements }
  // Until its participant answers, it may be on either side.
  for (const { elementIds, messageId } of sendings)
    for (const id of elementIds) {
      const element = elementOf(state, id)
      const askedBy = [...element.askedBy, messageId].slice(-ASKED_BY_MAX)
      elements[id] = { ...element, state: from, asked: to, askedBy, failed: false }
    }
  return { ...state, elements }
}

/** What the loop as a whole is in. */
const moved = (state: LoopState, atMs: number): LoopState => {
  const now =
    state.step?.transition ?? (nextStep(state) === 'needs-permit' ? 'UNINITIALISED2PASSIVE' : state.orderedState)
  return now === state.state ? state : { ...state, state: now, sinceMs: atMs }
}
