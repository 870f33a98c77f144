/**
 * A participant of control loops: somebody else's program, which comes and goes. It is told what is commissioned for it, is watched
 * as long as it is registered, and when it is here again its loops are told, so that nothing that it missed stays undone.
 */
import { conceptText, isSameConcept } from '../../participants/protocol/concept.ts'
import type { Context, Decision } from '../../runtime/entity.ts'
import { type ArrivalTimes, isUpToDate, register } from './arrival.ts'
import { answered, checkDefinitions, type DefinitionTimes, defined, undefine } from './commissionings.ts'
import { concluded } from './conclusion.ts'
import { farewells } from './neighbours.ts'
import { type ParticipantTopic, sayTo } from './participant-orders.ts'
import type { ModeReply, ParticipantCommand, ParticipantEvent, ParticipantState, RemovedReply } from './protocol.ts'
import { askStatus, checkSilence, isWatched, reported, type SilenceTimes } from './silence.ts'

export type ParticipantTimes = SilenceTimes & DefinitionTimes & ArrivalTimes & ParticipantTopic

type Decided = Decision<ParticipantEvent>
const NOTHING: Decided = { events: [] }

export const decide =
  (times: ParticipantTimes) =>
  (state: ParticipantState, command: ParticipantCommand, context: Context): Decided =>
    concluded(state, decideAlone(state, command, context, times), context, times)

const decideAlone = (
  state: ParticipantState,
  command: ParticipantCommand,
  context: Context,
  times: ParticipantTimes,
): Decided => {
  const atMs = context.nowMs
  switch (command.type) {
    case 'register':
      return register(state, command, context, times)
    case 'deregister':
      return deregister(state, command, context, times)
    case 'status-reported':
      return reported(state, command, atMs)
    case 'definitions-known':
      return answered(state, command, atMs)
    case 'templates-needed': {
      const isAwaited = state.arrival?.templates === null
      return isAwaited ? { events: [{ type: 'templates-needed', atMs, templates: command.templates }] } : NOTHING
    }
    case 'define':
      return defined(state, command, context, times)
    case 'undefine':
      return undefine(state, command, context, times)
    case 'set-mode':
      return setMode(state, command.state, context)
    case 'remove':
      return remove(state, atMs)
    case 'ask-status':
      return askStatus(state, context, times)
    case 'check-silence':
      return checkSilence(state, context, times)
    case 'check-definitions':
      return checkDefinitions(state, context, times)
    case 'stop-waiting': {
      const isWaiting = state.arrival && state.arrival.templates?.length !== 0
      return isWaiting ? { events: [{ type: 'waiting-given-up', atMs }] } : NOTHING
    }
    case 'bring-up-to-date':
      return isUpToDate(state) ? { events: [{ type: 'brought-up-to-date', atMs }] } : NOTHING
    case 'forget':
      return state.registration === 'Deregistered' ? { events: [], effects: [{ type: 'forget' }] } : NOTHING
  }
}

/** Whoever stops is answered, even if nobody knows it, or if it is here no longer: it waits for that. */
const deregister = (
  state: ParticipantState,
  { participantType, generation, messageId }: Extract<ParticipantCommand, { type: 'deregister' }>,
  context: Context,
  times: ParticipantTimes,
): Decided => {
  const { id, registration } = state
  const atMs = context.nowMs
  const known = registration === 'Registered' ? state.participantType : null
  if (!known || !isSameConcept(known, participantType)) {
    const envelope = { messageId: context.newId(), atMs }
    const receiver = { id, participantType, generation }
    return { events: [], effects: sayTo(receiver, { type: 'deregistered', responseTo: messageId }, envelope, times) }
  }
  return { events: gone(state, atMs, messageId, 'the participant deregistered'), effects: farewells(state) }
}

const gone = (
  { alarmId, definitionsAlarmId }: ParticipantState,
  atMs: number,
  messageId: string,
  reason: string,
): readonly ParticipantEvent[] => {
  const cleared = [alarmId, definitionsAlarmId].flatMap((alarm): ParticipantEvent[] =>
    alarm === null ? [] : [{ type: 'alarm-cleared', atMs, alarmId: alarm, reason }],
  )
  return [...cleared, { type: 'deregistered', atMs, messageId }]
}

/** One that died can't say good-bye: somebody has to do it for it, or it would be missed for ever. */
const remove = (state: ParticipantState, atMs: number): Decided => {
  const name = conceptText(state.id)
  const reply: RemovedReply = { ...state.id }
  switch (state.registration) {
    case 'Unknown':
      return { reject: { code: 'participant-not-found', reason: `there is no participant ${name}` } }
    case 'Deregistered':
      return { events: [], reply }
    case 'Registered':
      if (isWatched(state))
        return {
          reject: {
            code: 'participant-not-off-line',
            reason: `participant ${name} is ${state.healthStatus}; only one that is OFF_LINE can be removed, all others deregister themselves`,
          },
        }
      return { events: gone(state, atMs, '', 'the participant was removed'), effects: farewells(state), reply }
  }
}

const setMode = (state: ParticipantState, mode: ParticipantState['state'], context: Context): Decided => {
  const name = conceptText(state.id)
  switch (state.registration) {
    case 'Unknown':
      return { reject: { code: 'participant-not-found', reason: `there is no participant ${name}` } }
    case 'Deregistered':
      return {
        reject: {
          code: 'participant-not-registered',
          reason: `participant ${name} has deregistered: it takes its mode when it is here again`,
        },
      }
    case 'Registered': {
      const reply: ModeReply = { ...state.id, state: state.state, orderedState: mode }
      const messageId = context.newId()
      return { events: [{ type: 'mode-ordered', atMs: context.nowMs, state: mode, messageId }], reply }
    }
  }
}
