/** What follows from an alarm's events: everybody who watches is told, and a cleared one is forgotten in time. */
import type { Context, Effect } from '../../runtime/entity.ts'
import type { ActorsConfig } from '../config.ts'
import { isoTime, type LiveEvent } from '../live.ts'
import { announced } from '../published-events.ts'
import type { AlarmCommand, AlarmEvent, AlarmState } from './protocol.ts'

type Notification = Extract<LiveEvent, { eventType: 'AlarmEvent' }>

const FORGET_TIMER = 'forget'

/** The notifications of 3GPP TS 28.532. */
const NOTIFICATION_OF: Readonly<Record<AlarmEvent['type'], Notification['notificationType']>> = {
  raised: 'notifyNewAlarm',
  changed: 'notifyChangedAlarm',
  acknowledged: 'notifyAckStateChanged',
  unacknowledged: 'notifyAckStateChanged',
  cleared: 'notifyClearedAlarm',
}

export const react =
  (config: Pick<ActorsConfig, 'alarmRetentionMs' | 'publishedEvents'>) =>
  (state: AlarmState, event: AlarmEvent, context: Context): readonly Effect[] => {
    const { alarm } = state
    if (!alarm) return []
    const notification: Notification = {
      eventId: context.newId(),
      eventCreatedAt: isoTime(event.atMs),
      eventType: 'AlarmEvent',
      notificationType: NOTIFICATION_OF[event.type],
      alarmId: state.id,
      ...alarm,
      perceivedSeverity: state.clearedAtMs === null ? alarm.perceivedSeverity : 'CLEARED',
      alarmRaisedTime: isoTime(state.raisedAtMs),
      ...(state.changedAtMs > state.raisedAtMs ? { alarmChangedTime: isoTime(state.changedAtMs) } : {}),
      ...(state.clearedAtMs === null ? {} : { alarmClearedTime: isoTime(state.clearedAtMs) }),
      ackState: state.ackState,
      ...(state.ackUserId === '' ? {} : { ackUserId: state.ackUserId }),
    }
    return [...retention(state, event, config), ...announced(config, alarm.objectInstance, notification)]
  }

const retention = (
  { clearedAtMs }: AlarmState,
  event: AlarmEvent,
  { alarmRetentionMs }: Pick<ActorsConfig, 'alarmRetentionMs'>,
): readonly Effect[] => {
  if (event.type === 'raised') return [{ type: 'cancel-timer', name: FORGET_TIMER }]
  if (event.type !== 'cleared' || clearedAtMs === null) return []
  const message: AlarmCommand = { type: 'forget' }
  return [{ type: 'set-timer', name: FORGET_TIMER, dueMs: clearedAtMs + alarmRetentionMs, message }]
}
