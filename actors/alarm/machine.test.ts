import { describe, expect, test } from 'vitest'
import { eventsAfter, given, published, timersSet } from '../assembly/testing/given.ts'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import { LIVE_TOPIC, liveEvent } from '../live.ts'
import { alarmEntity } from './entity.ts'
import type { AlarmCommand, AlarmEvent, Raised } from './protocol.ts'

const publishedEvents = { processTopic: 'p', componentTopic: 'c', alarmTopic: 'homeostat-alarms' }
const definition = alarmEntity({ ...DEFAULT_ACTORS_CONFIG, alarmRetentionMs: 10_000, publishedEvents })
const ID = '00ab1234-0000-8000-a000-000000000000'
const alarm = (events: readonly AlarmEvent[]) => given(definition, ID, events)
const after = (...said: readonly (readonly [AlarmCommand, number])[]): AlarmEvent[] =>
  eventsAfter(definition, ID, [], said)

const cause: Raised = {
  objectInstance: 'control-loop/loop:1.0.0',
  alarmType: 'PROCESSING_ERROR_ALARM',
  probableCause: 'ordered-state-not-reached',
  perceivedSeverity: 'MAJOR',
  specificProblem: 'it does not answer',
  additionalInformation: { attempts: 3 },
}
const raise = (changes: Partial<Raised> = {}): AlarmCommand => ({ type: 'raise', alarm: { ...cause, ...changes } })
const clear: AlarmCommand = { type: 'clear', reason: 'it answers' }
const acknowledge: AlarmCommand = { type: 'acknowledge', userId: 'anna' }
const raised = after([raise(), 1_000])
const cleared = after([raise(), 1_000], [clear, 2_000])

describe('while it stands', () => {
  test('it is in lists, and everybody who watches is told, under one id', () => {
    const { effects, state } = alarm([])(raise(), 1_000)
    const [live] = published(effects, LIVE_TOPIC)
    expect(liveEvent.parse(live)).toEqual({
      eventId: expect.any(String) as string,
      eventCreatedAt: '1970-01-01T00:00:01.000Z',
      eventType: 'AlarmEvent',
      notificationType: 'notifyNewAlarm',
      alarmId: ID,
      ...cause,
      alarmRaisedTime: '1970-01-01T00:00:01.000Z',
      ackState: 'UNACKNOWLEDGED',
    })
    expect(published(effects, 'homeostat-alarms')).toEqual([live])
    expect(definition.fields?.(state)).toEqual({
      id: ID,
      state: 'RAISED',
      ackState: 'UNACKNOWLEDGED',
      perceivedSeverity: 'MAJOR',
      objectInstance: 'control-loop/loop:1.0.0',
      probableCause: 'ordered-state-not-reached',
      raisedTime: '1970-01-01T00:00:01.000Z',
      clearedTime: '',
    })
  })

  test('raised again it is news only if it says something else', () => {
    expect(alarm(raised)(raise(), 1_500)).toMatchObject({ events: [], effects: [] })
    const changed = alarm(raised)(raise({ perceivedSeverity: 'CRITICAL' }), 1_500)
    expect(changed.events.map(({ type }) => type)).toEqual(['changed'])
    expect(published(changed.effects, LIVE_TOPIC)).toMatchObject([
      {
        notificationType: 'notifyChangedAlarm',
        perceivedSeverity: 'CRITICAL',
        alarmRaisedTime: '1970-01-01T00:00:01.000Z',
        alarmChangedTime: '1970-01-01T00:00:01.500Z',
      },
    ])
  })

  test('a person acknowledges it, once, and takes that back', () => {
    const first = alarm(raised)(acknowledge, 1_500)
    expect(first.reply).toMatchObject({ ackState: 'ACKNOWLEDGED', ackUserId: 'anna', ackAtMs: 1_500 })
    expect(published(first.effects, LIVE_TOPIC)).toMatchObject([
      { notificationType: 'notifyAckStateChanged', ackState: 'ACKNOWLEDGED', ackUserId: 'anna' },
    ])
    const events = [...raised, ...first.events]
    const again = alarm(events)({ type: 'acknowledge', userId: 'berta' }, 1_600)
    expect([again.events, again.reply]).toMatchObject([[], { ackUserId: 'anna' }])
    const back = alarm(events)({ type: 'unacknowledge', userId: 'berta' }, 1_700)
    expect(back.reply).toMatchObject({ ackState: 'UNACKNOWLEDGED', ackUserId: 'berta' })
    expect(alarm(raised)({ type: 'unacknowledge', userId: 'berta' }).events).toEqual([])
  })

  test('what never was raised can be neither acknowledged nor cleared', () => {
    expect(alarm([])(acknowledge).reject?.code).toBe('alarm-not-found')
    expect(alarm([])({ type: 'unacknowledge', userId: 'anna' }).reject?.code).toBe('alarm-not-found')
    expect(alarm([])(clear)).toMatchObject({ events: [], effects: [] })
  })
})

describe('when it is cleared', () => {
  test('it is told as CLEARED, keeps its severity in lists, and is forgotten after a while, acknowledged or not', () => {
    const { effects, state } = alarm(raised)(clear, 2_000)
    expect(published(effects, LIVE_TOPIC)).toMatchObject([
      { notificationType: 'notifyClearedAlarm', perceivedSeverity: 'CLEARED', ackState: 'UNACKNOWLEDGED' },
    ])
    expect(definition.fields?.(state)).toMatchObject({
      state: 'CLEARED',
      perceivedSeverity: 'MAJOR',
      clearedTime: '1970-01-01T00:00:02.000Z',
    })
    expect(timersSet(effects)).toEqual([{ name: 'forget', dueMs: 12_000 }])
    expect(alarm(cleared)({ type: 'forget' }, 11_999).effects).toEqual([])
    expect(alarm(cleared)({ type: 'forget' }, 12_000).effects).toEqual([{ type: 'forget' }])
    expect(alarm(cleared)(clear, 3_000).events).toEqual([])
  })

  test('it can still be acknowledged, and be raised anew, which nobody has acknowledged', () => {
    const acknowledged = alarm(cleared)(acknowledge, 2_500)
    expect(published(acknowledged.effects, LIVE_TOPIC)).toMatchObject([{ perceivedSeverity: 'CLEARED' }])
    const anew = alarm([...cleared, ...acknowledged.events])(raise(), 3_000)
    expect(anew.effects).toContainEqual({ type: 'cancel-timer', name: 'forget' })
    expect(anew.state).toMatchObject({
      raisedAtMs: 3_000,
      clearedAtMs: null,
      ackState: 'UNACKNOWLEDGED',
      ackUserId: '',
    })
  })
})
