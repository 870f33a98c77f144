/** The states of assemblies follow from what is below them: after each change they are looked at again. */
import type { Topology } from '../model/topology.ts'
import { assemblyStates } from '../model/topology-state.ts'
import { ownEntry } from '../own-entry.ts'
import type { AssemblyEvent, AssemblyState } from './protocol.ts'

type StateChanged = Extract<AssemblyEvent, { type: 'assembly-state-changed' }>

/**
 * While a cluster is scaled, the members that come or go say nothing about their assembly: it stays what it is. When the
 * process has ended, however it ended, everything that is left counts.
 */
export const passingIn = (process: AssemblyState['process']): ReadonlySet<string> => {
  if (process?.intent.type === 'ScaleOutAssembly') return namesIn(process.outline.creates)
  if (process?.intent.type === 'ScaleInAssembly') return new Set(process.outline.removes)
  return new Set()
}

const namesIn = (instances: readonly { readonly name: string }[]): ReadonlySet<string> =>
  new Set(instances.map(({ name }) => name))

/** For the assemblies that have another state now than they show; those nested deepest first. */
export const stateChanges = (topology: Topology, process: AssemblyState['process'], atMs: number): StateChanged[] => {
  const changes: StateChanged[] = []
  for (const [assembly, to] of assemblyStates(topology, passingIn(process))) {
    const shown = ownEntry(topology.instances, assembly)?.state ?? null
    // Assemblies are never shown as Created.
    const from = shown === 'Created' ? null : shown
    if (from !== to) changes.unshift({ type: 'assembly-state-changed', atMs, assembly, from, to })
  }
  return changes
}
