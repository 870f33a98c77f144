/** How an alarm is run. */
import { defineEntity, type EntityFields, type Waiting } from '../../runtime/entity.ts'
import { ALARM, placementOfId } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { isoTime } from '../live.ts'
import { evolve, initial, isRaised } from './evolution.ts'
import { decide } from './machine.ts'
import { type AlarmState, command, event, state } from './protocol.ts'
import { react } from './reactions.ts'

export const alarmEntity = (config: ActorsConfig) =>
  defineEntity({
    kind: ALARM,
    version: 1,
    command,
    event,
    state,
    initial,
    decide: decide(config),
    evolve,
    react: react(config),
    placement: placementOfId,
    fields,
    waiting: waiting(config),
    limits: { snapshotEveryEvents: config.snapshotEveryEvents, historyEventsMax: config.historyEventsMax },
  })

const fields = (alarm: AlarmState): EntityFields | null =>
  alarm.alarm && {
    id: alarm.id,
    state: isRaised(alarm) ? 'RAISED' : 'CLEARED',
    ackState: alarm.ackState,
    // The one that it was raised with, even if it is cleared.
    perceivedSeverity: alarm.alarm.perceivedSeverity,
    objectInstance: alarm.alarm.objectInstance,
    probableCause: alarm.alarm.probableCause,
    raisedTime: isoTime(alarm.raisedAtMs),
    clearedTime: alarm.clearedAtMs === null ? '' : isoTime(alarm.clearedAtMs),
  }

const waiting =
  ({ alarmRetentionMs }: ActorsConfig) =>
  ({ alarm, raisedAtMs, clearedAtMs }: AlarmState): readonly Waiting[] => {
    if (!alarm) return []
    if (clearedAtMs === null)
      return [{ for: 'its cause to go away', kind: 'entity', on: alarm.objectInstance, sinceMs: raisedAtMs }]
    const next = { what: 'it is forgotten', atMs: clearedAtMs + alarmRetentionMs }
    return [{ for: 'its time to be over: it is cleared', kind: 'timer', sinceMs: clearedAtMs, next }]
  }
