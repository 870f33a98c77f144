/** What an assembly decides by itself; together with the others it is in `life.test.ts` and `faults.test.ts`. */
import { describe, expect, test } from 'vitest'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import type { Intent } from '../model/intent.ts'
import { assemblyEntity } from './entity.ts'
import { initial } from './evolution.ts'
import { previewIntent } from './planning.ts'
import type { AssemblyCommand, AssemblyEvent } from './protocol.ts'
import { eventsAfter, given, timersSet, told } from './testing/given.ts'
import { serviceDescriptors } from './testing/service.ts'

const definition = assemblyEntity(DEFAULT_ACTORS_CONFIG)
const assembly = (events: readonly AssemblyEvent[] = [], name = 'asm') => given(definition, name, events)

const intent: Intent = {
  type: 'CreateAssembly',
  assemblyName: 'asm',
  descriptorName: 'assembly::service::1.0',
  intendedState: 'Active',
  properties: {},
}
const order: AssemblyCommand = { type: 'request-intent', processId: 'p1', intent, descriptors: serviceDescriptors() }
const accepted = eventsAfter(definition, 'asm', [], [[order, 10]])
const { state } = assembly(accepted)({ type: 'forget' }, 20)
const net = state.topology.instances['asm__net']

test('an order starts its process, whose reply is the answer, and all that comes into being is told who it is', () => {
  const outcome = assembly()(order, 10)
  expect(outcome.events).toMatchObject([{ type: 'intent-accepted', processId: 'p1' }])
  expect(outcome.effects[0]).toMatchObject({
    type: 'tell',
    to: { kind: 'process', id: 'p1' },
    message: { type: 'start', root: { name: 'asm', id: state.id }, previous: null },
    forwardReply: true,
    trace: 'p1',
  })
  expect(told(outcome.effects, 'resource').map(({ type }) => type)).toEqual(['define', 'define', 'define'])
  expect(told(outcome.effects, 'assembly')).toMatchObject([{ type: 'observe', state: null }])
  expect(told(outcome.effects, 'scale-policy')).toMatchObject([
    { type: 'put', rule: { scaleOutThreshold: 80, scaleInThreshold: 10, smoothing: 2, clusterName: 'pool' } },
    { type: 'suspend', processId: 'p1' },
  ])
})

test('a preview is the plan that the order would get, and changes nothing', () => {
  const preview = previewIntent(
    initial('asm'),
    { intent, descriptors: serviceDescriptors() },
    () => 'x',
    DEFAULT_ACTORS_CONFIG,
  )
  const start = assembly()(order).effects[0]
  const planned =
    start?.type === 'tell' && 'plan' in start.message ? (start.message.plan as { tasks: unknown }) : undefined
  expect(preview.plan?.tasks).toEqual(planned?.tasks)
  const tooLarge = previewIntent(initial('asm'), { intent, descriptors: serviceDescriptors() }, () => 'x', {
    planTasksMax: 3,
  })
  expect(tooLarge.rejection?.code).toBe('plan-too-large')
  expect(previewIntent(initial('asm'), { intent }, () => 'x', DEFAULT_ACTORS_CONFIG).rejection?.code).toBe(
    'descriptor-not-found',
  )
})

test('a policy isn’t answered with a refusal, but told of it', () => {
  const outcome = assembly(accepted)({
    type: 'request-intent',
    processId: 'p2',
    intent: { type: 'DeleteAssembly', assemblyName: 'asm' },
    policy: { kind: 'heal-policy', id: 'r' },
  })
  expect(outcome.reject).toBeUndefined()
  expect(told(outcome.effects, 'heal-policy')).toMatchObject([
    { type: 'order-refused', processId: 'p2', code: 'process-running' },
  ])
})

test('a nested assembly hands orders on to the root', () => {
  const scale: AssemblyCommand = {
    type: 'request-intent',
    processId: 'p2',
    intent: { type: 'ScaleOutAssembly', assemblyName: 'asm__edge', clusterName: 'x' },
  }
  expect(assembly([], 'asm__edge')(scale).effects).toMatchObject([
    { to: { id: 'asm' }, message: scale, forwardReply: true },
  ])
})

describe('what resources report', () => {
  const changed = (changes: Partial<Extract<AssemblyCommand, { type: 'instance-changed' }>> = {}): AssemblyCommand => ({
    type: 'instance-changed',
    instance: 'asm__net',
    id: net?.id ?? '',
    state: 'Created',
    properties: { cidr: '10.0.0.0/8' },
    ...changes,
  })

  test('is the topology; told again, or by what it isn’t any more, it changes nothing', () => {
    const outcome = assembly(accepted)(changed(), 20)
    expect(outcome.state.topology.instances['asm__net']).toMatchObject({ state: 'Created', lastModifiedAtMs: 20 })
    expect(assembly([...accepted, ...outcome.events])(changed(), 30).events).toEqual([])
    expect(assembly(accepted)(changed({ id: 'earlier' }), 20).events).toEqual([])
    expect(assembly(accepted)(changed({ instance: 'constructor' }), 20).events).toEqual([])
  })

  test('is what the assemblies above it show', () => {
    const outcome = assembly(accepted)(changed({ state: 'Failed' }), 20)
    expect(outcome.events).toMatchObject([
      { type: 'instance-changed' },
      { type: 'assembly-state-changed', assembly: 'asm', from: null, to: 'Failed' },
    ])
  })
})

describe('the end of its process', () => {
  const end = (status: 'Completed' | 'Failed'): AssemblyCommand => ({
    type: 'process-ended',
    processId: 'p1',
    status,
    reason: '',
  })

  test('sets it free; another process has no say', () => {
    const outcome = assembly(accepted)(end('Failed'), 20)
    expect(outcome.state).toMatchObject({ process: null, presence: 'present', lastTransition: { status: 'Failed' } })
    expect(told(outcome.effects, 'scale-policy').map(({ type }) => type)).toEqual(['put', 'resume'])
    const foreign = assembly(accepted)({ ...end('Failed'), processId: 'p0' } as AssemblyCommand, 20)
    expect(foreign).toMatchObject({ events: [], effects: [] })
  })

  test('of a finished deletion takes everything away, and lets the name be used again', () => {
    const free = [...accepted, ...assembly(accepted)(end('Failed'), 20).events]
    const deletion: AssemblyCommand = {
      type: 'request-intent',
      processId: 'p1',
      intent: { type: 'DeleteAssembly', assemblyName: 'asm' },
    }
    const outcome = assembly(eventsAfter(definition, 'asm', free, [[deletion, 30]]))(end('Completed'), 40)
    expect(outcome.state).toMatchObject({ presence: 'absent', topology: { root: '', instances: {} } })
    expect(definition.fields?.(outcome.state)).toBeNull()
    expect(told(outcome.effects, 'resource')).toEqual([{ type: 'release' }, { type: 'release' }, { type: 'release' }])
    expect(told(outcome.effects, 'assembly')).toEqual([{ type: 'vanish' }])
    expect(told(outcome.effects, 'scale-policy')).toEqual([{ type: 'remove' }])
    expect(timersSet(outcome.effects)).toEqual([
      { name: 'forget', dueMs: 40 + DEFAULT_ACTORS_CONFIG.removedRetentionMs },
    ])
  })
})
