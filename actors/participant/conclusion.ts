/** What follows at once from where a participant is now, whatever has brought it there. */
import { conceptText } from '../../participants/protocol/concept.ts'
import type { Context, Decision, Effect } from '../../runtime/entity.ts'
import { isoTime, LIVE_TOPIC, type LiveEvent } from '../live.ts'
import { type ArrivalTimes, isSentEverything, isUpToDate, returnTimer } from './arrival.ts'
import { evolve } from './evolution.ts'
import type { ParticipantEvent, ParticipantState } from './protocol.ts'

export const concluded = (
  before: ParticipantState,
  decision: Decision<ParticipantEvent>,
  context: Context,
  times: ArrivalTimes,
): Decision<ParticipantEvent> => {
  if (decision.reject || decision.events.length === 0) return decision
  const atMs = context.nowMs
  const events = [...decision.events]
  let state = events.reduce(evolve, before)
  const add = (event: ParticipantEvent): void => {
    events.push(event)
    state = evolve(state, event)
  }
  const registrationId = state.arrival?.registrationId
  if (typeof registrationId === 'string' && isSentEverything(state))
    add({ type: 'registration-answered', atMs, messageId: registrationId })
  const { definitionsAlarmId: alarmId } = state
  if (alarmId !== null && isEverythingAnswered(state))
    add({ type: 'alarm-cleared', atMs, alarmId, reason: 'the participant has answered to all that it was sent' })
  const effects: Effect[] = [...(decision.effects ?? [])]
  if (isUpToDate(state) && !isUpToDate(before)) effects.push(returnTimer(atMs, times))
  if (shown(state) !== shown(before)) effects.push(...stateChange(state, context))
  return { ...decision, events, effects }
}

const isEverythingAnswered = (state: ParticipantState): boolean =>
  (state.arrival === null || isSentEverything(state)) &&
  Object.values(state.templates).every(({ state: is }) => is === 'known' || is === 'refused')

/** What those who watch are told of; a heartbeat like the one before is no news. */
const shown = ({ participantType, registration, state, healthStatus }: ParticipantState): string =>
  [participantType ? conceptText(participantType) : '', registration, state, healthStatus].join()

const stateChange = (
  { id, participantType, registration, state, healthStatus }: ParticipantState,
  context: Context,
): readonly Effect[] => {
  if (!participantType) return []
  const message: LiveEvent = {
    eventId: context.newId(),
    eventCreatedAt: isoTime(context.nowMs),
    eventType: 'ParticipantStateChangeEvent',
    participantId: id,
    participantType,
    registration,
    state,
    healthStatus,
  }
  return [{ type: 'publish', topic: LIVE_TOPIC, key: conceptText(id), message }]
}
