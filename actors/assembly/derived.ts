/** The states of assemblies follow from what is below them: after each change they are looked at again. */
import type { Topology } from '../model/topology.ts'
import { assemblyStates } from '../model/topology-state.ts'
import { ownEntry } from '../own-entry.ts'
import type { AssemblyEvent } from './protocol.ts'

type StateChanged = Extract<AssemblyEvent, { type: 'assembly-state-changed' }>

/** For the assemblies that have another state now than they show; those nested deepest first. */
export const stateChanges = (topology: Topology, atMs: number): StateChanged[] => {
  const changes: StateChanged[] = []
  for (const [assembly, to] of assemblyStates(topology)) {
    const shown = ownEntry(topology.instances, assembly)?.state ?? null
    // Assemblies are never shown as Created.
    const from = shown === 'Created' ? null : shown
    if (from !== to) changes.unshift({ type: 'assembly-state-changed', atMs, assembly, from, to })
  }
  return changes
}
