/** Whatever is heard and when: as long as a participant waits for something, a timer will tell if it doesn't come. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { given } from '../assembly/testing/given.ts'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import { isUpToDate } from './arrival.ts'
import { unacknowledged } from './commissionings.ts'
import { participantEntity } from './entity.ts'
import {
  event as eventType,
  type ParticipantCommand,
  type ParticipantEvent,
  type ParticipantState,
} from './protocol.ts'
import { isWatched } from './silence.ts'

const TIMES = {
  statusTimeoutMs: 300,
  statusQuestionMs: 100,
  statusQuestionsMax: 2,
  statusQuestionRestMs: 50,
  definitionTimeoutMs: 100,
  definitionAttemptsMax: 2,
  arrivalTimeoutMs: 150,
  returnDebounceMs: 20,
  removedRetentionMs: 2_000,
}
const definition = participantEntity({ ...DEFAULT_ACTORS_CONFIG, ...TIMES })
const named = (name: string) => ({ name, version: '1.0.0' })
const [http, cds] = [named('http'), named('cds')]

type Wish = (state: ParticipantState) => ParticipantCommand

const said = fc.constantFrom<Wish>(
  ...['r1', 'r2', 'r3'].map((messageId): Wish => () => ({
    type: 'register',
    participantType: http,
    generation: 'istanbul',
    messageId,
  })),
  () => ({ type: 'register', participantType: cds, generation: 'istanbul', messageId: 'r4' }),
  () => ({ type: 'deregister', participantType: http, generation: 'istanbul', messageId: 'd' }),
  () => ({ type: 'templates-needed', templates: [named('a'), named('b')] }),
  () => ({ type: 'templates-needed', templates: [] }),
  ...['a', 'b'].flatMap((name) =>
    [1, 2].map((revision): Wish => ({ participantType }) => ({
      type: 'define',
      template: named(name),
      revision,
      participantType: participantType ?? http,
      elements: [],
      definitions: [],
    })),
  ),
  () => ({ type: 'undefine', template: named('a'), isLast: true }),
  ...[true, false].map((ok): Wish => ({ templates }) => ({
    type: 'definitions-known',
    responseTo: Object.values(templates)[0]?.messageId ?? '',
    ok,
    message: '',
  })),
  () => ({
    type: 'status-reported',
    participantType: http,
    generation: 'istanbul',
    sentAtMs: 0,
    state: 'ACTIVE',
    healthStatus: 'HEALTHY',
  }),
  () => ({ type: 'ask-status' }),
)

test('a timer for each thing that it waits for, and none when it is gone', () => {
  const reached = new Set<string>()
  fc.assert(
    fc.property(fc.array(fc.tuple(said, fc.nat(120)), { maxLength: 60, size: 'max' }), (saying) => {
      const timers = new Map<string, { readonly dueMs: number; readonly message: ParticipantCommand }>()
      let events: ParticipantEvent[] = []
      let state = definition.initial('p:1.0.0')
      const say = (command: ParticipantCommand, atMs: number): void => {
        const outcome = given(definition, 'p:1.0.0', events)(command, atMs)
        events = [...events, ...outcome.events]
        for (const { type } of outcome.events) reached.add(type)
        state = outcome.state
        for (const effect of outcome.effects) {
          if (effect.type === 'set-timer')
            timers.set(effect.name, { dueMs: effect.dueMs, message: effect.message as ParticipantCommand })
          if (effect.type === 'cancel-timer') timers.delete(effect.name)
          if (effect.type === 'forget') {
            timers.clear()
            events = []
            state = definition.initial('p:1.0.0')
          }
        }
        expect(watchfulness(state, timers), JSON.stringify(state)).toEqual([])
      }
      let nowMs = 1
      const pass = (untilMs: number): void => {
        for (;;) {
          const [next] = [...timers].sort(([, one], [, other]) => one.dueMs - other.dueMs)
          if (!next || next[1].dueMs > untilMs) break
          timers.delete(next[0])
          say(next[1].message, Math.max(nowMs, next[1].dueMs))
        }
        nowMs = untilMs
      }
      for (const [wish, laterMs] of saying) {
        pass(nowMs + laterMs)
        say(wish(state), nowMs)
      }
      // Left alone, it comes to rest: nothing goes round for ever.
      pass(nowMs + 10_000)
      expect([...timers.keys()]).toEqual([])
    }),
    { numRuns: 200 },
  )
  const all = eventType.options.map(({ shape }) => shape.type.value)
  expect([...reached].sort()).toEqual(all.filter((type) => type !== 'mode-ordered').sort())
})

/** What it waits for without a timer, and timers that nobody needs. */
const watchfulness = (state: ParticipantState, timers: ReadonlyMap<string, { readonly dueMs: number }>): string[] => {
  const missing = (isNeeded: boolean, name: string): string[] => (isNeeded && !timers.has(name) ? [`no ${name}`] : [])
  const isHere = isWatched(state)
  const silence = timers.get('silence')?.dueMs ?? 0
  return [
    ...missing(isHere, 'silence'),
    ...missing(isHere && unacknowledged(state).length > 0, 'definitions'),
    ...missing(isHere && state.arrival !== null && state.arrival.templates?.length !== 0, 'arrival'),
    ...missing(isHere && isUpToDate(state), 'return'),
    ...missing(state.registration === 'Deregistered', 'forget'),
    ...(isHere && silence > Math.max(state.lastHeardMs, state.askedAtMs) + TIMES.statusTimeoutMs
      ? ['late silence']
      : []),
    ...(isHere
      ? []
      : ['silence', 'arrival', 'return'].filter((name) => timers.has(name)).map((name) => `idle ${name}`)),
    ...(state.registration !== 'Deregistered' && timers.has('forget') ? ['idle forget'] : []),
  ]
}
