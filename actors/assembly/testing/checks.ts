/** What must be true of a world in which nothing is under way any more. */
import { expect } from 'vitest'
import { ASSEMBLY, PROCESS, RESOURCE, resourceRef } from '../../addresses.ts'
import { assemblyState } from '../../model/topology-state.ts'
import type { ProcessState } from '../../process/protocol.ts'
import type { ResourceEntityState } from '../../resource/protocol.ts'
import type { AssemblyState } from '../protocol.ts'
import type { World } from './world.ts'

/** Topologies say what the resources are; assemblies show what follows from that; nobody is busy; nothing is lost. */
export const expectAtRest = (world: World): void => {
  for (const ref of world.refs(PROCESS)) {
    const process = world.state<ProcessState>(ref)
    expect(process.phase, `process ${ref.id}: ${process.statusReason}`).toBe('ended')
    const unended = process.plan.tasks.filter(({ id }) => process.tasks[id]?.endedAtMs === undefined)
    expect(unended.filter(({ id }) => process.tasks[id]?.status !== 'Skipped')).toEqual([])
  }
  const known = new Set<string>()
  for (const ref of world.refs(ASSEMBLY)) {
    const assembly = world.state<AssemblyState>(ref)
    expect(assembly.process).toBeNull()
    if (assembly.presence === 'absent') {
      expect(assembly.topology.instances).toEqual({})
      continue
    }
    for (const instance of Object.values(assembly.topology.instances)) {
      if (instance.kind === 'assembly') {
        const state = assemblyState(assembly.topology, instance.name)
        expect(instance.state).toBe(state)
        const own = world.state<AssemblyState>({ kind: ASSEMBLY, id: instance.name })
        expect([own.state, own.id, own.presence]).toEqual([state, instance.id, 'present'])
        continue
      }
      known.add(instance.id)
      const resource = world.state<ResourceEntityState>(resourceRef(instance.id))
      expect(resource.state, instance.name).toBe(instance.state)
      expect(resource.released).toBe(false)
    }
  }
  for (const ref of world.refs(RESOURCE)) {
    const resource = world.state<ResourceEntityState>(ref)
    expect(resource.task).toBeNull()
    if (!known.has(ref.id)) expect(resource.released, resource.identity?.name ?? ref.id).toBe(true)
  }
}

/** Each entity comes back from what is stored as it is. */
export const expectRecoverable = (world: World): void => {
  for (const { live, again } of world.recovered()) for (const state of again) expect(state).toEqual(live)
}
