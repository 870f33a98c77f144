/**
 * A participant that is here, or here again: it is told all that is commissioned for it, then its registration is answered, and
 * when it has acknowledged its loops are told. It has forgotten everything, as far as anybody knows.
 */
import { isSameConcept } from '../../participants/protocol/concept.ts'
import type { Context, Decision, Effect } from '../../runtime/entity.ts'
import type { ActorsConfig } from '../config.ts'
import { farewells, forgotten, here } from './neighbours.ts'
import { type ParticipantTopic, say } from './participant-orders.ts'
import type { ParticipantCommand, ParticipantEvent, ParticipantState } from './protocol.ts'

export type ArrivalTimes = Pick<ActorsConfig, 'arrivalTimeoutMs' | 'returnDebounceMs'>

type Decided = Decision<ParticipantEvent>

export const register = (
  state: ParticipantState,
  { participantType, generation, messageId }: Extract<ParticipantCommand, { type: 'register' }>,
  context: Context,
  topic: ParticipantTopic,
): Decided => {
  const atMs = context.nowMs
  const known = state.registration === 'Registered' ? state.participantType : null
  const isSameType = known !== null && isSameConcept(known, participantType)
  const isUnanswered = isSameType && state.arrival !== null && state.arrival.registrationId !== null
  const isRepeated = isSameType && state.registrationId === messageId
  if (isUnanswered) {
    if (isRepeated) return { events: [] }
    // It may be another life of it, which doesn't have what the one before was sent.
    return {
      events: [{ type: 'registered-again', atMs, messageId }],
      effects: isSentSome(state) ? [...forgotten(state), ...here(state)] : [],
    }
  }
  // The same message once more: its answer may have come to nobody.
  if (isRepeated) return { events: [], effects: acknowledge(state, messageId, context, topic) }
  const { alarmId } = state
  const reason = 'the participant registered again'
  const cleared: ParticipantEvent[] = alarmId === null ? [] : [{ type: 'alarm-cleared', atMs, alarmId, reason }]
  return {
    events: [...cleared, { type: 'registered', atMs, participantType, generation, messageId }],
    effects: known && !isSameType ? farewells(state) : forgotten(state),
  }
}

export const acknowledge = (
  state: ParticipantState,
  responseTo: string,
  context: Context,
  topic: ParticipantTopic,
): readonly Effect[] =>
  say(state, { type: 'registered', responseTo }, { messageId: context.newId(), atMs: context.nowMs }, topic)

export const isSentSome = ({ templates }: ParticipantState): boolean => Object.keys(templates).length > 0

/** All that is commissioned for it was sent. */
export const isSentEverything = ({ arrival }: ParticipantState): boolean => arrival?.templates?.length === 0

/** It knows all that it was sent, or won't get to know it; but its loops haven't been told yet. */
export const isUpToDate = (state: ParticipantState): boolean =>
  isSentEverything(state) &&
  state.arrival?.registrationId === null &&
  Object.values(state.templates).every(({ state: is }) => is !== 'sent')

/** It is told of its loops when nothing more has come for a moment: several templates come one by one. */
export const returnTimer = (atMs: number, { returnDebounceMs }: ArrivalTimes): Effect => {
  const message: ParticipantCommand = { type: 'bring-up-to-date' }
  return { type: 'set-timer', name: 'return', dueMs: atMs + returnDebounceMs, message }
}

/** Should one of the templates never come, the participant is answered all the same. */
export const arrivalTimer = (atMs: number, { arrivalTimeoutMs }: ArrivalTimes): Effect => {
  const message: ParticipantCommand = { type: 'stop-waiting' }
  return { type: 'set-timer', name: 'arrival', dueMs: atMs + arrivalTimeoutMs, message }
}
