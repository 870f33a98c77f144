/**
 * Tells a resource what became of its request, once both are known: whose a driver's request id is (`accepted`), and what
 * the completion event says. What has come waits durably for what hasn't, for a bounded time.
 *
 * What is guaranteed: if the driver's answer was seen and stored, and an event for that id is in the topic, the resource
 * gets it. If the caller crashes between the answer and storing it, the event stays nobody's; then the request is called
 * again (its record is read again, or the resource's own deadline passes) with the same request id of ours, and the
 * driver, which does a piece of work once per id, answers the repetition with the outcome, under whichever id of its own.
 */
import type { Context, Decision, Effect } from '../../runtime/entity.ts'
import type { AcceptedMessage, Completion } from '../../drivers/protocol.ts'
import { resourceRef } from '../addresses.ts'
import { driverReportMessage } from '../resource/protocol.ts'
import type { DriverRequestCommand, DriverRequestEvent, DriverRequestState } from './protocol.ts'
import { unmatchedRef, type UnmatchedCommand } from './unmatched.ts'

export interface DriverRequestTimes {
  /** An event that nobody claims is forgotten, and counted, after this long. */
  readonly unclaimedKeptMs: number
  /** A request is remembered for this long after its deadline, for late and repeated events. */
  readonly keptAfterDeadlineMs: number
}

export const DEFAULT_TIMES: DriverRequestTimes = { unclaimedKeptMs: 600_000, keptAfterDeadlineMs: 600_000 }

/** Events of one id that wait to be claimed; beyond it the oldest are forgotten (progress, as the final one is the last). */
const UNCLAIMED_MAX = 16

type Decided = Decision<DriverRequestEvent>
type Accepted = NonNullable<DriverRequestState['accepted']>
const NOTHING: Decided = { events: [] }

export const initial = (id: string): DriverRequestState => ({
  id,
  accepted: null,
  completions: [],
  sinceMs: 0,
  untilMs: 0,
})

export const decide =
  (times: DriverRequestTimes) =>
  (state: DriverRequestState, command: DriverRequestCommand, context: Context): Decided => {
    switch (command.type) {
      case 'accepted':
        return accepted(state, command, times, context)
      case 'completion':
        return heard(state, command.completion, times, context.nowMs)
      case 'expire':
        return context.nowMs < state.untilMs ? NOTHING : { events: [], effects: expiry(state, context.nowMs) }
    }
  }

const accepted = (
  state: DriverRequestState,
  message: AcceptedMessage,
  times: DriverRequestTimes,
  { nowMs: atMs, trace }: Context,
): Decided => {
  const { requestId, resourceId, deadlineMs } = message
  const known = state.accepted
  const isNew = !known || known.requestId !== requestId || known.resourceId !== resourceId
  const event: DriverRequestEvent = {
    type: 'accepted',
    atMs,
    requestId,
    resourceId,
    deadlineMs,
    trace,
    untilMs: Math.max(atMs, deadlineMs) + times.keptAfterDeadlineMs,
  }
  const to: Accepted = { requestId, resourceId, trace, atMs, deadlineMs }
  // What was heard under another call's name isn't this one's.
  const waiting = known && isNew ? [] : state.completions
  const told = [...(isNew ? topologyOf(message) : []), ...waiting].map((completion) => tellResource(to, completion))
  const isLater = !known || deadlineMs > known.deadlineMs
  return { events: isNew || isLater ? [event] : [], effects: told }
}

/** What the driver said at once goes ahead of everything that it says later. */
const topologyOf = ({ associatedTopology }: AcceptedMessage): readonly Completion[] =>
  Object.keys(associatedTopology).length === 0 ? [] : [{ status: 'IN_PROGRESS', outputs: {}, associatedTopology }]

const heard = (state: DriverRequestState, completion: Completion, times: DriverRequestTimes, atMs: number): Decided => {
  // There is one outcome. If it was claimed, it was told; if not, it waits.
  if (state.completions.some(isFinal)) return NOTHING
  const { accepted: claim } = state
  if (!claim) {
    if (isSame(state.completions.at(-1), completion)) return NOTHING
    const untilMs = state.completions.length > 0 ? state.untilMs : atMs + times.unclaimedKeptMs
    return { events: [{ type: 'heard', atMs, completion, untilMs }] }
  }
  // Progress moves the resource's deadline; this has to last as long.
  const moved = atMs + (claim.deadlineMs - claim.atMs) + times.keptAfterDeadlineMs
  const untilMs = isFinal(completion) ? state.untilMs : Math.max(state.untilMs, moved)
  return { events: [{ type: 'heard', atMs, completion, untilMs }], effects: [tellResource(claim, completion)] }
}

const expiry = (state: DriverRequestState, atMs: number): readonly Effect[] => {
  const forget: Effect = { type: 'forget' }
  const last = state.completions.at(-1)
  // An accepted request without an event is no loss: the resource's own deadline has long passed.
  if (state.accepted || !last) return [forget]
  const note: UnmatchedCommand = {
    type: 'note',
    requestId: state.id,
    status: last.status,
    heardAtMs: state.sinceMs,
    atMs,
  }
  return [{ type: 'tell', to: unmatchedRef(), message: note }, forget]
}

export const evolve = (state: DriverRequestState, event: DriverRequestEvent): DriverRequestState => {
  const sinceMs = state.sinceMs === 0 ? event.atMs : state.sinceMs
  switch (event.type) {
    case 'accepted': {
      const { requestId, resourceId, trace, atMs, deadlineMs, untilMs } = event
      const known = state.accepted
      const isOther = known !== null && (known.requestId !== requestId || known.resourceId !== resourceId)
      return {
        ...state,
        accepted: { requestId, resourceId, trace, atMs, deadlineMs },
        completions: isOther ? [] : state.completions.filter(isFinal),
        sinceMs,
        untilMs: Math.max(state.untilMs, untilMs),
      }
    }
    case 'heard': {
      const completions = [...state.completions, event.completion]
      return {
        ...state,
        completions: state.accepted ? completions.filter(isFinal) : completions.slice(-UNCLAIMED_MAX),
        sinceMs,
        untilMs: event.untilMs,
      }
    }
  }
}

export const react = (state: DriverRequestState): readonly Effect[] => {
  const message: DriverRequestCommand = { type: 'expire' }
  return [{ type: 'set-timer', name: 'expire', dueMs: state.untilMs, message }]
}

const tellResource = ({ requestId, resourceId, trace }: Accepted, completion: Completion): Effect => ({
  type: 'tell',
  to: resourceRef(resourceId),
  message: driverReportMessage({ ...completion, requestId, resourceId }),
  // The event doesn't say which order it belongs to.
  trace,
})

export const isFinal = ({ status }: Completion): boolean => status !== 'IN_PROGRESS'
const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
