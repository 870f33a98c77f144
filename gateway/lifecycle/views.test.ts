import { describe, expect, it } from 'vitest'
import { sourceOf } from '../../actors/model/descriptor-source.ts'
import { descriptorSet } from '../../actors/model/catalogue.ts'
import { readDescriptor } from '../../actors/model/descriptor-reader.ts'
import type { Descriptor } from '../../actors/model/descriptor.ts'
import type { Intent } from '../../actors/model/intent.ts'
import { planIntent } from '../../actors/model/planner.ts'
import { EMPTY_TOPOLOGY, type Topology } from '../../actors/model/topology.ts'
import { evolve, initial } from '../../actors/process/evolution.ts'
import type { ProcessEvent } from '../../actors/process/protocol.ts'
import { SAMPLE_INNER, SAMPLE_RESOURCE, SAMPLE_SERVICE } from '../testing/sample-descriptors.ts'
import { topologyAfter, viewPreview, viewProcess } from './process-view.ts'
import { assemblyView, viewTopology } from './topology-view.ts'

const read = (text: string): Descriptor => {
  const { descriptor, findings } = readDescriptor(text)
  if (!descriptor) throw new Error(JSON.stringify(findings))
  return descriptor
}
const { set: descriptors = {} } = descriptorSet(
  sourceOf([SAMPLE_RESOURCE, SAMPLE_INNER, SAMPLE_SERVICE].map(read)),
  'assembly::service::1.0',
)
const planOf = (intent: Intent, topology: Topology) => {
  let ids = 0
  const rootProperties = { deploymentLocation: 'here' }
  const { plan, refusal } = planIntent({ intent, descriptors, topology, rootProperties, newId: () => `id-${++ids}` })
  if (!plan) throw new Error(refusal?.reason)
  return plan
}
const creation: Intent = {
  type: 'CreateAssembly',
  assemblyName: 'asm',
  descriptorName: 'assembly::service::1.0',
  intendedState: 'Active',
  properties: { deploymentLocation: 'here' },
}
const plan = planOf(creation, EMPTY_TOPOLOGY)
const active = topologyAfter(EMPTY_TOPOLOGY, plan, 1000)

describe('viewTopology', () => {
  it('keeps its own schema, and shows members, clusters, nested assemblies and relationships', () => {
    const view = viewTopology({ topology: active, descriptors }, 'asm')
    expect(assemblyView.parse(view)).toEqual(view)
    expect(view).toMatchObject({ name: 'asm', state: 'Active', createdAt: '1970-01-01T00:00:01.000Z' })
    expect(view?.children.map(({ type, name }) => [type, name])).toEqual([
      ['Component', 'asm__A'],
      ['Cluster', 'asm__B'],
      ['Assembly', 'asm__N'],
    ])
    expect(view?.relationships.map(({ name }) => name)).toEqual(['link__1', 'link__2'])
  })

  it('shows a cluster without members, with the id that it always has', () => {
    const without = Object.fromEntries(
      Object.entries(active.instances).filter(([, { component }]) => component !== 'B'),
    )
    const [full, empty] = [active, { ...active, instances: without }].map((topology) =>
      viewTopology({ topology, descriptors }, 'asm')?.children.find(({ type }) => type === 'Cluster'),
    )
    expect(empty).toMatchObject({ name: 'asm__B', instances: [] })
    expect(empty?.id).toBe(full?.id)
  })

  it('leaves out the state of what is in none, and properties without a value', () => {
    const instances = Object.fromEntries(
      Object.entries(active.instances).map(([name, instance]) => [name, { ...instance, state: null }]),
    )
    const view = viewTopology({ topology: { ...active, instances }, descriptors }, 'asm')
    expect(view).not.toHaveProperty('state')
    expect(view?.children[0]).not.toHaveProperty('state')
    expect(viewTopology({ topology: active, descriptors }, 'asm__A')).toBeUndefined()
  })
})

describe('topologyAfter', () => {
  it('is where the plan leads: nothing is left of what is deleted', () => {
    const deletion = planOf({ type: 'DeleteAssembly', assemblyName: 'asm' }, active)
    expect(topologyAfter(active, deletion, 2000)).toMatchObject({ instances: {}, relationships: {} })
    const halfway = planOf({ type: 'ChangeAssemblyState', assemblyName: 'asm', intendedState: 'Inactive' }, active)
    expect(viewTopology({ topology: topologyAfter(active, halfway, 2000), descriptors }, 'asm')?.state).toBe('Inactive')
  })
})

describe('viewProcess', () => {
  const identity = { name: 'asm', id: 'id-1', type: 'assembly::service::1.0' }
  const first = plan.tasks.find(({ after, type }) => after.length === 0 && type === 'transition')?.id ?? ''
  const events: ProcessEvent[] = [
    {
      type: 'started',
      atMs: 1000,
      assembly: identity,
      root: identity,
      intent: creation,
      plan,
      previous: null,
      requestedBy: 'api',
    },
    { type: 'task-started', atMs: 1500, taskId: first },
  ]
  const state = events.reduce(evolve, initial('p'))

  it('shows each task with what it waits for', () => {
    const view = viewProcess(state, { shallow: false, descriptors })
    expect(view).toMatchObject({ id: 'p', status: 'In Progress', intentType: 'CreateAssembly', previousInstance: null })
    const tasks = view.executionPlan?.tasks ?? []
    const running = tasks.find(({ id }) => id === first)
    expect(running).toMatchObject({ status: 'In Progress', startTime: '1970-01-01T00:00:01.500Z' })
    expect(running?.waitsFor).toEqual([{ on: running?.instance, reason: 'driver' }])
    const waiting = tasks.filter(({ status, after }) => status === 'Pending' && after.length > 0)
    expect(waiting.length).toBeGreaterThan(5)
    expect(waiting.every(({ waitsFor }) => waitsFor.length > 0)).toBe(true)
  })

  it('leaves plan and instances out when it is shallow', () => {
    const view = viewProcess(state, { shallow: true, descriptors })
    expect(Object.keys(view)).not.toEqual(expect.arrayContaining(['executionPlan']))
    expect(view).not.toHaveProperty('desiredInstance')
    expect(view.assemblyProperties).toEqual({ deploymentLocation: 'here' })
  })
})

it('viewPreview says each task in words', () => {
  const { summary, tasks } = viewPreview(plan)
  expect(summary).toHaveLength(tasks.length)
  expect(summary).toContain('Create of asm__A')
})
