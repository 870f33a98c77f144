/** What an alarm's events make of it. */
import type { AlarmEvent, AlarmState } from './protocol.ts'

export const initial = (id: string): AlarmState => ({
  id,
  alarm: null,
  raisedAtMs: 0,
  changedAtMs: 0,
  clearedAtMs: null,
  clearedReason: '',
  ackState: 'UNACKNOWLEDGED',
  ackUserId: '',
  ackAtMs: null,
})

/** It stands. */
export const isRaised = ({ alarm, clearedAtMs }: AlarmState): boolean => alarm !== null && clearedAtMs === null

export const evolve = (state: AlarmState, event: AlarmEvent): AlarmState => {
  const { atMs } = event
  switch (event.type) {
    case 'raised':
      return { ...initial(state.id), alarm: event.alarm, raisedAtMs: atMs, changedAtMs: atMs }
    case 'changed':
      return { ...state, alarm: event.alarm, changedAtMs: atMs }
    case 'acknowledged':
      return { ...state, ackState: 'ACKNOWLEDGED', ackUserId: event.userId, ackAtMs: atMs }
    case 'unacknowledged':
      return { ...state, ackState: 'UNACKNOWLEDGED', ackUserId: event.userId, ackAtMs: atMs }
    case 'cleared':
      return { ...state, clearedAtMs: atMs, clearedReason: event.reason }
  }
}
