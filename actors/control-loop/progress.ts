/** What follows at once from what has happened: the next step, its orders, its end, and alarms where it doesn't get on. */
import { conceptText } from '../../participants/protocol/concept.ts'
import type { Transition } from '../../participants/protocol/states.ts'
import type { Context } from '../../runtime/entity.ts'
import type { ActorsConfig } from '../config.ts'
import { elementOf, nextStep, remaining, stepTimeoutMs } from './next-step.ts'
import { changedElements, evolve } from './evolution.ts'
import type { ElementChange, ElementSpec, LoopEvent, LoopState, Sending } from './protocol.ts'
import { ENDS, isOrderedState } from './transition-table.ts'

export type LoopTimes = Pick<
  ActorsConfig,
  | 'loopAttemptsMax'
  | 'loopBackoffFirstMs'
  | 'loopBackoffMaxMs'
  | 'loopDriftGraceMs'
  | 'loopPermitAlarmMs'
  | 'removedRetentionMs'
>

/** Events so far of one decision, and what they make of the state. */
export class Unfolding {
  state: LoopState
  readonly events: LoopEvent[] = []
  readonly context: Context
  readonly times: LoopTimes
  /**
   * Nodes tell the time, each by its own clock; a loop's own never goes back. Participants pass over an order that was given before
   * one that they have.
   */
  readonly atMs: number
  /** By this node's clock: deadlines are this one's, so that a clock that was far ahead once puts off nothing for ever. */
  readonly nowMs: number

  constructor(state: LoopState, context: Context, times: LoopTimes) {
    this.state = state
    this.context = context
    this.times = times
    this.nowMs = context.nowMs
    this.atMs = Math.max(context.nowMs, state.sinceMs, state.orderedAtMs, state.step?.attemptedAtMs ?? 0)
  }

  add(event: LoopEvent): void {
    this.events.push(event)
    this.state = evolve(this.state, event)
  }

  /** Elements that change one right after the other are one event. */
  change(change: ElementChange): void {
    const last = this.events.at(-1)
    if (last?.type === 'elements-changed') {
      last.elements.push(change)
      this.state = changedElements(this.state, [change], last.atMs)
    } else this.add({ type: 'elements-changed', atMs: this.atMs, elements: [change] })
  }
}

/** Goes on from where it is: nothing, another step, or the end. */
export const goOn = (unfolding: Unfolding): void => {
  const { state, atMs, nowMs } = unfolding
  if (state.presence !== 'present') return
  const next = nextStep(state)
  if (next === 'needs-permit') return
  if (next === 'settled') {
    if (state.step || !isOrderedState(state.state) || state.state !== state.orderedState)
      unfolding.add({
        type: 'settled',
        atMs,
        released: state.permit !== null && state.orderedState === 'UNINITIALISED',
      })
    return clearAlarm(unfolding, `it is ${state.orderedState}`)
  }
  const { step } = state
  // What the alarm says of the step before is over; what has come back by itself is not.
  if (step && remaining(state).length === 0) clearAlarm(unfolding, 'it gets on')
  const isUnderWay =
    step?.transition === next.transition &&
    step.startPhase === next.startPhase &&
    next.elementIds.every((id) => step.elementIds.includes(id))
  if (isUnderWay) return
  const elementIds = [...next.elementIds]
  const specs = (state.spec?.elements ?? []).filter(({ elementId }) => elementIds.includes(elementId))
  unfolding.add({
    type: 'step-started',
    atMs,
    step: {
      ...next,
      elementIds,
      number: state.steps + 1,
      startedAtMs: atMs,
      attempt: 1,
      attemptedAtMs: atMs,
      dueMs: nowMs + stepTimeoutMs(state, next),
      retryMs: null,
    },
    sendings: sendingsOf(state, next.transition, specs, unfolding.context, true),
  })
}

/** Orders these elements of the step again. */
export const sendAgain = (unfolding: Unfolding, elements: readonly ElementSpec[]): void => {
  const { state, atMs, nowMs, context, times } = unfolding
  const { step } = state
  if (!step || elements.length === 0) return
  const attempt = step.attempt + 1
  const timeoutMs = stepTimeoutMs(state, step)
  // The others have the time that they were given, however often some are asked again.
  const isWhole = remaining(state).every((spec) => elements.includes(spec))
  // Beyond the first attempts it is asked ever more seldom, but for as long as it takes.
  const beyond = Math.max(0, attempt - times.loopAttemptsMax)
  const waitMs =
    beyond === 0
      ? timeoutMs
      : Math.min(Math.max(timeoutMs, times.loopBackoffMaxMs), timeoutMs * 2 ** Math.min(beyond, 20))
  const sendings = sendingsOf(state, step.transition, elements, context, false)
  unfolding.add({
    type: 'sent-again',
    atMs,
    attempt,
    dueMs: isWhole || nowMs >= step.dueMs ? nowMs + waitMs : step.dueMs,
    sendings,
  })
}

/**
 * One message for all where it concerns all participants of the loop, or (it names its elements) brings them there; else one for
 * each: a change of state names no elements, and participants of the first releases change all that they have. Again it goes to
 * each in person: only then one that has nothing of the loop says so.
 */
const sendingsOf = (
  state: LoopState,
  transition: Transition,
  elements: readonly ElementSpec[],
  context: Context,
  isFirst: boolean,
): Sending[] => {
  const byParticipant = Map.groupBy(elements, ({ participantId }) => conceptText(participantId))
  const all = new Set(state.spec?.elements.map(({ participantId }) => conceptText(participantId)))
  const isBroadcast =
    byParticipant.size > 1 && (transition === 'UNINITIALISED2PASSIVE' || (byParticipant.size === all.size && isFirst))
  if (isBroadcast)
    return [{ messageId: context.newId(), to: null, elementIds: elements.map(({ elementId }) => elementId) }]
  return [...byParticipant.values()].map((own) => ({
    messageId: context.newId(),
    to: own[0]?.participantId ?? null,
    elementIds: own.map(({ elementId }) => elementId),
  }))
}

/** Wait before attempt `attempt + 1` of what failed; varies by a quarter so that a crowd spreads out. */
export const retryMs = ({ nowMs, context, times }: Unfolding, attempt: number): number => {
  const waitMs = Math.min(
    times.loopBackoffMaxMs,
    times.loopBackoffFirstMs * 2 ** Math.min(Math.max(0, attempt - 1), 20),
  )
  return nowMs + waitMs * (0.75 + context.random() / 2)
}

/** Says who holds it up, once the attempts that were to do it are over: those that failed, and those that `isSilent` names. */
export const raiseAlarm = (unfolding: Unfolding, isSilent: (spec: ElementSpec) => boolean = () => false): void => {
  const { state, atMs, context } = unfolding
  const problem = problemOf(state, isSilent)
  if (problem === '' || problem === state.alarm?.problem) return
  unfolding.add({ type: 'alarm-raised', atMs, alarmId: state.alarm?.id ?? context.newId(), problem })
}

const PROBLEMS_TOLD_MAX = 10

/** Who doesn't do what, as sentences. */
const problemOf = (state: LoopState, isSilent: (spec: ElementSpec) => boolean): string => {
  if (state.permitMissing && !state.permit)
    return `it can't be brought to its participants: ${state.permitMissing.reason}`
  const { step } = state
  if (!step) return ''
  const told = remaining(state).flatMap((spec) => {
    const { failed, message } = elementOf(state, spec.elementId)
    if (!failed && !isSilent(spec)) return []
    const what = `element ${spec.elementId} (${spec.definition.name}) from ${ENDS[step.transition].from} to ${ENDS[step.transition].to}`
    return failed
      ? `participant ${conceptText(spec.participantId)} can't bring ${what}: ${message}`
      : `participant ${conceptText(spec.participantId)} doesn't answer the order to bring ${what}`
  })
  const more = told.length > PROBLEMS_TOLD_MAX ? [`and ${told.length - PROBLEMS_TOLD_MAX} more`] : []
  return [...told.slice(0, PROBLEMS_TOLD_MAX), ...more].join('; ').slice(0, 4_000)
}

export const clearAlarm = (unfolding: Unfolding, reason: string): void => {
  const { alarm } = unfolding.state
  if (alarm) unfolding.add({ type: 'alarm-cleared', atMs: unfolding.atMs, alarmId: alarm.id, reason })
}
