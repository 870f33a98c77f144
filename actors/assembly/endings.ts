/** What a process that has ended leaves of the topology. Pure. */
import type { PropertyValue } from '../../drivers/protocol.ts'
import type { DescriptorSet } from '../model/descriptor.ts'
import { resolvedValues } from '../model/plan-schedule.ts'
import type { Instance, Topology } from '../model/topology.ts'
import { ownEntry } from '../own-entry.ts'
import type { AssemblyState, PlanOutline, RemovedInstance } from './protocol.ts'

/**
 * What is gone when a process ends. A finished one took away all that it was to. One that failed or was cancelled took
 * away what is in no state any more; but a deletion that isn't finished keeps all of it, because the assembly is there.
 */
export const removedBy = (
  { topology, descriptors }: Pick<AssemblyState, 'topology' | 'descriptors'>,
  { removes, removesRelationships }: PlanOutline,
  isFinished: boolean,
  isDeletion: boolean,
): { readonly removed: RemovedInstance[]; readonly removedRelationships: string[] } => {
  const removed: RemovedInstance[] = []
  const gone = new Set<string>()
  const children = childCounts(topology)
  for (const name of removes) {
    const instance = ownEntry(topology.instances, name)
    if (!instance || gone.has(name)) continue
    const isGone = isFinished || (!isDeletion && instance.state === null && (children.get(name) ?? 0) === 0)
    if (!isGone) continue
    gone.add(name)
    children.set(instance.parent, (children.get(instance.parent) ?? 1) - 1)
    removed.push(removedInstance(instance, descriptors))
  }
  const removedRelationships = removesRelationships.filter((name) => {
    const relationship = ownEntry(topology.relationships, name)
    return relationship && (isFinished || gone.has(relationship.source) || gone.has(relationship.target))
  })
  return { removed, removedRelationships }
}

export const removedInstance = ({ name, id, kind, type }: Instance, descriptors: DescriptorSet): RemovedInstance => {
  const descriptor = kind === 'assembly' ? ownEntry(descriptors, type) : undefined
  return { name, id, kind, policies: descriptor?.kind === 'assembly' ? Object.keys(descriptor.policies) : [] }
}

const childCounts = (topology: Topology): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const { parent } of Object.values(topology.instances)) counts.set(parent, (counts.get(parent) ?? 0) + 1)
  return counts
}

/** Properties of assemblies that are what was put out inside them, as far as that is known. */
export const updatedProperties = (
  topology: Topology,
  updates: PlanOutline['updates'],
): Record<string, Record<string, PropertyValue>> =>
  Object.fromEntries(
    Object.entries(updates).flatMap(([name, planned]) => {
      const instance = ownEntry(topology.instances, name)
      if (!instance) return []
      const now = resolvedValues(planned, (of, property) => {
        const values = ownEntry(topology.instances, of)?.properties
        return values && ownEntry(values, property)
      })
      return [[name, { ...instance.properties, ...now }]]
    }),
  )
