import { describe, expect, test } from 'vitest'
import { execute } from '../testing/plan-executor.ts'
import {
  assembly,
  component,
  property,
  relationship,
  resource,
  transitions,
  values,
} from '../testing/small-descriptors.ts'
import type { AssemblyDescriptor, Descriptor, DescriptorSet, IntendedState } from './descriptor.ts'
import type { Intent } from './intent.ts'
import type { Plan } from './plan.ts'
import { isEmptyPlan } from './plan.ts'
import { planFullerHeal, planIntent } from './planner.ts'
import { withInstanceState, withoutInstances } from './topology-state.ts'
import type { Topology } from './topology.ts'
import { EMPTY_TOPOLOGY } from './topology.ts'

const TYPE = 'assembly::voice::1.0'
const NODE = 'resource::node::1.0'

const node = resource(NODE, {
  properties: { address: property(), ip: property({ readOnly: true }) },
  lifecycle: transitions(['Create', 'Install', 'Configure', 'Start', 'Integrity', 'Stop', 'Uninstall', 'Delete']),
  operations: {
    join: { drivers: {}, properties: {}, description: '' },
    part: { drivers: {}, properties: {}, description: '' },
  },
})

const catalogue = (fields: Partial<AssemblyDescriptor>, ...others: readonly Descriptor[]): DescriptorSet =>
  Object.fromEntries([assembly(TYPE, fields), node, ...others].map((one) => [one.name, one]))

const numbered = (): (() => string) => {
  let count = 0
  return () => `id-${String(++count)}`
}

const ask = (
  descriptors: DescriptorSet,
  intent: Intent,
  topology: Topology = EMPTY_TOPOLOGY,
  rootProperties: Readonly<Record<string, string>> = {},
) => planIntent({ descriptors, topology, intent, rootProperties, newId: numbered() })

type Creation = Extract<Intent, { type: 'CreateAssembly' }>

const create = (intendedState: IntendedState = 'Active', properties: Record<string, string> = {}): Creation => ({
  type: 'CreateAssembly',
  assemblyName: 'asm',
  descriptorName: TYPE,
  intendedState,
  properties,
})

const accepted = (outcome: ReturnType<typeof planIntent>): Plan => {
  if (outcome.refusal !== undefined) throw new Error(outcome.refusal.reason)
  return outcome.plan
}

const run = (descriptors: DescriptorSet, plan: Plan, topology: Topology = EMPTY_TOPOLOGY): Topology =>
  execute({ descriptors, topology, plan, durationMs: () => 10 }).topology

const happening = (plan: Plan): readonly string[] =>
  plan.tasks.flatMap((task) => (task.type === 'stage' ? [] : [task.id]))

const active = (descriptors: DescriptorSet): Topology => run(descriptors, accepted(ask(descriptors, create())))

const callOf = (plan: Plan, id: string) => {
  const task = plan.tasks.find((one) => one.id === id)
  return task?.type === 'transition' || task?.type === 'operation' ? task.call : undefined
}

const pool = {
  A: component(NODE),
  B: component(NODE, {
    cluster: { minimumNodes: '1', initialQuantity: '2', maximumNodes: '3', scalingIncrement: '1' },
  }),
}
const joined = relationship('B', 'A', {
  properties: values({ ip: '${source.ip}' }),
  create: [{ on: 'target', operation: 'join' }],
  cease: [{ on: 'target', operation: 'part' }],
  targetModifier: 'post',
})
const clustered = catalogue({ composition: pool, relationships: { pool: joined } })
const inCluster = { assemblyName: 'asm', clusterName: 'B' } as const

describe('values', () => {
  test('what is known is written down; what a driver puts out later is asked for when it is needed', () => {
    const descriptors = catalogue({
      properties: { prefix: property({ default: 'p' }) },
      composition: { A: component(NODE), B: component(NODE, { properties: values({ address: '${prefix}-${A.ip}' }) }) },
    })
    const plan = accepted(ask(descriptors, create('Active', { prefix: 'q' })))
    expect(callOf(plan, 'asm__B.Create')?.resourceProperties['address']).toEqual({
      parts: ['q-', { instance: 'asm__A', property: 'ip' }],
    })
    expect(callOf(plan, 'asm__B.Create')?.deploymentLocation).toEqual({ value: 'here' })
    const after = plan.tasks.find((task) => task.id === 'asm__B.Create')?.after
    expect(after).toMatchObject([{ task: 'asm__A.Install', reason: 'property' }])
  })

  test('pass through nested assemblies both ways, and are lists where they come from a cluster', () => {
    const inner = assembly('assembly::inner::1.0', {
      properties: { given: property(), ips: property({ readOnly: true, value: '${N.ip}' }) },
      composition: {
        N: component(NODE, {
          cluster: { minimumNodes: '2', scalingIncrement: '1' },
          properties: values({ address: '${given}/${instance.name}/${instance.index}' }),
        }),
      },
    })
    const descriptors = catalogue(
      {
        properties: { top: property() },
        composition: {
          I: component(inner.name, { properties: values({ given: '${top}' }) }),
          Z: component(NODE, { properties: values({ address: '${I.ips}' }) }),
        },
      },
      inner,
    )
    const plan = accepted(ask(descriptors, create('Active', { top: 't' })))
    expect(callOf(plan, 'asm__I__N__2.Create')?.resourceProperties['address']).toEqual({ value: 't/asm__I__N__2/2' })
    const topology = run(descriptors, plan)
    expect(topology.instances['asm__Z']?.properties['address']).toEqual(['ip of asm__I__N__1', 'ip of asm__I__N__2'])
    expect(topology.instances['asm__I']?.properties['ips']).toEqual(['ip of asm__I__N__1', 'ip of asm__I__N__2'])
  })

  test('read-only, static, given, default: in this order', () => {
    const properties = {
      out: property({ readOnly: true, default: 'own' }),
      fixed: property({ value: 'fixed' }),
      given: property({ default: 'default' }),
      plain: property({ default: 'default' }),
      unset: property(),
    }
    const given = values({ out: 'x', fixed: 'x', given: 'given' })
    const one = resource('resource::one::1.0', { properties })
    const descriptors = catalogue({ composition: { O: component(one.name, { properties: given }) } }, one)
    const created = accepted(ask(descriptors, create())).creates.find((instance) => instance.name === 'asm__O')
    expect(created?.properties).toEqual({
      out: { value: 'x' },
      fixed: { value: 'fixed' },
      given: { value: 'given' },
      plain: { value: 'default' },
    })
  })
})

describe('relationships', () => {
  test('raise a source above what was asked for, and its tasks are not held up by the barriers', () => {
    const early = relationship('A', 'B', { targetState: 'Installed' })
    const descriptors = catalogue({ composition: { A: component(NODE), B: component(NODE) }, relationships: { early } })
    const plan = accepted(ask(descriptors, create('Installed')))
    const topology = run(descriptors, plan)
    expect(topology.instances['asm__A']?.state).toBe('Active')
    expect(topology.instances['asm__B']?.state).toBe('Installed')
    const order = happening(plan)
    expect(order.indexOf('asm__A.Integrity')).toBeLessThan(order.indexOf('asm__early__1.Create'))
    expect(order.indexOf('asm__early__1.Create')).toBeLessThan(order.indexOf('asm__B.Install'))
  })

  test('in a circle are refused, with the circle spelt out', () => {
    const composition = { A: component(NODE), B: component(NODE) }
    const relationships = { there: relationship('A', 'B'), back: relationship('B', 'A') }
    const { refusal } = ask(catalogue({ composition, relationships }), create())
    expect(refusal?.code).toBe('dependency-cycle')
    for (const name of ['asm__A.Start', 'asm__there__1.Create', 'asm__B.Start', 'asm__back__1.Create'])
      expect(refusal?.reason).toContain(name)
  })
})

describe('healing', () => {
  const heal: Intent = { type: 'HealAssembly', assemblyName: 'asm', brokenComponent: 'asm__A' }

  test('marks, ceases, stops, starts, checks and creates the relationships again', () => {
    expect(happening(accepted(ask(clustered, heal, active(clustered))))).toEqual([
      'asm__A.mark-broken',
      'asm__pool__1.Cease.1.asm__A',
      'asm__pool__2.Cease.1.asm__A',
      'asm__pool__1.Cease',
      'asm__pool__2.Cease',
      'asm__A.Stop',
      'asm__A.Start',
      'asm__A.Integrity',
      'asm__pool__1.Create.1.asm__A',
      'asm__pool__2.Create.1.asm__A',
      'asm__pool__1.Create',
      'asm__pool__2.Create',
    ])
  })

  test('of what the infrastructure has lost makes it anew', () => {
    const topology = withInstanceState(active(clustered), 'asm__B__1', { state: 'Broken' }, 1)
    const request = { descriptors: clustered, topology, rootProperties: {}, newId: numbered() }
    const plan = accepted(planFullerHeal({ ...request, brokenComponent: 'asm__B__1' }))
    expect(happening(plan).filter((id) => id.startsWith('fuller:asm__B'))).toEqual(
      ['Delete', 'Create', 'Install', 'Configure', 'Start', 'Integrity'].map((step) => `fuller:asm__B__1.${step}`),
    )
    expect(run(clustered, plan, topology).instances['asm__B__1']?.state).toBe('Active')
  })

  test('is refused where there is nothing to heal', () => {
    const installed = run(clustered, accepted(ask(clustered, create('Installed'))))
    expect(ask(clustered, heal, installed).refusal).toMatchObject({
      code: 'nothing-to-heal',
      details: { state: 'Installed' },
    })
    const misspelt = ask(clustered, { ...heal, brokenComponent: 'asm__B_1' }, installed)
    expect(misspelt.refusal).toMatchObject({ code: 'unknown-component', details: { nearest: 'asm__B__1' } })
  })
})

describe('scaling', () => {
  const out: Intent = { type: 'ScaleOutAssembly', ...inCluster }
  const back: Intent = { type: 'ScaleInAssembly', ...inCluster }

  test('out adds a member with its relationships, in takes the last away with them', () => {
    const two = active(clustered)
    const bigger = accepted(ask(clustered, out, two))
    expect(bigger.creates.map((one) => one.name)).toEqual(['asm__B__3'])
    expect(bigger.createsRelationships).toMatchObject([{ name: 'asm__pool__3', source: 'asm__B__3', target: 'asm__A' }])
    const three = run(clustered, bigger, two)
    expect(three.instances['asm__B__3']?.state).toBe('Active')
    expect(three.relationships['asm__pool__3']?.state).toBe('Created')
    const smaller = accepted(ask(clustered, back, three))
    expect(smaller.removes).toEqual(['asm__B__3'])
    expect(happening(smaller)).toEqual([
      'asm__pool__3.Cease.1.asm__A',
      'asm__pool__3.Cease',
      'asm__B__3.Stop',
      'asm__B__3.Uninstall',
      'asm__B__3.Delete',
    ])
    expect(run(clustered, smaller, three)).toEqual(two)
  })

  test('stops at the limits and tells the numbers', () => {
    const two = active(clustered)
    const three = run(clustered, accepted(ask(clustered, out, two)), two)
    expect(ask(clustered, out, three).refusal).toMatchObject({
      code: 'maximum-reached',
      details: { members: 3, increment: 1, maximum: 3 },
    })
    const one = run(clustered, accepted(ask(clustered, back, two)), two)
    expect(ask(clustered, back, one).refusal).toMatchObject({
      code: 'minimum-reached',
      details: { members: 1, increment: 1, minimum: 1 },
    })
  })

  test('finishes a member that an earlier attempt left behind instead of adding another', () => {
    const two = active(clustered)
    const failed = execute({
      descriptors: clustered,
      topology: two,
      plan: accepted(ask(clustered, out, two)),
      durationMs: () => 1,
      fails: (task) => task.id === 'asm__B__3.Install',
    }).topology
    expect(failed.instances['asm__B__3']?.state).toBe('Failed')
    const again = accepted(ask(clustered, out, failed))
    expect(again.creates).toEqual([])
    expect(happening(again).slice(0, 2)).toEqual(['asm__B__3.Delete', 'asm__B__3.Create'])
  })

  test('is refused for what is no cluster, and names those that are', () => {
    const topology = active(clustered)
    expect(ask(clustered, { ...out, clusterName: 'A' }, topology).refusal).toMatchObject({ code: 'not-a-cluster' })
    expect(ask(clustered, { ...out, clusterName: 'C' }, topology).refusal).toMatchObject({
      code: 'unknown-component',
      details: { known: ['B'] },
    })
  })
})

describe('from what is there', () => {
  test('nothing is left to do when it is there, and what is missing is created', () => {
    const topology = active(clustered)
    const again: Intent = { type: 'ChangeAssemblyState', assemblyName: 'asm', intendedState: 'Active' }
    expect(isEmptyPlan(accepted(ask(clustered, again, topology)))).toBe(true)
    const plan = accepted(ask(clustered, again, withoutInstances(topology, ['asm__A'])))
    expect(plan.creates.map((one) => one.name)).toEqual(['asm__A'])
    expect(plan.createsRelationships.map((one) => one.name)).toEqual(['asm__pool__1', 'asm__pool__2'])
  })

  test('deleting goes stage by stage and leaves nothing', () => {
    const topology = active(clustered)
    const plan = accepted(ask(clustered, { type: 'DeleteAssembly', assemblyName: 'asm' }, topology))
    expect(plan.removes).toEqual(['asm__B__2', 'asm__B__1', 'asm__A', 'asm'])
    expect(run(clustered, plan, topology)).toEqual(EMPTY_TOPOLOGY)
  })
})

test.each<[code: string, fields: Partial<AssemblyDescriptor>, intent: Intent]>([
  ['unknown-descriptor', { composition: { A: component('resource::nod::1.0') } }, create()],
  ['wrong-intended-state', {}, { ...create(), intendedState: 'Broken' as IntendedState }],
  ['invalid-name', {}, { ...create(), assemblyName: '1__x' }],
  ['missing-property', { properties: { need: property({ required: true }) } }, create('Active', { ned: 'x' })],
  ['unknown-assembly', {}, { type: 'DeleteAssembly', assemblyName: 'other' }],
  ['composition-cycle', { composition: { A: component(TYPE) } }, create()],
  ['property-cycle', { properties: { a: property({ value: '${b}' }), b: property({ value: '${a}' }) } }, create()],
  [
    'value-too-large',
    {
      properties: Object.fromEntries(
        Array.from({ length: 40 }, (_, index) => [
          `p${index}`,
          property({ value: index === 0 ? 'lol' : `\${p${index - 1}}\${p${index - 1}}` }),
        ]),
      ),
    },
    create(),
  ],
  ['too-many-instances', { composition: { A: component(NODE, { quantity: '100000' }) } }, create()],
  ['bad-quantity', { composition: { A: component(NODE, { quantity: 'many' }) } }, create()],
  ['quantity-not-known', { composition: { A: component(NODE, { quantity: '${n}' }) } }, create()],
  [
    'unknown-component',
    { composition: { A: component(NODE, { properties: values({ address: '${X.ip}' }) }) } },
    create(),
  ],
  [
    'unknown-operation',
    {
      composition: pool,
      relationships: { r: relationship('A', 'B', { create: [{ on: 'source', operation: 'jion' }] }) },
    },
    create(),
  ],
  [
    'no-deployment-location',
    { composition: { A: component(NODE) }, properties: { deploymentLocation: property() } },
    create(),
  ],
])('refuses with %s', (code, fields, intent) => {
  expect(ask(catalogue(fields), intent).refusal?.code).toBe(code)
})
