import { describe, expect, test } from 'vitest'
import { type Decoded, GENERATIONS } from '../../participants/protocol/generation.ts'
import type { Order } from '../../participants/protocol/conversation.ts'
import type { Effect } from '../../runtime/entity.ts'
import { eventsAfter, given, published, timersSet, told } from '../assembly/testing/given.ts'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import { LIVE_TOPIC, liveEvent } from '../live.ts'
import { participantEntity } from './entity.ts'
import { evolve } from './evolution.ts'
import type { ParticipantCommand, ParticipantEvent } from './protocol.ts'
import { PARTICIPANT_RETURNS_TOPIC } from './returns.ts'

const definition = participantEntity({
  ...DEFAULT_ACTORS_CONFIG,
  statusTimeoutMs: 100_000,
  statusQuestionMs: 20_000,
  statusQuestionsMax: 2,
  definitionTimeoutMs: 20_000,
  definitionAttemptsMax: 2,
  arrivalTimeoutMs: 10_000,
  returnDebounceMs: 1_000,
})
const ID = 'p:1.0.0'
const named = (name: string) => ({ name, version: '1.0.0' })
const [id, http, a, b, pmsh] = ['p', 'http', 'a', 'b', 'pmsh'].map(named) as [Named, Named, Named, Named, Named]
type Named = ReturnType<typeof named>
type Said = readonly (readonly [ParticipantCommand, number])[]

const participant = (events: readonly ParticipantEvent[]) => given(definition, ID, events)
const after = (...said: Said): ParticipantEvent[] => eventsAfter(definition, ID, [], said)
const afterThat = (first: readonly ParticipantEvent[], ...said: Said): ParticipantEvent[] =>
  eventsAfter(definition, ID, first, said)

const register = (messageId = 'r1', participantType = http): ParticipantCommand => ({
  type: 'register',
  participantType,
  generation: 'istanbul',
  messageId,
})
const deregister: ParticipantCommand = {
  type: 'deregister',
  participantType: http,
  generation: 'istanbul',
  messageId: 'd1',
}
const needed = (...templates: readonly Named[]): ParticipantCommand => ({
  type: 'templates-needed',
  templates: [...templates],
})
const define = (template: Named, revision = 1, participantType = http): ParticipantCommand => ({
  type: 'define',
  template,
  revision,
  participantType,
  elements: [{ definition: named('element'), nodeTemplate: {}, commonProperties: {} }],
  definitions: [pmsh],
})
const status = (
  changes: Partial<Extract<ParticipantCommand, { type: 'status-reported' }>> = {},
): ParticipantCommand => ({
  type: 'status-reported',
  participantType: http,
  generation: 'istanbul',
  sentAtMs: 0,
  state: 'ACTIVE',
  healthStatus: 'HEALTHY',
  ...changes,
})
/** Acknowledges what was sent last. */
const known = (events: readonly ParticipantEvent[], template = a, ok = true): ParticipantCommand => {
  const sent = events.findLast((event) => event.type === 'definitions-sent' && event.template.name === template.name)
  if (sent?.type !== 'definitions-sent') throw new Error('nothing was sent')
  return { type: 'definitions-known', responseTo: sent.messageId, ok, message: ok ? 'done' : 'too new' }
}
const acknowledged = (events: readonly ParticipantEvent[], atMs: number, template = a): ParticipantEvent[] =>
  afterThat(events, [known(events, template), atMs])

const ordersOf = (effects: readonly Effect[]): readonly Order[] =>
  published(effects, DEFAULT_ACTORS_CONFIG.participantTopic).map((message) => {
    const read: Decoded<Order> = GENERATIONS.istanbul.decodeOrder(message)
    if (read.kind !== 'message') throw new Error(read.kind)
    return read.message
  })
const typesOf = (effects: readonly Effect[]): readonly string[] => ordersOf(effects).map(({ type }) => type)
const live = (effects: readonly Effect[]) => published(effects, LIVE_TOPIC).map((event) => liveEvent.parse(event))

const here = { type: 'participant-here', participantId: id }
const registered = after([register(), 1_000], [needed(), 1_000])
const withA = acknowledged(after([register(), 1_000], [needed(a), 1_000], [define(a), 1_000]), 1_100)
const upToDate = afterThat(withA, [{ type: 'bring-up-to-date' }, 2_100], [status(), 3_000])

describe('it registers', () => {
  test('and is answered when all that is commissioned for it was sent', () => {
    const first = participant([])(register(), 1_000)
    expect(told(first.effects, 'participant-type')).toEqual([here])
    expect(typesOf(first.effects)).toEqual([])
    expect(timersSet(first.effects)).toEqual([
      { name: 'silence', dueMs: 101_000 },
      { name: 'arrival', dueMs: 11_000 },
    ])
    const events = after([register(), 1_000], [needed(a, b), 1_000])
    const one = participant(events)(define(a), 1_000)
    expect(typesOf(one.effects)).toEqual(['define'])
    const two = participant([...events, ...one.events])(define(b), 1_000)
    expect(ordersOf(two.effects)).toMatchObject([
      { type: 'define', participantType: http, to: { participantType: http, participantId: id } },
      { type: 'registered', responseTo: 'r1', to: { participantType: http, participantId: id } },
    ])
    expect(told(two.effects, 'control-loop-definition')).toEqual([
      { type: 'known-by', participantId: id, revision: 1, state: 'sent', message: '', arrival: 1_000 },
    ])
  })

  test('and is answered at once if nothing is commissioned for it', () => {
    expect(typesOf(participant(after([register(), 1_000]))(needed(), 1_000).effects)).toEqual(['registered'])
  })

  test('and is answered in any case: when a template is gone meanwhile, and when one never comes', () => {
    const events = after([register(), 1_000], [needed(a), 1_000])
    const gone = participant(events)({ type: 'undefine', template: a, isLast: true }, 1_100)
    expect(typesOf(gone.effects)).toEqual(['undefine', 'registered'])
    expect(typesOf(participant(events)({ type: 'stop-waiting' }, 11_000).effects)).toEqual(['registered'])
    expect(typesOf(participant(after([register(), 1_000]))({ type: 'stop-waiting' }, 11_000).effects)).toEqual([
      'registered',
    ])
    expect(participant(upToDate)({ type: 'stop-waiting' }, 11_000).events).toEqual([])
  })

  test('a definition that overtakes the list of all is sent once', () => {
    const events = after([register(), 1_000], [define(a), 1_000])
    expect(typesOf(participant(events)(needed(a), 1_000).effects)).toEqual(['registered'])
  })

  test('once more before it is answered: the newest message is answered, and nothing is done twice', () => {
    const events = after([register(), 1_000], [register('r2'), 1_200], [needed(a), 1_200])
    expect(participant(after([register(), 1_000]))(register('r2'), 1_200).effects).toEqual([])
    expect(participant(after([register(), 1_000]))(register(), 1_200).events).toEqual([])
    const { effects } = participant(events)(define(a), 1_200)
    expect(ordersOf(effects)).toMatchObject([{ type: 'define' }, { type: 'registered', responseTo: 'r2' }])
  })

  test('once more when something was sent: it may be another life, so all is sent again', () => {
    const events = after([register(), 1_000], [needed(a, b), 1_000], [define(a), 1_000])
    const again = participant(events)(register('r2'), 2_000)
    expect(told(again.effects, 'participant-type')).toEqual([here])
    expect(told(again.effects, 'control-loop-definition')).toEqual([{ type: 'participant-gone', participantId: id }])
    const anew = [...events, ...again.events]
    expect(typesOf(participant(afterThat(anew, [needed(a, b), 2_000]))(define(a), 2_000).effects)).toEqual(['define'])
    const both = afterThat(anew, [needed(a, b), 2_000], [define(a), 2_000])
    expect(ordersOf(participant(both)(define(b), 2_000).effects)).toMatchObject([
      { type: 'define' },
      { type: 'registered', responseTo: 'r2' },
    ])
  })

  test('anew: its definitions don’t count on it until it was sent them again, and for ever if it goes', () => {
    const anew = participant(upToDate)(register('r2'), 9_000)
    expect(told(anew.effects, 'control-loop-definition')).toEqual([{ type: 'participant-gone', participantId: id }])
  })

  test('the same message again, when it was answered, is answered again and does nothing else', () => {
    const again = participant(upToDate)(register(), 9_000)
    expect(again.events).toEqual([])
    expect(ordersOf(again.effects)).toMatchObject([{ type: 'registered', responseTo: 'r1' }])
  })

  test('with another message it has started anew, and knows nothing', () => {
    const { state, effects } = participant(upToDate)(register('r2'), 9_000)
    expect(state).toMatchObject({ templates: {}, state: 'UNKNOWN', arrival: { registrationId: 'r2', templates: null } })
    expect(told(effects, 'participant-type')).toEqual([here])
  })

  test('as another type: the one before and its definitions hear that it is gone', () => {
    const { effects } = participant(upToDate)(register('r2', named('cds')), 9_000)
    expect(effects.flatMap((effect) => (effect.type === 'tell' ? [[effect.to.id, effect.message.type]] : []))).toEqual([
      ['http:1.0.0', 'participant-gone'],
      ['pmsh:1.0.0', 'participant-gone'],
      ['cds:1.0.0', 'participant-here'],
    ])
  })

  test('definitions for another type, or for nobody, are dropped', () => {
    expect(participant(registered)(define(a, 1, named('cds'))).effects).toEqual([])
    expect(participant([])(define(a)).effects).toEqual([])
    expect(participant([])({ type: 'undefine', template: a, isLast: true }).effects).toEqual([])
  })
})

describe('what is commissioned', () => {
  test('is known when it says so, and its definitions hear it', () => {
    const events = after([register(), 1_000], [needed(a), 1_000], [define(a), 1_000])
    const { effects, state } = participant(events)(known(events), 1_100)
    expect(told(effects, 'control-loop-definition')).toEqual([
      { type: 'known-by', participantId: id, revision: 1, state: 'known', message: '', arrival: 1_000 },
    ])
    expect(state.templates).toMatchObject({ 'a:1.0.0': { state: 'known', message: 'done' } })
    expect(effects).toContainEqual({ type: 'cancel-timer', name: 'definitions' })
    expect(timersSet(effects)).toEqual([{ name: 'return', dueMs: 2_100 }])
  })

  test('is refused when it says so; an answer to something else says nothing', () => {
    const events = after([register(), 1_000], [needed(a), 1_000], [define(a), 1_000])
    expect(told(participant(events)(known(events, a, false), 1_100).effects, 'control-loop-definition')).toEqual([
      { type: 'known-by', participantId: id, revision: 1, state: 'refused', message: 'too new', arrival: 1_000 },
    ])
    const foreign: ParticipantCommand = { type: 'definitions-known', responseTo: 'x', ok: true, message: '' }
    expect(participant(events)(foreign).events).toEqual([])
    expect(participant(withA)(known(withA, a, false)).events).toEqual([])
  })

  test('is sent again at another revision, and not at one that it has', () => {
    expect(participant(upToDate)(define(a), 5_000).events).toEqual([])
    const { events, effects } = participant(upToDate)(define(a, 2), 5_000)
    expect(events).toMatchObject([{ type: 'definitions-sent', revision: 2, attempt: 1 }])
    expect(timersSet(effects)).toEqual([{ name: 'definitions', dueMs: 25_000 }])
    const newer = [...upToDate, ...events]
    expect(participant(newer)(define(a, 1), 5_000).events).toEqual([])
    // It was here all the time: its loops have missed nothing.
    expect(timersSet(participant(newer)(known(newer), 5_100).effects)).toEqual([])
  })

  test('is sent again when it is not acknowledged, ever later; then an alarm says so until it is', () => {
    let events = after([register(), 1_000], [needed(a), 1_000], [define(a), 1_000])
    expect(participant(events)(define(a), 20_000).events).toEqual([])
    expect(participant(events)({ type: 'check-definitions' }, 20_999)).toMatchObject({ events: [] })
    const asking = participant(events)({ type: 'check-definitions' }, 21_000)
    expect(told(asking.effects, 'service-template')).toEqual([
      { type: 'define-for', participantId: id, participantType: http },
    ])
    const again = participant(events)(define(a), 21_000)
    expect(again.events).toMatchObject([{ type: 'definitions-sent', attempt: 2 }])
    expect(timersSet(again.effects)).toEqual([{ name: 'definitions', dueMs: 61_000 }])
    expect(told(again.effects, 'control-loop-definition')).toEqual([])
    const first = known(events)
    events = [...events, ...again.events]
    // An answer to the first message, when the second is under way: that one is answered, too.
    expect(participant(events)(first, 22_000).events).toEqual([])
    const given = participant(events)({ type: 'check-definitions' }, 61_000)
    expect(told(given.effects, 'alarm')).toMatchObject([
      {
        type: 'raise',
        alarm: { probableCause: 'definitions-not-acknowledged', objectInstance: 'participant/p:1.0.0' },
      },
    ])
    expect(told(given.effects, 'control-loop-definition')).toMatchObject([{ type: 'known-by', state: 'refused' }])
    // Its loops needn't wait for it any longer.
    expect(timersSet(given.effects)).toEqual([{ name: 'return', dueMs: 62_000 }])
    events = [...events, ...given.events]
    const late = participant(events)(known(events), 90_000)
    expect(told(late.effects, 'alarm')).toMatchObject([{ type: 'clear' }])
    expect(late.state).toMatchObject({ definitionsAlarmId: null, templates: { 'a:1.0.0': { state: 'known' } } })
  })

  test('one alarm tells of all that it does not acknowledge', () => {
    const sent = after([register(), 0], [needed(a, b), 0], [define(a), 0], [define(b), 0])
    const twice = afterThat(sent, [define(a), 20_000], [define(b), 20_000])
    const { effects, events } = participant(twice)({ type: 'check-definitions' }, 60_000)
    expect(told(effects, 'alarm')).toHaveLength(2)
    expect(new Set(events.flatMap((event) => ('alarmId' in event ? [event.alarmId] : []))).size).toBe(1)
    const [, both] = effects.filter((effect) => effect.type === 'tell' && effect.to.kind === 'alarm')
    expect(JSON.stringify(both)).toContain('a:1.0.0, b:1.0.0')
    const all = [...twice, ...events]
    const one = afterThat(all, [known(all, a), 61_000])
    expect(one.at(-1)?.type).toBe('definitions-answered')
    expect(afterThat(one, [known(one, b), 62_000]).at(-1)?.type).toBe('alarm-cleared')
  })

  test('is forgotten when it is decommissioned; the participant forgets all when nothing is left', () => {
    const two = acknowledged(afterThat(upToDate, [define(b), 5_000]), 5_100, b)
    const one = participant(two)({ type: 'undefine', template: a, isLast: false }, 6_000)
    expect(Object.keys(one.state.templates)).toEqual(['b:1.0.0'])
    expect(typesOf(one.effects)).toEqual([])
    // The same definition is in both templates.
    expect(told(one.effects, 'control-loop-definition')).toEqual([])
    const last = participant([...two, ...one.events])({ type: 'undefine', template: b, isLast: true }, 6_100)
    expect(typesOf(last.effects)).toEqual(['undefine'])
    expect(told(last.effects, 'control-loop-definition')).toEqual([{ type: 'participant-gone', participantId: id }])
    // Another has been sent meanwhile.
    expect(typesOf(participant(two)({ type: 'undefine', template: a, isLast: true }, 6_000).effects)).toEqual([])
  })
})

describe('its loops are told', () => {
  test('when it has been up to date for a moment', () => {
    const done = participant(withA)({ type: 'bring-up-to-date' }, 2_100)
    expect(published(done.effects, PARTICIPANT_RETURNS_TOPIC)).toEqual([{ participantId: id, arrival: 1_000 }])
    expect(done.state.arrival).toBeNull()
    expect(participant(upToDate)({ type: 'bring-up-to-date' }, 9_000).events).toEqual([])
  })

  test('of an arrival with a higher number than all before, also if those are forgotten', () => {
    const second = participant(after([register('r1'), 5_000], [needed(), 5_000]))(register('r2'), 5_000)
    expect(second.state.lastArrival).toBe(5_001)
    const anew = participant([])(register('r3'), 9_000)
    expect(anew.state.lastArrival).toBeGreaterThan(second.state.lastArrival)
  })

  test('not while more comes, and then later', () => {
    const more = afterThat(withA, [define(b), 2_000])
    expect(participant(more)({ type: 'bring-up-to-date' }, 2_100).events).toEqual([])
    expect(timersSet(participant(more)(known(more, b), 2_500).effects)).toEqual([{ name: 'return', dueMs: 3_500 }])
  })

  test('also if there is nothing to know', () => {
    expect(timersSet(participant(after([register(), 1_000]))(needed(), 1_000).effects)).toEqual([
      { name: 'return', dueMs: 2_000 },
    ])
  })
})

describe('it tells how it is', () => {
  test('a report like the one before is stored, and neither watched nor listed anew', () => {
    const { events, effects, state } = participant(upToDate)(status(), 13_000)
    expect([events.map(({ type }) => type), effects]).toEqual([['status-reported'], []])
    expect(definition.fields?.(state)).toEqual({
      id: ID,
      name: 'p',
      version: '1.0.0',
      participantType: 'http:1.0.0',
      state: 'ACTIVE',
      healthStatus: 'HEALTHY',
      registration: 'Registered',
    })
    expect(participant(upToDate)({ type: 'check-silence' }, 101_000)).toMatchObject({ events: [] })
  })

  test('if that is another, those who watch are told', () => {
    expect(live(participant(upToDate)(status({ healthStatus: 'TEST_IN_PROGRESS' }), 13_000).effects)).toMatchObject([
      { eventType: 'ParticipantStateChangeEvent', participantId: id, healthStatus: 'TEST_IN_PROGRESS' },
    ])
  })

  test('one that never registered counts as registered, and is brought up to date', () => {
    const { events, effects, state } = participant([])(status(), 1_000)
    expect(events.map(({ type }) => type)).toEqual(['found', 'status-reported'])
    expect(told(effects, 'participant-type')).toEqual([here])
    expect(state).toMatchObject({ registration: 'Registered', healthStatus: 'HEALTHY', state: 'ACTIVE' })
    const sent = afterThat(events, [needed(a), 1_000], [define(a), 1_000])
    expect(sent.map(({ type }) => type)).not.toContain('registration-answered')
    expect(timersSet(participant(sent)(known(sent), 1_500).effects)).toEqual([{ name: 'return', dueMs: 2_500 }])
  })
})

describe('it is silent', () => {
  const check: ParticipantCommand = { type: 'check-silence' }
  const asked = afterThat(upToDate, [check, 103_000])

  test('the timer looks when it was heard last, and comes again', () => {
    const outcome = participant(upToDate)(check, 102_999)
    expect([outcome.events, timersSet(outcome.effects)]).toEqual([[], [{ name: 'silence', dueMs: 103_000 }]])
  })

  test('it is asked, and isn’t well', () => {
    const { effects, state } = participant(upToDate)(check, 103_000)
    expect(typesOf(effects)).toEqual(['ask-status'])
    expect(timersSet(effects)).toEqual([{ name: 'silence', dueMs: 123_000 }])
    expect(state).toMatchObject({ healthStatus: 'NOT_HEALTHY', questions: 1 })
    expect(live(effects)).toMatchObject([{ healthStatus: 'NOT_HEALTHY' }])
  })

  test('an answer ends it', () => {
    const events = afterThat(asked, [status(), 104_000])
    const { state, effects } = participant(events)(check, 123_000)
    expect(state).toMatchObject({ healthStatus: 'HEALTHY', questions: 0 })
    expect(timersSet(effects)).toEqual([{ name: 'silence', dueMs: 204_000 }])
  })

  test('without one it is off line, with an alarm that says since when, and is asked no more', () => {
    const twice = afterThat(asked, [check, 123_000])
    const { effects, state } = participant(twice)(check, 143_000)
    expect(state).toMatchObject({ healthStatus: 'OFF_LINE', questions: 2 })
    expect(told(effects, 'alarm')).toMatchObject([
      {
        type: 'raise',
        alarm: {
          probableCause: 'participant-off-line',
          perceivedSeverity: 'MAJOR',
          additionalInformation: { lastHeard: '1970-01-01T00:00:03.000Z', participantType: 'http:1.0.0' },
        },
      },
    ])
    expect(timersSet(effects)).toEqual([])
  })

  const offLine = afterThat(asked, [check, 123_000], [check, 143_000])

  test('heard again, it is back: the alarm is cleared, and it is told everything anew', () => {
    const { events, effects, state } = participant(offLine)(status(), 200_000)
    expect(events.map(({ type }) => type)).toEqual(['came-back', 'alarm-cleared', 'status-reported'])
    expect(told(effects, 'alarm')).toEqual([{ type: 'clear', reason: 'the participant is heard again' }])
    expect(told(effects, 'participant-type')).toEqual([here])
    expect(timersSet(effects).map(({ name }) => name)).toEqual(['silence', 'arrival'])
    expect(state).toMatchObject({ healthStatus: 'HEALTHY', alarmId: null, templates: {} })
    const back = acknowledged(
      afterThat(offLine, [status(), 200_000], [needed(a), 200_000], [define(a), 200_000]),
      200_100,
    )
    expect(
      published(participant(back)({ type: 'bring-up-to-date' }, 201_100).effects, PARTICIPANT_RETURNS_TOPIC),
    ).toHaveLength(1)
  })

  test('it can be removed, and only then: it can’t say good-bye itself', () => {
    const remove: ParticipantCommand = { type: 'remove' }
    expect(participant(upToDate)(remove).reject?.code).toBe('participant-not-off-line')
    expect(participant([])(remove).reject?.code).toBe('participant-not-found')
    const { effects, events, reply, state } = participant(offLine)(remove, 200_000)
    expect(reply).toEqual(id)
    expect([state.registration, state.alarmId]).toEqual(['Deregistered', null])
    expect(told(effects, 'alarm')).toEqual([{ type: 'clear', reason: 'the participant was removed' }])
    expect(told(effects, 'participant-type')).toEqual([{ type: 'participant-gone', participantId: id }])
    expect(ordersOf(effects)).toEqual([])
    expect(timersSet(effects).map(({ name }) => name)).toEqual(['forget'])
    expect(participant([...offLine, ...events])(remove)).toMatchObject({ events: [], reply: id })
  })

  test('a clock that was a year ahead once puts nothing off', () => {
    const aYear = 365 * 86_400_000
    const events = afterThat(upToDate, [status(), aYear], [status(), 50_000])
    expect(timersSet(participant(events)(check, 60_000).effects)).toEqual([{ name: 'silence', dueMs: 150_000 }])
  })

  test('another program under its name does not speak for it', () => {
    const other = participant(upToDate)(status({ participantType: named('other'), state: 'TEST' }), 50_000)
    expect(other.events).toEqual([])
  })

  test('registering again does it, too, and only once', () => {
    const { events, effects } = participant(offLine)(register('r2'), 200_000)
    expect(events.map(({ type }) => type)).toEqual(['alarm-cleared', 'registered'])
    expect(told(effects, 'participant-type')).toEqual([here])
  })

  test('what it does not acknowledge while it is off line is sent when it is back', () => {
    const sent = afterThat(offLine, [define(b), 150_000])
    expect(participant(sent)({ type: 'check-definitions' }, 900_000)).toMatchObject({ events: [], effects: [] })
  })
})

describe('a loop wants to know how it is', () => {
  const ask: ParticipantCommand = { type: 'ask-status' }

  test('it is asked, but not by all of them at once', () => {
    const first = participant(upToDate)(ask, 10_000)
    expect(typesOf(first.effects)).toEqual(['ask-status'])
    expect(first.state).toMatchObject({ healthStatus: 'HEALTHY', questions: 0 })
    const events = [...upToDate, ...first.events]
    expect(participant(events)(ask, 14_999)).toMatchObject({ events: [], effects: [] })
    expect(typesOf(participant(events)(ask, 15_000).effects)).toEqual(['ask-status'])
  })

  test('it isn’t if it is silent, or not there', () => {
    expect(participant(afterThat(upToDate, [{ type: 'check-silence' }, 103_000]))(ask, 110_000).events).toEqual([])
    expect(participant([])(ask).events).toEqual([])
  })
})

describe('its mode', () => {
  const safe: ParticipantCommand = { type: 'set-mode', state: 'SAFE' }

  test('is ordered, and ordered again when it is here again', () => {
    const { effects, events, reply } = participant(upToDate)(safe, 10_000)
    expect(ordersOf(effects)).toMatchObject([{ type: 'set-mode', state: 'SAFE' }])
    expect(reply).toEqual({ ...id, state: 'ACTIVE', orderedState: 'SAFE' })
    const anew = afterThat([...upToDate, ...events], [register('r2'), 20_000])
    expect(typesOf(participant(anew)(needed(), 20_000).effects)).toEqual(['registered', 'set-mode'])
  })

  test('can’t be ordered of somebody who isn’t here', () => {
    expect(participant([])(safe).reject?.code).toBe('participant-not-found')
    expect(participant(afterThat(upToDate, [deregister, 9_000]))(safe).reject?.code).toBe('participant-not-registered')
  })
})

describe('it says good-bye', () => {
  test('is answered, and gone for everybody', () => {
    const { effects, state } = participant(upToDate)(deregister, 10_000)
    expect(ordersOf(effects)).toMatchObject([{ type: 'deregistered', responseTo: 'd1' }])
    expect(told(effects, 'participant-type')).toEqual([{ type: 'participant-gone', participantId: id }])
    expect(told(effects, 'control-loop-definition')).toEqual([{ type: 'participant-gone', participantId: id }])
    expect(state).toMatchObject({ registration: 'Deregistered', state: 'TERMINATED', healthStatus: 'OFF_LINE' })
    expect(live(effects)).toMatchObject([
      { registration: 'Deregistered', state: 'TERMINATED', healthStatus: 'OFF_LINE' },
    ])
    const gone = [...upToDate, ...participant(upToDate)(deregister, 10_000).events]
    expect(participant(gone)({ type: 'check-silence' }, 900_000)).toMatchObject({ events: [], effects: [] })
    expect(participant(gone)({ type: 'forget' }, 1e10).effects).toEqual([{ type: 'forget' }])
  })

  test('is answered again, and if nobody knows it', () => {
    const gone = afterThat(upToDate, [deregister, 10_000])
    for (const events of [gone, []]) {
      const again = participant(events)(deregister, 11_000)
      expect([again.events, typesOf(again.effects)]).toEqual([[], ['deregistered']])
    }
  })

  test('what it still said before is late; whoever speaks long after is there', () => {
    const gone = afterThat(upToDate, [deregister, 10_000])
    expect(participant(gone)(status(), 12_000).events).toEqual([])
    expect(participant(gone)(status(), 60_000).events.map(({ type }) => type)).toEqual(['found', 'status-reported'])
  })

  test('its alarms are cleared', () => {
    const check: ParticipantCommand = { type: 'check-silence' }
    const offLine = afterThat(upToDate, [check, 103_000], [check, 123_000], [check, 143_000])
    expect(told(participant(offLine)(deregister, 150_000).effects, 'alarm')).toMatchObject([{ type: 'clear' }])
  })
})

test('it tells for what it waits', () => {
  const waitingOf = (events: readonly ParticipantEvent[]) =>
    definition.waiting?.(events.reduce(evolve, definition.initial(ID)))?.map((one) => one.for)
  expect(waitingOf([])).toEqual([])
  expect(waitingOf(after([register(), 0]))).toContain('its type to say what is commissioned for it')
  expect(waitingOf(after([register(), 0], [needed(a), 0]))?.join()).toContain('service template a:1.0.0')
  expect(waitingOf(after([register(), 0], [needed(a), 0], [define(a), 0]))?.join()).toContain('to acknowledge')
  expect(waitingOf(upToDate)).toEqual(['the participant to tell how it is'])
})
