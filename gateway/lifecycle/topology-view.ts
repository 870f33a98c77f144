/** Topologies as clients of the lifecycle API know them. Pure. */
import { z } from 'zod'
import { passingIn } from '../../actors/assembly/derived.ts'
import type { AssemblyState } from '../../actors/assembly/protocol.ts'
import type { DescriptorSet, PropertyDefinitions } from '../../actors/model/descriptor.ts'
import { assemblyStates } from '../../actors/model/topology-state.ts'
import type { Instance, RelationshipInstance, Topology } from '../../actors/model/topology.ts'
import { placedId, placementOfId } from '../../runtime/placement.ts'
import { timeText } from '../routes.ts'
import { hashHex32 } from './hash.ts'

const value = z.union([z.string(), z.array(z.string())])
const property = z.object({ name: z.string(), value, type: z.string() })

const component = z
  .object({
    type: z.literal('Component'),
    id: z.string(),
    name: z.string(),
    descriptorName: z.string(),
    state: z.string().optional(),
    properties: z.array(property),
    createdAt: z.string(),
    lastModifiedAt: z.string(),
  })
  .meta({ id: 'Component' })

interface ClusterShape {
  type: 'Cluster'
  id: string
  name: string
  instances: ChildShape[]
}
interface AssemblyShape extends Omit<z.infer<typeof component>, 'type'> {
  type: 'Assembly'
  children: ChildShape[]
  relationships: {
    name: string
    sourceId: string
    targetId: string
    properties: { name: string; value: string | string[] }[]
  }[]
  references: { id: string; name: string; type: string }[]
}
type ChildShape = z.infer<typeof component> | ClusterShape | AssemblyShape

/** Getters, because assemblies are made of clusters and assemblies, which are made of … */
const childOf = (): z.ZodType<ChildShape> => z.union([component, cluster, assemblyView])

const cluster = z
  .object({
    type: z.literal('Cluster'),
    id: z.string(),
    name: z.string(),
    get instances(): z.ZodArray<z.ZodType<ChildShape>> {
      return z.array(childOf())
    },
  })
  .meta({ id: 'Cluster' })

export const assemblyView = component
  .omit({ type: true })
  .extend({
    type: z.literal('Assembly'),
    get children(): z.ZodArray<z.ZodType<ChildShape>> {
      return z.array(childOf())
    },
    relationships: z.array(
      z.object({
        name: z.string(),
        sourceId: z.string(),
        targetId: z.string(),
        properties: z.array(z.object({ name: z.string(), value })),
      }),
    ),
    references: z.array(z.object({ id: z.string(), name: z.string(), type: z.string() })),
  })
  .meta({ id: 'Assembly' })

export const assemblySummary = component
  .omit({ type: true })
  .extend({
    type: z.literal('Assembly'),
    lastTransition: z
      .object({
        id: z.string(),
        intentType: z.string(),
        status: z.string(),
        startDateTime: z.string(),
        endDateTime: z.string().optional(),
      })
      .optional(),
  })
  .meta({ id: 'AssemblySummary' })

/** What there is to see: a topology and the descriptors that it was made from (as far as they are known). */
export interface Seen {
  readonly topology: Topology
  readonly descriptors: DescriptorSet
}

interface Seeing extends Seen {
  readonly states: ReturnType<typeof assemblyStates>
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const definitionsOf = (descriptors: DescriptorSet, type: string): PropertyDefinitions =>
  descriptors[type]?.properties ?? {}

/** In the order of the descriptor; properties without a value are left out. */
const propertiesOf = (values: Instance['properties'], definitions: PropertyDefinitions): z.infer<typeof property>[] => {
  const names = [...new Set([...Object.keys(definitions), ...Object.keys(values).sort(byText)])]
  return names.flatMap((name) => {
    const known = values[name]
    return known === undefined ? [] : [{ name, value: known, type: definitions[name]?.type ?? 'string' }]
  })
}

const common = (instance: Instance, state: string | null, { descriptors }: Seeing) => ({
  id: instance.id,
  name: instance.name,
  descriptorName: instance.type,
  ...(state === null ? {} : { state }),
  properties: propertiesOf(instance.properties, definitionsOf(descriptors, instance.type)),
  createdAt: timeText(instance.createdAtMs),
  lastModifiedAt: timeText(instance.lastModifiedAtMs),
})

const childrenOf = (parent: Instance, seen: Seeing): ChildShape[] => {
  const descriptor = seen.descriptors[parent.type]
  const composition = descriptor?.kind === 'assembly' ? descriptor.composition : {}
  const members = Map.groupBy(
    Object.values(seen.topology.instances).filter(({ parent: of, kind }) => of === parent.name && kind !== 'reference'),
    (instance) => instance.component,
  )
  const names = [...new Set([...Object.keys(composition), ...members.keys()])]
  return names.flatMap((name): ChildShape[] => {
    const here = (members.get(name) ?? []).sort((a, b) => (a.index ?? 0) - (b.index ?? 0) || byText(a.name, b.name))
    const shown = here.map((instance) => viewChild(instance, seen))
    if (composition[name]?.cluster === undefined) return shown
    // A cluster is nobody's instance: its id is derived from whose it is.
    const id = placedId(placementOfId(parent.id), hashHex32(`cluster ${parent.id} ${name}`))
    return [{ type: 'Cluster', id, name: `${parent.name}__${name}`, instances: shown }]
  })
}

const viewChild = (instance: Instance, seen: Seeing): ChildShape =>
  instance.kind === 'assembly'
    ? viewInstance(instance, seen)
    : { type: 'Component', ...common(instance, instance.state, seen) }

const viewRelationship = (
  { name, assembly, source, target, properties }: RelationshipInstance,
  topology: Topology,
) => ({
  name: name.slice(assembly.length + 2),
  sourceId: topology.instances[source]?.id ?? '',
  targetId: topology.instances[target]?.id ?? '',
  properties: Object.entries(properties).map(([key, known]) => ({ name: key, value: known })),
})

const viewInstance = (instance: Instance, seen: Seeing): AssemblyShape => ({
  type: 'Assembly',
  ...common(instance, seen.states.get(instance.name) ?? null, seen),
  children: childrenOf(instance, seen),
  relationships: Object.values(seen.topology.relationships)
    .filter(({ assembly, state }) => assembly === instance.name && state === 'Created')
    .map((relationship) => viewRelationship(relationship, seen.topology)),
  references: Object.values(seen.topology.instances)
    .filter(({ parent, kind }) => parent === instance.name && kind === 'reference')
    .map(({ id, component: name, type }) => ({ id, name, type })),
})

/**
 * The whole tree below an assembly instance; `undefined` if the topology has no such assembly. `passing`: members on
 * their way in or out, which say nothing about their assembly.
 */
export const viewTopology = (
  seen: Seen,
  name: string,
  passing?: ReadonlySet<string>,
): z.infer<typeof assemblyView> | undefined => {
  const instance = seen.topology.instances[name]
  return instance?.kind === 'assembly'
    ? viewInstance(instance, { ...seen, states: assemblyStates(seen.topology, passing) })
    : undefined
}

/** A root or nested assembly: the tree with what its root knows of it. */
export const viewAssembly = (root: AssemblyState, name: string): z.infer<typeof assemblyView> | undefined => {
  const view = viewTopology(root, name, passingIn(root.process))
  if (!view || name !== root.name) return view
  const { state: _derived, ...rest } = view
  return { ...rest, ...rootFields(root) }
}

/** What the root says of itself goes before what its topology says of it. */
const rootFields = ({
  id,
  name,
  descriptorName,
  state,
  properties,
  descriptors,
  topology,
  createdAtMs,
  lastModifiedAtMs,
}: AssemblyState) => ({
  id,
  name,
  descriptorName,
  ...(state === null ? {} : { state }),
  // What the order said, with the defaults and what its parts have put out.
  properties: propertiesOf(
    { ...properties, ...topology.instances[name]?.properties },
    definitionsOf(descriptors, descriptorName),
  ),
  createdAt: timeText(createdAtMs),
  lastModifiedAt: timeText(lastModifiedAtMs),
})

export const viewSummary = (root: AssemblyState): z.infer<typeof assemblySummary> => ({
  type: 'Assembly',
  ...rootFields(root),
  ...(root.lastTransition
    ? {
        lastTransition: {
          id: root.lastTransition.id,
          intentType: root.lastTransition.intentType,
          status: root.lastTransition.status,
          startDateTime: timeText(root.lastTransition.startedAtMs),
          ...(root.lastTransition.endedAtMs === undefined
            ? {}
            : { endDateTime: timeText(root.lastTransition.endedAtMs) }),
        },
      }
    : {}),
})
