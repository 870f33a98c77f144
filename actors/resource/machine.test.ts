import { describe, expect, test } from 'vitest'
import { DRIVER_REQUESTS_TOPIC, type DriverReport, type DriverRequest } from '../../drivers/protocol.ts'
import { eventsAfter, given, published, timersSet, told } from '../assembly/testing/given.ts'
import type { Effect } from '../../runtime/entity.ts'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import { resourceEntity } from './entity.ts'
import type { ResourceCommand, ResourceEvent, ResourceTraits, TaskOrder } from './protocol.ts'
import { NO_TRAITS } from './evolution.ts'

const definition = resourceEntity(DEFAULT_ACTORS_CONFIG)
const resource = (events: readonly ResourceEvent[] = []) => given(definition, 'r1', events)

const identity = { name: 'asm__A', kind: 'resource', type: 'resource::a::1.0', rootName: 'asm', rootId: 'id' } as const
const order: TaskOrder = {
  processId: 'p1',
  taskId: 'A.Create',
  kind: 'transition',
  name: 'Create',
  from: null,
  to: 'Created',
  onFailure: 'Failed',
  call: {
    drivers: { sim: ['*'] },
    deploymentLocation: 'here',
    resourceManager: 'brent',
    resourceProperties: { size: '1' },
    requestProperties: {},
  },
  absenceIsSuccess: false,
  timeoutMs: 1_000,
  sendsMax: 2,
  attemptsMax: 2,
  backoffFirstMs: 100,
  backoffMaxMs: 1_000,
}
const perform = (changes: Partial<TaskOrder> = {}): ResourceCommand => ({
  type: 'perform',
  identity,
  order: { ...order, ...changes },
})
const traits: ResourceTraits = {
  ...NO_TRAITS,
  readOnly: ['ip'],
  private: ['secret'],
  metrics: { alive: 'integrity', load: 'load' },
  heal: [{ metric: 'alive', smoothing: 3, periodMs: 0 }],
  watchers: { load: ['asm~size'] },
}
const defined: ResourceEvent = { type: 'defined', atMs: 0, identity, traits }

const after = (...said: readonly (readonly [command: ResourceCommand, atMs: number])[]): ResourceEvent[] =>
  eventsAfter(definition, 'r1', [defined], said)

const requestId = (attempt = 1): string => `r1:p1:A.Create:${attempt}`
const report = (changes: Partial<DriverReport> = {}): ResourceCommand => ({
  type: 'driver-reported',
  report: {
    requestId: requestId(),
    resourceId: 'r1',
    status: 'COMPLETE',
    outputs: {},
    associatedTopology: {},
    ...changes,
  },
})
const failed = (code: 'INTERNAL_ERROR' | 'RESOURCE_NOT_FOUND' | 'RESOURCE_ALREADY_EXISTS', attempt = 1) =>
  report({ requestId: requestId(attempt), status: 'FAILED', failure: { code, description: 'why' } })

const requests = ({ effects }: { readonly effects: readonly Effect[] }) =>
  published(effects, DRIVER_REQUESTS_TOPIC) as readonly DriverRequest[]
const started = after([perform(), 10])

describe('a task', () => {
  test('asks a driver, and waits with a timer', () => {
    const outcome = resource([defined])(perform(), 10)
    expect(outcome.events.map(({ type }) => type)).toEqual(['task-taken', 'request-sent'])
    expect(requests(outcome)).toMatchObject([
      { requestId: requestId(), transition: 'Create', resourceProperties: { size: '1' }, deadlineMs: 1_010 },
    ])
    expect(timersSet(outcome.effects)).toEqual([{ name: 'task', dueMs: 1_010 }])
    expect(definition.waiting?.(outcome.state)).toMatchObject([
      { kind: 'driver', on: requestId(), sinceMs: 10, next: { what: 'the same request is sent again', atMs: 1_010 } },
    ])
  })

  test('that is asked for again changes nothing; once it has ended, the process is told again', () => {
    expect(resource(started)(perform(), 20)).toMatchObject({ events: [], effects: [] })
    const again = resource(after([perform(), 10], [report(), 20]))(perform(), 30)
    expect(again.events).toEqual([])
    expect(told(again.effects, 'process')).toMatchObject([
      { type: 'task-ended', outcome: { taskId: 'A.Create', state: 'Created' } },
    ])
  })

  test('without a call only changes the state', () => {
    const { call: _, ...without } = order
    const outcome = resource([defined])({ type: 'perform', identity, order: without }, 10)
    expect(requests(outcome)).toEqual([])
    expect(outcome.state).toMatchObject({ state: 'Created', task: null })
    expect(told(outcome.effects, 'assembly')).toMatchObject([{ type: 'instance-changed', state: 'Created' }])
  })

  test('comes one at a time, and from the right state', () => {
    const busy = resource(started)(perform({ processId: 'p2' }), 20)
    expect([busy.events, told(busy.effects, 'process')]).toMatchObject([
      [],
      [{ outcome: { error: { code: 'RESOURCE_BUSY' } } }],
    ])
    const wrong = resource([defined])(perform({ from: 'Created' }), 20)
    expect([wrong.events, told(wrong.effects, 'process')]).toMatchObject([
      [],
      [{ outcome: { error: { code: 'WRONG_STATE' } } }],
    ])
  })
})

describe('an answer', () => {
  test('that it is done: the assembly hears of it before the process, and outputs are kept', () => {
    const answer = report({
      outputs: { ip: '10.0.0.1', token: 'x' },
      associatedTopology: { Stack: { id: 's' }, Old: null },
    })
    const outcome = resource(started)(answer, 50)
    const tells = outcome.effects.flatMap((effect) => (effect.type === 'tell' ? [effect.to.kind] : []))
    expect(tells).toEqual(['assembly', 'process'])
    expect(told(outcome.effects, 'process')).toMatchObject([{ properties: { ip: '10.0.0.1' } }])
    expect(outcome.state).toMatchObject({
      state: 'Created',
      task: null,
      outputs: { ip: '10.0.0.1', token: 'x' },
      associatedTopology: { Stack: { id: 's' } },
    })
    const next = resource(after([perform(), 10], [answer, 50]))(
      perform({ taskId: 'A.Install', from: 'Created', to: 'Installed' }),
      60,
    )
    expect(requests(next)).toMatchObject([
      { resourceProperties: { size: '1', ip: '10.0.0.1', token: 'x' }, associatedTopology: { Stack: { id: 's' } } },
    ])
  })

  test('that is late, repeated or about something else changes nothing', () => {
    for (const events of [
      [defined],
      after([perform(), 10], [report(), 20]),
      after([perform(), 10], [failed('INTERNAL_ERROR'), 20]),
    ])
      expect(resource(events)(report(), 30)).toMatchObject({ events: [], effects: [] })
    expect(resource(started)(report({ requestId: 'other' }), 30)).toMatchObject({ events: [], effects: [] })
  })

  test('that it has failed leads to another attempt, with an id of its own, after a while', () => {
    const outcome = resource(started)(failed('INTERNAL_ERROR'), 50)
    expect(outcome.events).toMatchObject([{ type: 'attempt-failed', attempt: 1, error: { code: 'INTERNAL_ERROR' } }])
    const [timer] = timersSet(outcome.effects)
    expect(timer?.dueMs).toBeGreaterThanOrEqual(50 + 75)
    expect(timer?.dueMs).toBeLessThanOrEqual(50 + 125)
    expect(told(outcome.effects, 'process')).toMatchObject([
      { type: 'task-attempted', attempt: 1, nextAtMs: timer?.dueMs },
    ])
    const dueMs = timer?.dueMs ?? 0
    const due: ResourceCommand = { type: 'task-due', requestId: requestId() }
    const retry = resource(after([perform(), 10], [failed('INTERNAL_ERROR'), 50]))(due, dueMs)
    expect(requests(retry)).toMatchObject([{ requestId: requestId(2) }])
    const last = resource(after([perform(), 10], [failed('INTERNAL_ERROR'), 50], [due, dueMs]))(
      failed('INTERNAL_ERROR', 2),
      400,
    )
    expect(last.events).toMatchObject([
      {
        type: 'task-ended',
        outcome: { state: 'Failed', attempt: 2, error: { code: 'INTERNAL_ERROR', description: 'why' } },
      },
    ])
  })

  test.each(['RESOURCE_NOT_FOUND', 'RESOURCE_ALREADY_EXISTS'] as const)('%s ends the task at once', (code) => {
    const outcome = resource(started)(failed(code), 50)
    expect(told(outcome.effects, 'process')).toMatchObject([
      { type: 'task-ended', outcome: { state: 'Failed', error: { code } } },
    ])
  })

  test('that there is nothing is as good as success where it is to go', () => {
    const outcome = resource(after([perform({ absenceIsSuccess: true }), 10]))(failed('RESOURCE_NOT_FOUND'), 50)
    expect(outcome.events).toMatchObject([{ type: 'task-ended', outcome: { state: 'Created' } }])
  })

  test('that it is being worked on moves the deadline', () => {
    const outcome = resource(started)(report({ status: 'IN_PROGRESS' }), 500)
    expect(timersSet(outcome.effects)).toEqual([{ name: 'task', dueMs: 1_500 }])
  })
})

describe('silence', () => {
  const due: ResourceCommand = { type: 'task-due', requestId: requestId() }

  test('makes it send the same request again, and then give up', () => {
    const again = resource(started)(due, 1_010)
    expect(requests(again)).toMatchObject([{ requestId: requestId(), deadlineMs: 2_010 }])
    const givenUp = resource(after([perform(), 10], [due, 1_010]))(due, 2_010)
    expect(givenUp.events).toMatchObject([
      { type: 'task-ended', outcome: { state: 'Failed', error: { code: 'NO_ANSWER' } } },
    ])
  })

  test('that was broken before the timer came isn’t silence', () => {
    expect(resource(started)(due, 1_009).events).toEqual([])
    expect(resource(after([perform(), 10], [report(), 20]))(due, 1_010).events).toEqual([])
  })
})

describe('what concerns policies', () => {
  test('metrics are handed on, and leave no trace', () => {
    const alive: ResourceCommand = {
      type: 'metric-reported',
      metric: { kind: 'integrity', metricName: 'alive', value: 'BROKEN' },
    }
    const integrity = resource([defined])(alive)
    expect([integrity.events, told(integrity.effects, 'heal-policy')]).toEqual([
      [],
      [{ type: 'metric', metric: 'alive', value: 'BROKEN' }],
    ])
    const load = resource([defined])({
      type: 'metric-reported',
      metric: { kind: 'load', metricName: 'load', value: 7 },
    })
    expect(told(load.effects, 'scale-policy')).toEqual([{ type: 'load', value: 7 }])
    const unknown = resource([defined])({
      type: 'metric-reported',
      metric: { kind: 'load', metricName: 'x', value: 7 },
    })
    expect(unknown.reject).toMatchObject({ code: 'unknown-metric', details: { metrics: { alive: 'integrity' } } })
    expect(resource()(alive).reject?.code).toBe('resource-not-found')
  })

  test('its heal policy knows whether it is Active', () => {
    const { call: _, ...without } = order
    const up: ResourceCommand = { type: 'perform', identity, order: { ...without, to: 'Active' } }
    expect(told(resource([defined])(up).effects, 'heal-policy')).toEqual([{ type: 'activated' }])
    const mark = { taskId: 'b', kind: 'mark-broken', from: 'Active', to: 'Broken' } as const
    const outcome = resource(after([up, 10]))({ type: 'perform', identity, order: { ...without, ...mark } })
    expect(outcome.state.state).toBe('Broken')
    expect(told(outcome.effects, 'heal-policy')).toEqual([{ type: 'deactivated' }])
  })
})

test('when it is released it is forgotten, long after', () => {
  const outcome = resource([defined])({ type: 'release' }, 100)
  expect(timersSet(outcome.effects)).toEqual([
    { name: 'forget', dueMs: 100 + DEFAULT_ACTORS_CONFIG.removedRetentionMs },
  ])
  const events = [defined, ...outcome.events]
  expect(resource(events)({ type: 'forget' }).effects).toEqual([{ type: 'forget' }])
  expect(resource([...events, defined])({ type: 'forget' }).effects).toEqual([])
})
