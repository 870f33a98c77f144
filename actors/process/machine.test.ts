import { describe, expect, test } from 'vitest'
import { eventsAfter, given, timersSet, told } from '../assembly/testing/given.ts'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import type { Intent } from '../model/intent.ts'
import type { Plan, Task } from '../model/plan.ts'
import { processEntity } from './entity.ts'
import type { ProcessCommand, ProcessEvent } from './protocol.ts'

const definition = processEntity(DEFAULT_ACTORS_CONFIG)
const process = (events: readonly ProcessEvent[] = []) => given(definition, 'p1', events)
const after = (...said: readonly (readonly [ProcessCommand, number])[]) => eventsAfter(definition, 'p1', [], said)

const call = {
  drivers: {},
  deploymentLocation: { value: 'here' },
  resourceManager: { value: 'brent' },
  resourceProperties: { peer: { parts: ['at ', { instance: 'asm__A', property: 'ip' }] } },
  requestProperties: {},
}
const transition = (instance: string, name: string, ...following: string[]): Task => ({
  id: `${instance}.${name}`,
  type: 'transition',
  instance,
  transition: name,
  from: null,
  to: 'Created',
  onFailure: 'Failed',
  call,
  after: following.map((task) => ({ task, reason: 'property' })),
})
const resource = (name: string): Plan['creates'][number] => ({
  name,
  id: `id-of-${name}`,
  kind: 'resource',
  type: 'resource::x::1.0',
  parent: 'asm',
  component: name,
  properties: {},
})
const tasks: Task[] = [
  transition('asm__A', 'Create'),
  transition('asm__B', 'Create'),
  { id: 'stage', type: 'stage', stage: 'Install', after: [{ task: 'asm__A.Create', reason: 'stage' }] },
  transition('asm__C', 'Create', 'stage'),
  {
    id: 'rel',
    type: 'relationship',
    relationship: 'asm__rel__1',
    to: 'Created',
    properties: { ip: { parts: [{ instance: 'asm__A', property: 'ip' }] } },
    after: [{ task: 'asm__C.Create', reason: 'relationship', note: 'both are there' }],
  },
]
const plan: Plan = {
  tasks,
  creates: ['asm__A', 'asm__B', 'asm__C'].map(resource),
  createsRelationships: [],
  removes: [],
  removesRelationships: [],
  updates: {},
}
const asm = { name: 'asm', id: 'id-of-asm', type: 'assembly::x::1.0' }
const creation: Intent = {
  type: 'CreateAssembly',
  assemblyName: 'asm',
  descriptorName: asm.type,
  intendedState: 'Active',
  properties: {},
}
const start = (changes: { intent?: Intent; plan?: Plan } = {}): ProcessCommand => ({
  type: 'start',
  assembly: asm,
  root: asm,
  intent: creation,
  plan,
  previous: null,
  requestedBy: 'api',
  ...changes,
})
const ended = (instance: string, code?: string): ProcessCommand => ({
  type: 'task-ended',
  outcome: {
    processId: 'p1',
    taskId: `${instance}.Create`,
    state: code ? 'Failed' : 'Created',
    attempt: 1,
    ...(code ? { error: { code, description: 'why' } } : {}),
  },
  properties: { ip: '10.0.0.1' },
})

describe('a plan', () => {
  test('begins with everything that is ready, at once', () => {
    const outcome = process()(start(), 5)
    expect(outcome.reply).toEqual({ processId: 'p1', assemblyId: asm.id, assemblyName: 'asm', repeated: false })
    expect(told(outcome.effects, 'resource')).toMatchObject([
      { type: 'perform', order: { taskId: 'asm__A.Create', call: { resourceProperties: {} } } },
      { type: 'perform', order: { taskId: 'asm__B.Create' } },
    ])
    expect(timersSet(outcome.effects)).toEqual([{ name: 'watch', dueMs: 5 + DEFAULT_ACTORS_CONFIG.watchIntervalMs }])
  })

  test('goes on with what has become ready, with the values of that moment; its own tasks are done in place', () => {
    const outcome = process(after([start(), 5]))(ended('asm__A'), 10)
    expect(outcome.events.map(({ type }) => type)).toEqual(['task-ended', 'task-ended', 'task-started'])
    expect(told(outcome.effects, 'resource')).toMatchObject([
      { order: { taskId: 'asm__C.Create', call: { resourceProperties: { peer: 'at 10.0.0.1' } } } },
    ])
    const last = process(after([start(), 5], [ended('asm__A'), 10], [ended('asm__B'), 10]))(ended('asm__C'), 20)
    expect(told(last.effects, 'assembly')).toEqual([
      {
        type: 'relationship-changed',
        processId: 'p1',
        relationship: 'asm__rel__1',
        state: 'Created',
        properties: { ip: '10.0.0.1' },
      },
      { type: 'process-ended', processId: 'p1', status: 'Completed', reason: '' },
    ])
    expect(last.effects).toContainEqual({ type: 'cancel-timer', name: 'watch' })
  })

  test('says what each task waits for', () => {
    const { state } = process(after([start(), 5]))(ended('asm__B'), 10)
    expect(definition.waiting?.(state)).toEqual([
      { for: 'Create of asm__A (attempt 1)', kind: 'task', on: 'resource/id-of-asm__A', sinceMs: 5 },
      { for: 'stage Install waits (stage)', kind: 'dependency', on: 'asm__A.Create' },
      { for: 'Create of asm__C waits (property)', kind: 'dependency', on: 'stage' },
      {
        for: 'Create of asm__rel__1 waits (relationship: both are there)',
        kind: 'dependency',
        on: 'asm__C.Create',
      },
    ])
  })

  test('that is empty is done at once', () => {
    const outcome = process()(start({ plan: { ...plan, tasks: [] } }))
    expect(outcome.state.status).toBe('Completed')
  })

  test('that can’t go on, or names what isn’t there, fails instead of waiting for good', () => {
    const circle = [transition('asm__A', 'Create', 'asm__B.Create'), transition('asm__B', 'Create', 'asm__A.Create')]
    expect(process()(start({ plan: { ...plan, tasks: circle } })).state.status).toBe('Failed')
    const unknown = process()(start({ plan: { ...plan, creates: [] } })).state
    expect([unknown.status, unknown.statusReason]).toEqual([
      'Failed',
      'asm__A.Create failed: there is no resource asm__A',
    ])
  })
})

describe('a failure', () => {
  test('begins nothing new, waits for what runs, and tells the first reason', () => {
    const first = process(after([start(), 5]))(ended('asm__A', 'INTERNAL_ERROR'), 10)
    expect(first.state).toMatchObject({ status: 'In Progress', phase: 'draining' })
    const last = process(after([start(), 5], [ended('asm__A', 'INTERNAL_ERROR'), 10]))(ended('asm__B', 'UNKNOWN'), 20)
    expect(last.state).toMatchObject({
      status: 'Failed',
      statusReason: 'Create of asm__A failed: INTERNAL_ERROR: why',
      tasks: { 'asm__C.Create': { status: 'Skipped' }, 'asm__B.Create': { status: 'Failed' } },
    })
    expect(told(last.effects, 'assembly')).toMatchObject([{ type: 'process-ended', status: 'Failed' }])
  })

  test('told again, or of another process, changes nothing', () => {
    const events = after([start(), 5], [ended('asm__A'), 10])
    expect(process(events)(ended('asm__A', 'UNKNOWN'), 11)).toMatchObject({ events: [], effects: [] })
    const foreign = ended('asm__B')
    if (foreign.type !== 'task-ended') throw new Error('not what is tested')
    const outcome = { ...foreign.outcome, processId: 'p2' }
    expect(process(events)({ ...foreign, outcome }, 11).events).toEqual([])
  })
})

describe('a heal of what is gone', () => {
  const intent: Intent = { type: 'HealAssembly', assemblyName: 'asm', brokenComponent: 'asm__A' }
  const gone = [
    [start({ intent }), 5],
    [ended('asm__A', 'RESOURCE_NOT_FOUND'), 10],
  ] as const

  test('asks for a fuller one when what runs has ended, and asks again', () => {
    expect(process(after(gone[0]))(gone[1][0], 10).state.phase).toBe('drained-for-heal')
    const asked = { type: 'request-fuller-heal', processId: 'p1', brokenComponent: 'asm__A' }
    const drained = process(after(...gone))(ended('asm__B'), 20)
    expect(told(drained.effects, 'assembly')).toEqual([asked])
    const watched = process(after(...gone, [ended('asm__B'), 20]))({ type: 'watch' }, 30)
    expect(told(watched.effects, 'assembly')).toEqual([asked])
  })

  const asking = after(...gone, [ended('asm__B'), 20])
  const fuller: Plan = { ...plan, creates: [], tasks: [{ ...transition('asm__A', 'Create'), id: 'fuller:A' }] }

  test('goes on with it; what was left of the first plan is skipped', () => {
    const outcome = process(asking)({ type: 'extend-plan', plan: fuller }, 30)
    expect(told(outcome.effects, 'resource')).toMatchObject([{ order: { taskId: 'fuller:A' } }])
    expect(outcome.state).toMatchObject({ statusReason: '', tasks: { 'asm__C.Create': { status: 'Skipped' } } })
    expect(process([...asking, ...outcome.events])({ type: 'extend-plan', plan: fuller }, 31).events).toEqual([])
  })

  test('fails with both reasons if there is none', () => {
    expect(process(asking)({ type: 'refuse-extension', reason: 'no way' }, 30).state).toMatchObject({
      status: 'Failed',
      statusReason: 'Create of asm__A failed: RESOURCE_NOT_FOUND: why; nor can it be healed by making it anew: no way',
    })
  })
})

describe('what people and time do to it', () => {
  test('cancelled, it lets what runs end', () => {
    const events = after([start(), 5], [{ type: 'cancel' }, 6], [ended('asm__A'), 10])
    const outcome = process(events)(ended('asm__B'), 20)
    expect(outcome.state).toMatchObject({ status: 'Cancelled', tasks: { 'asm__C.Create': { status: 'Skipped' } } })
    expect(process([...events, ...outcome.events])({ type: 'cancel' }).reject).toMatchObject({ code: 'process-ended' })
    expect(process()({ type: 'cancel' }).reject?.code).toBe('process-not-found')
  })

  test('the watch asks the owners of what runs again', () => {
    const outcome = process(after([start(), 5], [ended('asm__B'), 10]))({ type: 'watch' }, 20)
    expect(outcome.events).toEqual([])
    expect(told(outcome.effects, 'resource')).toMatchObject([{ order: { taskId: 'asm__A.Create' } }])
    expect(timersSet(outcome.effects)).toHaveLength(1)
  })

  test('an id that was used before does nothing again, and sets the assembly free', () => {
    const done = after([start({ plan: { ...plan, tasks: [] } }), 5])
    const outcome = process(done)(start(), 20)
    expect([outcome.events, outcome.reply]).toMatchObject([[], { repeated: true }])
    expect(told(outcome.effects, 'assembly')).toMatchObject([{ type: 'process-ended', status: 'Cancelled' }])
    expect(process(done)({ type: 'forget' }).effects).toEqual([{ type: 'forget' }])
  })
})
