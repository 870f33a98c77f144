/** What a topology says about its assemblies, and how it changes. All functions are pure: they answer a new topology. */
import type { PropertyValue, PropertyValues } from '../../drivers/protocol.ts'
import type { ResourceState } from './descriptor.ts'
import type { Plan } from './plan.ts'
import type { AssemblyState, Instance, RelationshipInstance, Topology } from './topology.ts'

/** Lowest first. */
const ASSEMBLY_LADDER = [null, 'Installed', 'Inactive', 'Active'] as const

const heightOf = (state: ResourceState): number => {
  switch (state) {
    case null:
    case 'Created':
    case 'Failed':
      return 0
    case 'Installed':
      return 1
    case 'Inactive':
    case 'Broken':
      return 2
    case 'Active':
      return 3
  }
}

/**
 * The state of an assembly: the highest that all resources below it have reached; some may be higher, because others
 * depend on them. `Failed` if one of them is, else `Broken` if one of them is. Nothing below it: Active, since nothing is
 * missing; an assembly that isn't there: null.
 */
export const assemblyState = (topology: Topology, name: string): AssemblyState =>
  assemblyStates(topology).get(name) ?? null

/**
 * Of all assemblies at once, in one pass over the instances. Those in `passing` don't count: they are on their way in or
 * out, and the assembly is what the others make it.
 */
export const assemblyStates = (
  topology: Topology,
  passing: ReadonlySet<string> = new Set(),
): ReadonlyMap<string, AssemblyState> => {
  const found = new Map<string, { height: number; failed: boolean; broken: boolean }>()
  for (const instance of Object.values(topology.instances))
    if (instance.kind === 'assembly') found.set(instance.name, { height: 3, failed: false, broken: false })
  for (const instance of Object.values(topology.instances)) {
    if (instance.kind !== 'resource' || passing.has(instance.name)) continue
    for (let at = instance.parent; at !== ''; at = topology.instances[at]?.parent ?? '') {
      const summary = found.get(at)
      if (summary === undefined) break
      summary.height = Math.min(summary.height, heightOf(instance.state))
      summary.failed ||= instance.state === 'Failed'
      summary.broken ||= instance.state === 'Broken'
    }
  }
  return new Map([...found].map(([name, summary]) => [name, stateOf(summary)]))
}

const stateOf = (summary: { height: number; failed: boolean; broken: boolean }): AssemblyState => {
  if (summary.failed) return 'Failed'
  if (summary.broken) return 'Broken'
  return ASSEMBLY_LADDER[summary.height] ?? null
}

/** What was heard of an instance. Unchanged if it isn't there. */
export const withInstanceState = (
  topology: Topology,
  name: string,
  change: { readonly state: ResourceState; readonly properties?: PropertyValues },
  atMs: number,
): Topology => {
  const known = topology.instances[name]
  if (known === undefined) return topology
  const instance: Instance = {
    ...known,
    state: change.state,
    properties: change.properties ?? known.properties,
    lastModifiedAtMs: atMs,
  }
  return { ...topology, instances: { ...topology.instances, [name]: instance } }
}

/** What the plan brings into being is there from now on, in no state and with the properties that are known already. */
export const withPlanAccepted = (
  topology: Topology,
  plan: Pick<Plan, 'creates' | 'createsRelationships'>,
  atMs: number,
): Topology => {
  const instances: Record<string, Instance> = { ...topology.instances }
  for (const { properties, ...planned } of plan.creates) {
    const known: Record<string, PropertyValue> = {}
    for (const [name, value] of Object.entries(properties)) if ('value' in value) known[name] = value.value
    instances[planned.name] = { ...planned, state: null, properties: known, createdAtMs: atMs, lastModifiedAtMs: atMs }
  }
  const relationships: Record<string, RelationshipInstance> = { ...topology.relationships }
  for (const planned of plan.createsRelationships)
    relationships[planned.name] = { ...planned, state: null, properties: {} }
  const root = topology.root === '' ? (plan.creates.find((one) => one.parent === '')?.name ?? '') : topology.root
  return { root, instances, relationships }
}

/** What was heard of a relationship. Unchanged if it isn't there. */
export const withRelationship = (
  topology: Topology,
  name: string,
  change: { readonly state: RelationshipInstance['state']; readonly properties?: PropertyValues },
): Topology => {
  const known = topology.relationships[name]
  if (known === undefined) return topology
  const relationship = { ...known, state: change.state, properties: change.properties ?? known.properties }
  return { ...topology, relationships: { ...topology.relationships, [name]: relationship } }
}

/** Without these, and without the relationships that they are part of. */
export const withoutInstances = (
  topology: Topology,
  instances: readonly string[],
  relationships: readonly string[] = [],
): Topology => {
  const gone = new Set(instances)
  const ended = new Set(relationships)
  const stays = (one: RelationshipInstance): boolean =>
    !ended.has(one.name) && !gone.has(one.source) && !gone.has(one.target) && !gone.has(one.assembly)
  return {
    root: gone.has(topology.root) ? '' : topology.root,
    instances: Object.fromEntries(Object.entries(topology.instances).filter(([name]) => !gone.has(name))),
    relationships: Object.fromEntries(Object.entries(topology.relationships).filter(([, one]) => stays(one))),
  }
}
