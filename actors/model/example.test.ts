import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { execute } from '../testing/plan-executor.ts'
import { descriptorSet, sourceOf } from './catalogue.ts'
import type { Intent } from './intent.ts'
import { planIntent } from './planner.ts'
import { readProject } from './project.ts'
import { assemblyState } from './topology-state.ts'
import { EMPTY_TOPOLOGY, type Topology } from './topology.ts'

const folder = fileURLToPath(new URL('../../examples/packet-core', import.meta.url))
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yml') || path.endsWith('.yaml'))
  .map((path) => ({ path, text: readFileSync(`${folder}/${path}`, 'utf8') }))
const descriptorName = 'assembly::packet-core::1.0'

describe('the example', () => {
  const { descriptors: read, findings } = readProject(files)
  const { set, findings: composed } = descriptorSet(sourceOf(read.map(({ descriptor }) => descriptor)), descriptorName)
  const descriptors = set ?? {}
  let ids = 0
  const carryOut = (topology: Topology, intent: Intent) => {
    const outcome = planIntent({ descriptors, topology, intent, rootProperties: {}, newId: () => `id-${++ids}` })
    if (!('plan' in outcome)) throw new Error(outcome.refusal.reason)
    return { plan: outcome.plan, ...execute({ descriptors, topology, plan: outcome.plan, durationMs: () => 10 }) }
  }

  it('has nothing to be warned about', () => {
    expect([...findings, ...composed]).toEqual([])
    expect(read).toHaveLength(11)
    expect(read.at(-1)?.name).toBe(descriptorName)
  })

  it('comes up, grows without disturbing anything else, and goes', () => {
    const up = carryOut(EMPTY_TOPOLOGY, {
      type: 'CreateAssembly',
      assemblyName: 'core',
      descriptorName,
      intendedState: 'Active',
      properties: {},
    })
    expect(assemblyState(up.topology, 'core')).toBe('Active')
    expect(Object.values(up.topology.instances).filter(({ kind }) => kind === 'resource')).toHaveLength(12)
    const grown = carryOut(up.topology, {
      type: 'ScaleOutAssembly',
      assemblyName: 'core',
      clusterName: 'user-plane__forwarder',
    })
    // The user plane as a whole is the end of a relationship; a member that joins it doesn't end that.
    expect(
      grown.plan.tasks.filter((task) => task.type === 'operation').map(({ phase, instance }) => [phase, instance]),
    ).toEqual([['Create', 'core__user-plane__balancer']])
    expect(grown.topology.instances['core__user-plane__forwarder__3']?.state).toBe('Active')
    const gone = carryOut(grown.topology, { type: 'DeleteAssembly', assemblyName: 'core' })
    expect(gone.isComplete).toBe(true)
    expect(
      Object.values(gone.topology.instances).filter(({ state, kind }) => kind === 'resource' && state !== null),
    ).toEqual([])
  })
})
