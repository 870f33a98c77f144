/** What follows from a participant's events: it is spoken to, its neighbours hear of it, timers, alarms. */
import { conceptText } from '../../participants/protocol/concept.ts'
import type { Context, Effect } from '../../runtime/entity.ts'
import { alarmRef } from '../addresses.ts'
import type { AlarmCommand } from '../alarm/protocol.ts'
import type { ActorsConfig } from '../config.ts'
import { notAcknowledgedAlarm, offLineAlarm } from './alarms.ts'
import { acknowledge, arrivalTimer } from './arrival.ts'
import { definitionsTimer } from './commissionings.ts'
import type { ParticipantTimes } from './machine.ts'
import { here, tellDefinitions } from './neighbours.ts'
import { say } from './participant-orders.ts'
import type { ParticipantCommand, ParticipantEvent, ParticipantState } from './protocol.ts'
import { PARTICIPANT_RETURNS_TOPIC, type ParticipantReturn } from './returns.ts'
import { silenceTimer } from './silence.ts'

const FORGET_TIMER = 'forget'
const TIMERS_WHILE_HERE = ['silence', 'definitions', 'arrival', 'return']

export const react =
  (config: ParticipantTimes & Pick<ActorsConfig, 'removedRetentionMs'>) =>
  (state: ParticipantState, event: ParticipantEvent, context: Context): readonly Effect[] => {
    const { atMs } = event
    switch (event.type) {
      case 'registered':
        return [...here(state), ...arrivalTimers(state, atMs, config)]
      case 'found':
      case 'came-back':
        // One that registers gets its mode with the answer.
        return [...here(state), ...arrivalTimers(state, atMs, config), ...mode(state, context, config)]
      case 'registration-answered':
        return [...acknowledge(state, event.messageId, context, config), ...mode(state, context, config)]
      case 'definitions-sent': {
        const { template, attempt } = event
        const news = attempt === 1 ? tellDefinitions(state, template, 'sent', '') : []
        return [...news, ...definitionsTimer(state, config)]
      }
      case 'definitions-answered': {
        const { template, ok, message } = event
        const told = ok
          ? tellDefinitions(state, template, 'known', '')
          : tellDefinitions(state, template, 'refused', message)
        return [...told, ...definitionsTimer(state, config)]
      }
      case 'definitions-given-up': {
        const { template, alarmId } = event
        const told = tellDefinitions(state, template, 'refused', 'it did not acknowledge what it was sent')
        return [...told, tellAlarm(alarmId, { type: 'raise', alarm: notAcknowledgedAlarm(state) })]
      }
      case 'undefined':
        return definitionsTimer(state, config)
      case 'asked': {
        const { messageId } = event
        return [...say(state, { type: 'ask-status' }, { messageId, atMs }, config), silenceTimer(state, config)]
      }
      case 'status-requested':
        return say(state, { type: 'ask-status' }, { messageId: event.messageId, atMs }, config)
      case 'went-off-line':
        return [
          ...cancelled(TIMERS_WHILE_HERE),
          tellAlarm(event.alarmId, { type: 'raise', alarm: offLineAlarm(state) }),
        ]
      case 'alarm-cleared':
        return [tellAlarm(event.alarmId, { type: 'clear', reason: event.reason })]
      case 'mode-ordered': {
        const { messageId } = event
        return say(state, { type: 'set-mode', state: event.state }, { messageId, atMs }, config)
      }
      case 'deregistered': {
        const { messageId: responseTo } = event
        const isAsked = responseTo !== ''
        const envelope = { messageId: context.newId(), atMs }
        const message: ParticipantCommand = { type: 'forget' }
        return [
          ...(isAsked ? say(state, { type: 'deregistered', responseTo }, envelope, config) : []),
          ...cancelled(TIMERS_WHILE_HERE),
          { type: 'set-timer', name: FORGET_TIMER, dueMs: atMs + config.removedRetentionMs, message },
        ]
      }
      case 'brought-up-to-date': {
        const message: ParticipantReturn = { participantId: state.id, arrival: state.lastArrival }
        return [{ type: 'publish', topic: PARTICIPANT_RETURNS_TOPIC, key: conceptText(state.id), message }]
      }
      case 'registered-again':
      case 'templates-needed':
      case 'waiting-given-up':
      case 'status-reported':
        return []
    }
  }

const arrivalTimers = (state: ParticipantState, atMs: number, times: ParticipantTimes): readonly Effect[] => [
  silenceTimer(state, times),
  arrivalTimer(atMs, times),
  ...cancelled([FORGET_TIMER, 'definitions', 'return']),
]

/** It may have started anew, in the mode that it starts in: it is told before its loops send it anything. */
const mode = (state: ParticipantState, context: Context, config: ParticipantTimes): readonly Effect[] => {
  const { orderedMode } = state
  if (orderedMode === null) return []
  return say(
    state,
    { type: 'set-mode', state: orderedMode },
    { messageId: context.newId(), atMs: context.nowMs },
    config,
  )
}

const tellAlarm = (alarmId: string, message: AlarmCommand): Effect => ({ type: 'tell', to: alarmRef(alarmId), message })

const cancelled = (names: readonly string[]): readonly Effect[] => names.map((name) => ({ type: 'cancel-timer', name }))
