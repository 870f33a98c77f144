/** Alarms as the API shows them: the fields of 3GPP TS 28.111, with times in ISO 8601. */
import { z } from 'zod'
import { type AlarmState, alarmType, severity } from '../../../actors/alarm/protocol.ts'
import type { ListRow } from '../../../runtime/ports.ts'
import { timeText } from '../../routes.ts'

const ackState = z.enum(['ACKNOWLEDGED', 'UNACKNOWLEDGED'])
const raisedState = z.enum(['RAISED', 'CLEARED'])

export const alarmSummary = z
  .object({
    alarmId: z.string(),
    state: raisedState,
    ackState,
    perceivedSeverity: severity.meta({ description: 'the one that it was raised with' }),
    objectInstance: z.string().meta({ description: 'the entity that it is about' }),
    probableCause: z.string(),
    alarmRaisedTime: z.string(),
    alarmClearedTime: z.string().exactOptional(),
  })
  .meta({ id: 'AlarmSummary' })

export const viewAlarmRow = ({ id, fields }: ListRow): z.infer<typeof alarmSummary> => ({
  alarmId: id,
  state: raisedState.parse(fields['state']),
  ackState: ackState.parse(fields['ackState']),
  perceivedSeverity: severity.parse(fields['perceivedSeverity']),
  objectInstance: fields['objectInstance'] ?? '',
  probableCause: fields['probableCause'] ?? '',
  alarmRaisedTime: fields['raisedTime'] ?? '',
  ...(fields['clearedTime'] ? { alarmClearedTime: fields['clearedTime'] } : {}),
})

export const alarmView = alarmSummary
  .extend({
    alarmType,
    specificProblem: z.string(),
    additionalInformation: z.record(z.string(), z.unknown()),
    alarmChangedTime: z.string(),
    clearedReason: z.string().exactOptional(),
    ackUserId: z.string().exactOptional(),
    ackTime: z.string().exactOptional(),
  })
  .meta({ id: 'Alarm' })

/** `undefined`: it was never raised, or is forgotten. */
export const viewAlarm = (state: AlarmState | undefined): z.infer<typeof alarmView> | undefined => {
  if (!state?.alarm) return undefined
  const { clearedAtMs, ackAtMs, alarm } = state
  return {
    alarmId: state.id,
    state: clearedAtMs === null ? 'RAISED' : 'CLEARED',
    ackState: state.ackState,
    ...alarm,
    alarmRaisedTime: timeText(state.raisedAtMs),
    alarmChangedTime: timeText(state.changedAtMs),
    ...(clearedAtMs === null ? {} : { alarmClearedTime: timeText(clearedAtMs), clearedReason: state.clearedReason }),
    ...(ackAtMs === null ? {} : { ackUserId: state.ackUserId, ackTime: timeText(ackAtMs) }),
  }
}
