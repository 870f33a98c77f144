import { expect, test } from 'vitest'
import type { ResourceState } from './descriptor.ts'
import {
  assemblyState,
  withInstanceState,
  withoutInstances,
  withPlanAccepted,
  withRelationship,
} from './topology-state.ts'
import { EMPTY_TOPOLOGY } from './topology.ts'
import type { Topology } from './topology.ts'

const planned = (name: string, kind: 'assembly' | 'resource' | 'reference', parent: string) => ({
  name,
  id: `id of ${name}`,
  kind,
  type: 'any::type::1.0',
  parent,
  component: name,
  properties: { known: { value: 'v' }, later: { parts: [{ instance: 'asm__A', property: 'out' }] } },
})

const topologyOf = (states: Readonly<Record<string, ResourceState>>): Topology => {
  let topology = withPlanAccepted(
    EMPTY_TOPOLOGY,
    {
      creates: [
        planned('asm', 'assembly', ''),
        planned('asm__net', 'reference', 'asm'),
        planned('asm__A', 'resource', 'asm'),
        planned('asm__N', 'assembly', 'asm'),
        planned('asm__N__B', 'resource', 'asm__N'),
        planned('asm__E', 'assembly', 'asm'),
      ],
      createsRelationships: [
        { name: 'asm__r__1', relationship: 'r', assembly: 'asm', source: 'asm__A', target: 'asm__N' },
      ],
    },
    5,
  )
  for (const [name, state] of Object.entries(states)) topology = withInstanceState(topology, name, { state }, 6)
  return topology
}

test.each<[ResourceState, ResourceState, ReturnType<typeof assemblyState>]>([
  [null, 'Active', null],
  ['Created', 'Active', null],
  ['Installed', 'Active', 'Installed'],
  ['Active', 'Inactive', 'Inactive'],
  ['Active', 'Active', 'Active'],
  ['Broken', 'Active', 'Broken'],
  ['Broken', 'Failed', 'Failed'],
])('with resources %s and %s an assembly is %s', (first, second, expected) => {
  expect(assemblyState(topologyOf({ asm__A: first, asm__N__B: second }), 'asm')).toBe(expected)
})

test('an assembly has the state of what is below it, not beside it', () => {
  const topology = topologyOf({ asm__A: 'Failed', asm__N__B: 'Inactive' })
  expect(assemblyState(topology, 'asm__N')).toBe('Inactive')
  expect(assemblyState(topology, 'asm__E')).toBe('Active')
  expect(assemblyState(topology, 'nothing')).toBeNull()
})

test('what a plan creates is there at once, with what is known of it', () => {
  const topology = topologyOf({})
  expect(topology.root).toBe('asm')
  expect(topology.instances['asm__A']).toMatchObject({ state: null, properties: { known: 'v' }, createdAtMs: 5 })
  expect(topology.relationships['asm__r__1']).toMatchObject({ state: null, source: 'asm__A' })
})

test('changes leave the old topology as it was, and what is unknown changes nothing', () => {
  const topology = topologyOf({})
  const related = withRelationship(topology, 'asm__r__1', { state: 'Created' })
  expect(related.relationships['asm__r__1']?.state).toBe('Created')
  expect(topology.relationships['asm__r__1']?.state).toBeNull()
  expect(withRelationship(topology, 'other', { state: null })).toBe(topology)
  expect(withInstanceState(topology, 'other', { state: 'Active' }, 9)).toBe(topology)
})

test('relationships go with their ends, and the root with itself', () => {
  const without = withoutInstances(topologyOf({}), ['asm__A'])
  expect(Object.keys(without.relationships)).toEqual([])
  expect(without.instances['asm__A']).toBeUndefined()
  expect(withoutInstances(without, Object.keys(without.instances))).toEqual(EMPTY_TOPOLOGY)
})
