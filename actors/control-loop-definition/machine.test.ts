import { describe, expect, test } from 'vitest'
import { eventsAfter, given, timersSet, told } from '../assembly/testing/given.ts'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import { controlLoopDefinitionEntity } from './entity.ts'
import type { DefinitionCommand, DefinitionEvent } from './protocol.ts'

const definition = controlLoopDefinitionEntity({ ...DEFAULT_ACTORS_CONFIG, removedRetentionMs: 10_000 })
const ID = 'pmsh:1.0.0'
const named = (name: string) => ({ name, version: '1.0.0' })
const type = (events: readonly DefinitionEvent[]) => given(definition, ID, events)
const after = (...said: readonly DefinitionCommand[]): DefinitionEvent[] =>
  eventsAfter(
    definition,
    ID,
    [],
    said.map((command, index) => [command, index + 1] as const),
  )

const [template, other, loop] = [named('template'), named('other'), named('loop')]
const timeoutsMs = {
  UNINITIALISED2PASSIVE: 1,
  PASSIVE2RUNNING: 2,
  RUNNING2PASSIVE: 3,
  PASSIVE2UNINITIALISED: 4,
}
const element = (name: string) => ({
  definition: named(name),
  participantType: named('http'),
  startPhase: 0,
  startDelayMs: 0,
  timeoutsMs,
  needsFragment: false,
})
const typeOf = (...elements: readonly string[]) => ({ description: '', provider: '', elements: elements.map(element) })
const claim = (changes: Partial<Extract<DefinitionCommand, { type: 'claim' }>> = {}): DefinitionCommand => ({
  type: 'claim',
  template,
  revision: 1,
  definition: typeOf('a', 'b'),
  isChanged: true,
  ...changes,
})
const confirm = (revision = 1): DefinitionCommand => ({ type: 'confirm-claim', template, revision })
const admit = (...elements: readonly string[]): DefinitionCommand => ({
  type: 'admit',
  loop,
  elements: elements.map(named),
})
const permit = (...participants: readonly string[]): DefinitionCommand => ({
  type: 'permit',
  wish: 7,
  loop,
  participants: participants.map(named),
})
const knownBy = (
  name: string,
  state: 'sent' | 'known' | 'refused' = 'known',
  revision = 1,
  message = '',
  arrival = 1,
): DefinitionCommand => ({ type: 'known-by', participantId: named(name), revision, state, message, arrival })

const commissioned = after(claim(), confirm())
const ready = after(claim(), confirm(), knownBy('p'), knownBy('q'))
const answer = (events: readonly DefinitionEvent[], command: DefinitionCommand) =>
  told(type(events)(command).effects, 'service-template')[0]

describe('it belongs to one template', () => {
  test('a claim is answered, and whoever waits for the reply goes along', () => {
    const { effects, state } = type([])(claim())
    expect(effects.filter(({ type }) => type === 'tell')).toEqual([
      {
        type: 'tell',
        to: { kind: 'service-template', id: 'template:1.0.0' },
        message: { type: 'claim-answered', definition: named('pmsh'), revision: 1 },
        forwardReply: true,
      },
    ])
    expect(state).toMatchObject({ presence: 'claimed', template, definition: null })
    expect(type(after(claim()))(confirm()).state).toMatchObject({
      presence: 'commissioned',
      revision: 1,
      claim: null,
      definition: typeOf('a', 'b'),
    })
  })

  test('claimed again by the same, it says yes and nothing has changed', () => {
    for (const events of [after(claim()), after(claim(), confirm())])
      expect(answer(events, claim({ revision: 1 }))).not.toHaveProperty('refused')
    expect(type(after(claim()))(claim()).events).toEqual([])
  })

  test('another template is refused, from the claim on', () => {
    for (const events of [after(claim()), commissioned])
      expect(answer(events, claim({ template: other }))).toMatchObject({
        refused: { code: 'definition-exists', reason: expect.stringContaining('template:1.0.0') as string },
      })
    expect(type(after(claim()))({ type: 'give-up-claim', template: other, revision: 1 }).events).toEqual([])
    expect(type(after(claim()))({ type: 'confirm-claim', template: other, revision: 1 }).events).toEqual([])
  })

  test('a claim that is given up leaves things as they were', () => {
    const { state, effects } = type(after(claim()))({ type: 'give-up-claim', template, revision: 1 })
    expect(state).toEqual(definition.initial(ID))
    expect(timersSet(effects).map(({ name }) => name)).toEqual(['forget'])
    const changed = [...commissioned, ...type(commissioned)(claim({ revision: 2, definition: typeOf('a') })).events]
    expect(type(changed)({ type: 'give-up-claim', template, revision: 2 }).state).toEqual(
      type(commissioned)(admit('x')).state,
    )
    expect(type(changed)({ type: 'give-up-claim', template, revision: 1 }).events).toEqual([])
  })

  test('changed while loops are with participants, or when loops lose an element: refused', () => {
    const withLoop = [...ready, ...eventsAfter(definition, ID, ready, [[admit('a', 'b'), 9]]).slice(ready.length)]
    const deployed = eventsAfter(definition, ID, withLoop, [[permit('p'), 10]])
    const change = claim({ revision: 2, definition: typeOf('a', 'b', 'c') })
    expect(answer(deployed, change)).toMatchObject({ refused: { code: 'definition-in-use' } })
    expect(answer(deployed, { ...change, isChanged: false } as DefinitionCommand)).not.toHaveProperty('refused')
    expect(answer(withLoop, change)).not.toHaveProperty('refused')
    expect(answer(withLoop, claim({ revision: 2, definition: typeOf('a') }))).toMatchObject({
      refused: { code: 'definition-in-use', reason: expect.stringContaining('b:1.0.0') as string },
    })
    const released = eventsAfter(definition, ID, deployed, [[{ type: 'release', loop }, 11]])
    expect(answer(released, change)).not.toHaveProperty('refused')
  })
})

describe('loops', () => {
  const refusal = (events: readonly DefinitionEvent[], command: DefinitionCommand): string =>
    (told(type(events)(command).effects, 'control-loop')[0] as { refused?: string }).refused ?? ''

  test('are admitted, counted, and dismissed', () => {
    const { effects, state } = type(commissioned)(admit('a'))
    expect(effects).toEqual([
      {
        type: 'tell',
        to: { kind: 'control-loop', id: 'loop:1.0.0' },
        message: { type: 'admission-answered' },
        forwardReply: true,
      },
    ])
    expect(state.loops).toBe(1)
    const admitted = [...commissioned, ...type(commissioned)(admit('a')).events]
    expect(type(admitted)({ type: 'dismiss', loop }).state.loops).toBe(0)
    expect(type(commissioned)({ type: 'dismiss', loop }).events).toEqual([])
  })

  test('are not admitted before, after, or with elements that it has not', () => {
    expect(refusal([], admit('a'))).toContain('is not commissioned')
    expect(refusal(after(claim()), admit('a'))).toContain('is being commissioned')
    expect(refusal(commissioned, admit('a', 'x'))).toContain('no element x:1.0.0')
    const retiring = after(claim(), confirm(), { type: 'prepare-to-retire', template, revision: 2 })
    expect(refusal(retiring, admit('a'))).toContain('is being decommissioned')
    const changing = after(claim(), confirm(), claim({ revision: 2, definition: typeOf('a') }))
    expect(refusal(changing, admit('b'))).toContain('is being changed')
    expect(refusal(changing, admit('a'))).toBe('')
  })
})

describe('a loop goes to its participants', () => {
  const asked = (events: readonly DefinitionEvent[], command: DefinitionCommand) =>
    told(type(events)(command).effects, 'control-loop')[0] as unknown as { permit?: unknown; reason: string }

  test('when all of them know the definition at its present revision', () => {
    const again = [...ready, ...type(ready)(knownBy('q', 'known', 1, '', 2)).events]
    const { effects, state } = type(again)(permit('p', 'q'))
    expect(told(effects, 'control-loop')).toEqual([
      {
        type: 'permit-answered',
        permit: {
          template,
          revision: 1,
          elements: typeOf('a', 'b').elements,
          arrivals: { 'p:1.0.0': 1, 'q:1.0.0': 2 },
        },
        reason: '',
        definition: named('pmsh'),
        wish: 7,
      },
    ])
    expect(state.deployed).toBe(1)
    expect(type(commissioned)({ type: 'release', loop }).events).toEqual([])
  })

  test('and not before, which it is told with the names of those who hold it up', () => {
    const events = after(claim(), confirm(), knownBy('p'), knownBy('q', 'sent'), knownBy('r', 'refused', 1, 'too old'))
    const { permit: none, reason } = asked(events, permit('p', 'q', 'r', 's'))
    expect(none).toBeUndefined()
    expect(reason).toContain('q:1.0.0 has not acknowledged it yet')
    expect(reason).toContain('r:1.0.0 does not accept it: too old')
    expect(reason).toContain('s:1.0.0 is not registered')
    expect(reason).not.toContain('p:1.0.0')
    expect(type(events)(permit('q')).events).toEqual([])
    const many = asked(events, permit(...Array.from({ length: 500 }, (_, index) => `x${index}`)))
    expect(many.reason.length).toBeLessThan(1_000)
    expect(many.reason).toContain('490 more participants')
  })

  test('a new revision has to be known anew; its acknowledgement may come before it is confirmed', () => {
    const changing = [...ready, ...type(ready)(claim({ revision: 2 })).events]
    expect(asked(changing, permit('p')).reason).toContain('is being changed')
    const early = [...changing, ...type(changing)(knownBy('p', 'known', 2)).events]
    const confirmed = [...early, ...type(early)(confirm(2)).events]
    expect(asked(confirmed, permit('p')).permit).toMatchObject({ revision: 2 })
    expect(asked(confirmed, permit('q')).reason).toContain('q:1.0.0 has not been sent its present revision')
    expect(type(confirmed)(knownBy('p', 'sent', 1)).events).toEqual([])
  })

  test('a participant that is gone knows nothing', () => {
    const { state } = type(ready)({ type: 'participant-gone', participantId: named('p') })
    expect(Object.keys(state.knownBy)).toEqual(['q:1.0.0'])
    expect(type([])(knownBy('p')).events).toEqual([])
  })
})

describe('its template takes it away', () => {
  const prepare: DefinitionCommand = { type: 'prepare-to-retire', template, revision: 7 }

  test('while there are loops it stays; then nothing new is admitted', () => {
    const withLoop = [...commissioned, ...type(commissioned)(admit('a')).events]
    expect(answer(withLoop, prepare)).toEqual({
      type: 'retire-answered',
      definition: named('pmsh'),
      revision: 7,
      refused: { code: 'definition-in-use', reason: 'there is 1 control loop of pmsh:1.0.0: delete them first' },
    })
    expect(answer(commissioned, prepare)).not.toHaveProperty('refused')
    expect(type(commissioned)(prepare).state.presence).toBe('retiring')
  })

  test('it stays after all, or goes and is forgotten in time', () => {
    const retiring = [...commissioned, ...type(commissioned)(prepare).events]
    expect(type(retiring)(prepare).events).toEqual([])
    expect(type(retiring)({ type: 'stay', template }).state.presence).toBe('commissioned')
    expect(type(retiring)({ type: 'retire', template: other }).events).toEqual([])
    const gone = type(retiring)({ type: 'retire', template }, 1_000)
    expect(gone.state).toEqual(definition.initial(ID))
    expect(timersSet(gone.effects)).toEqual([{ name: 'forget', dueMs: 11_000 }])
    const events = [...retiring, ...gone.events]
    expect(type(events)({ type: 'forget' }).effects).toEqual([{ type: 'forget' }])
    const anew = type(events)(claim({ template: other }))
    expect(anew.effects).toContainEqual({ type: 'cancel-timer', name: 'forget' })
    expect(type([...events, ...anew.events])({ type: 'forget' }).effects).toEqual([])
  })

  test('what it does not have has nothing against it', () => {
    expect(answer([], prepare)).not.toHaveProperty('refused')
    expect(type(commissioned)({ type: 'stay', template }).events).toEqual([])
    expect(type(commissioned)({ type: 'retire', template }).events).toEqual([])
  })
})

test('what loops and participants do moves no list', () => {
  const before = definition.fields?.(type(commissioned)(admit('x')).state)
  expect(before).toEqual({
    id: ID,
    name: 'pmsh',
    version: '1.0.0',
    template: 'template:1.0.0',
    presence: 'commissioned',
    revision: '1',
  })
  const busy = eventsAfter(definition, ID, ready, [
    [admit('a'), 10],
    [permit('p'), 11],
  ])
  expect(definition.fields?.(type(busy)(admit('x')).state)).toEqual(before)
})
