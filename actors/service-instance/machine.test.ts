import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { eventsAfter, given, timersSet, told } from '../assembly/testing/given.ts'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import { serviceInstanceEntity } from './entity.ts'
import type { Load, Registration, ServiceInstanceCommand, ServiceInstanceEvent } from './protocol.ts'

const definition = serviceInstanceEntity({
  ...DEFAULT_ACTORS_CONFIG,
  missedHeartbeatsMax: 3,
  instanceRetentionMs: 10_000,
})
const ID = 'worker@node-1'
const instance = (events: readonly ServiceInstanceEvent[]) => given(definition, ID, events)
const after = (...said: readonly (readonly [ServiceInstanceCommand, number])[]): ServiceInstanceEvent[] =>
  eventsAfter(definition, ID, [], said)

const registration: Registration = {
  incarnation: 'one',
  version: '1.0.0',
  protocols: [1, 2],
  host: 'here',
  pid: 7,
  startedAtMs: 0,
  heartbeatMs: 100,
  runs: {},
}
const load: Load = {
  shards: [0, 3],
  entitiesInMemory: 5,
  messagesPerSecond: 2.5,
  inFlight: 0,
  eventLoopDelayMs: 1,
  rssBytes: 1e8,
  cpuFraction: 0.1,
}
const register = (changes: Partial<Registration> = {}): ServiceInstanceCommand => ({
  type: 'register',
  registration: { ...registration, ...changes },
})
const beat = (isReady = true, incarnation = 'one'): ServiceInstanceCommand => ({
  type: 'heartbeat',
  incarnation,
  isReady,
  load,
  configurationVersion: 4,
  configurationProblem: '',
})
const check: ServiceInstanceCommand = { type: 'check-silence' }
const running = after([register(), 10], [beat(), 110])
const silent = [...running, ...instance(running)(check, 410).events]

describe('while it is heard', () => {
  test('it registers, and its service answers', () => {
    const outcome = instance([])(register(), 10)
    expect(told(outcome.effects, 'service')).toEqual([{ type: 'instance-seen' }])
    expect(timersSet(outcome.effects)).toEqual([{ name: 'silence', dueMs: 310 }])
    expect(outcome.state).toMatchObject({ service: 'worker', node: 'node-1', state: 'NotReady', lastSeenMs: 10 })
  })

  test('a heartbeat says how it is, sets no timer, and moves no list', () => {
    const ready = instance(after([register(), 10]))(beat(), 110)
    expect(ready.effects).toEqual([
      { type: 'tell', to: { kind: 'service', id: 'worker' }, message: { type: 'instance-seen' }, forwardReply: true },
    ])
    expect(ready.state).toMatchObject({ state: 'Ready', sinceMs: 110, load, configurationVersion: 4 })
    const again = instance(running)(beat(), 210).state
    expect(again).toMatchObject({ state: 'Ready', sinceMs: 110, lastSeenMs: 210 })
    expect(definition.fields?.(again)).toEqual(definition.fields?.(ready.state))
    expect(instance(running)(beat(false), 210).state).toMatchObject({ state: 'NotReady', sinceMs: 210 })
  })

  test('a check looks when the latest heartbeat was, and comes again', () => {
    const outcome = instance(running)(check, 310)
    expect([outcome.events, timersSet(outcome.effects)]).toEqual([[], [{ name: 'silence', dueMs: 410 }]])
  })
})

describe('silence', () => {
  test('after three missed heartbeats it is Silent; after long it is forgotten', () => {
    const outcome = instance(running)(check, 410)
    expect(outcome.state).toMatchObject({ state: 'Silent', sinceMs: 410, load })
    expect(timersSet(outcome.effects)).toEqual([{ name: 'retention', dueMs: 10_410 }])
    expect(instance(silent)({ type: 'retention-over' }, 10_409).events).toEqual([])
    const forgotten = instance(silent)({ type: 'retention-over' }, 10_410)
    expect(forgotten.effects).toEqual([{ type: 'forget' }])
    expect(definition.fields?.(forgotten.state)).toBeNull()
  })

  test('heard again, it is back, and watched again', () => {
    const outcome = instance(silent)(beat(), 900)
    expect(outcome.events.map(({ type }) => type)).toEqual(['came-back', 'heartbeat'])
    expect(outcome.state).toMatchObject({ state: 'Ready', sinceMs: 900 })
    expect(outcome.effects).toContainEqual({ type: 'cancel-timer', name: 'retention' })
    expect(timersSet(outcome.effects)).toEqual([{ name: 'silence', dueMs: 1_200 }])
    const back = [...silent, ...outcome.events]
    expect(instance(back)({ type: 'retention-over' }, 20_000).events).toEqual([])
  })
})

describe('processes of the same name', () => {
  test('a restarted one takes the place, without the load of the one before', () => {
    const outcome = instance(running)(register({ incarnation: 'two', startedAtMs: 150 }), 200)
    expect(outcome.state).toMatchObject({ state: 'NotReady', sinceMs: 200, load: null, configurationVersion: 0 })
    const events = [...running, ...outcome.events]
    // The one before was only frozen.
    expect(instance(events)(beat(), 210).reject?.code).toBe('instance-superseded')
    expect(instance(events)(register(), 210).reject?.code).toBe('instance-superseded')
    expect(instance(events)({ type: 'deregister', incarnation: 'one' }, 210).events).toEqual([])
    expect(instance(events)(beat(true, 'two'), 210).reject).toBeUndefined()
  })

  test('one that lives on while its successor is gone may come back', () => {
    const two = register({ incarnation: 'two', startedAtMs: 150 })
    const events = eventsAfter(definition, ID, running, [[two, 200]])
    const gone = [...events, ...instance(events)({ type: 'deregister', incarnation: 'two' }, 300).events]
    expect(instance(gone)(beat(), 310).reject?.code).toBe('instance-not-registered')
    expect(instance(gone)(register(), 320).state).toMatchObject({ state: 'NotReady', registration })
  })
})

test('a stopped one is shown for a while, whatever still comes of it', () => {
  const outcome = instance(running)({ type: 'deregister', incarnation: 'one' }, 200)
  expect(outcome.state).toMatchObject({ state: 'Stopped', sinceMs: 200 })
  expect(timersSet(outcome.effects)).toEqual([{ name: 'retention', dueMs: 10_200 }])
  const stopped = [...running, ...outcome.events]
  expect(instance(stopped)({ type: 'deregister', incarnation: 'one' }, 300).events).toEqual([])
  expect(instance(stopped)(beat(), 300).reject?.code).toBe('instance-not-registered')
  expect(instance(stopped)(check, 900)).toMatchObject({ events: [], effects: [] })
})

test('what never registered, or has no name to go by, is refused', () => {
  expect(instance([])(beat()).reject?.code).toBe('instance-not-registered')
  for (const id of ['worker', '@node', 'worker@', 'Worker@node', 'worker@a b', 'constructor'])
    expect(given(definition, id)(register()).reject?.code).toBe('invalid-instance-name')
})

test('whatever is heard and when, an instance that is not silent has a timer that will tell', () => {
  const said = fc.tuple(
    fc.constantFrom(
      register(),
      register({ incarnation: 'two', startedAtMs: 500 }),
      beat(),
      beat(true, 'two'),
      check,
      { type: 'deregister', incarnation: 'one' } as const,
      { type: 'retention-over' } as const,
    ),
    fc.nat(400),
  )
  fc.assert(
    fc.property(fc.array(said, { maxLength: 30 }), (saying) => {
      let events: ServiceInstanceEvent[] = []
      let atMs = 1
      const timers = new Map<string, number>()
      for (const [command, laterMs] of saying) {
        atMs += laterMs
        // As the runtime would: timers fire when they are due, and only then.
        const name = command.type === 'check-silence' ? 'silence' : command.type === 'retention-over' ? 'retention' : ''
        if (name !== '' && (timers.get(name) ?? Infinity) > atMs) continue
        timers.delete(name)
        const outcome = instance(events)(command, atMs)
        for (const effect of outcome.effects) {
          if (effect.type === 'set-timer') timers.set(effect.name, effect.dueMs)
          if (effect.type === 'cancel-timer') timers.delete(effect.name)
          if (effect.type === 'forget') timers.clear()
        }
        events = [...events, ...outcome.events]
        const { state, registration: known, lastSeenMs } = outcome.state
        if (!known) expect([...timers.keys()]).toEqual([])
        else if (state === 'Silent' || state === 'Stopped') expect([...timers.keys()]).toEqual(['retention'])
        else {
          expect([...timers.keys()]).toEqual(['silence'])
          expect(timers.get('silence')).toBeLessThanOrEqual(lastSeenMs + 300)
        }
      }
    }),
    { numRuns: 300 },
  )
})
