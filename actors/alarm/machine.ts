/**
 * An alarm: it stands from when it is raised until it is cleared, is in lists for a while longer, and goes then, whether or not a
 * person has acknowledged it. Raised again while it stands, it says what it says now.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Context, Decision } from '../../runtime/entity.ts'
import type { ActorsConfig } from '../config.ts'
import { evolve, isRaised } from './evolution.ts'
import type { AlarmCommand, AlarmEvent, AlarmState } from './protocol.ts'

type Decided = Decision<AlarmEvent>
const NOTHING: Decided = { events: [] }

export const decide =
  ({ alarmRetentionMs }: Pick<ActorsConfig, 'alarmRetentionMs'>) =>
  (state: AlarmState, command: AlarmCommand, { nowMs: atMs }: Context): Decided => {
    switch (command.type) {
      case 'raise': {
        const { alarm } = command
        if (!isRaised(state)) return { events: [{ type: 'raised', atMs, alarm }] }
        return isDeepStrictEqual(state.alarm, alarm) ? NOTHING : { events: [{ type: 'changed', atMs, alarm }] }
      }
      case 'acknowledge': {
        const isNews = state.ackState === 'UNACKNOWLEDGED'
        return replied(state, isNews ? { type: 'acknowledged', atMs, userId: command.userId } : undefined)
      }
      case 'unacknowledge': {
        const isNews = state.ackState === 'ACKNOWLEDGED'
        return replied(state, isNews ? { type: 'unacknowledged', atMs, userId: command.userId } : undefined)
      }
      case 'clear':
        return isRaised(state) ? { events: [{ type: 'cleared', atMs, reason: command.reason }] } : NOTHING
      case 'forget': {
        const isOver = state.clearedAtMs !== null && state.clearedAtMs + alarmRetentionMs <= atMs
        return isOver ? { events: [], effects: [{ type: 'forget' }] } : NOTHING
      }
    }
  }

const replied = (state: AlarmState, event: AlarmEvent | undefined): Decided => {
  if (!state.alarm) return { reject: { code: 'alarm-not-found', reason: `there is no alarm ${state.id}` } }
  return event ? { events: [event], reply: evolve(state, event) } : { events: [], reply: state }
}
