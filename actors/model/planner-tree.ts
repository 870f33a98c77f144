/**
 * The instances that a plan is about: those that exist, those that are missing and are to be created, and those that
 * are to leave. Parents come before children, components in the order of the descriptor, members by number.
 */
import type { AssemblyDescriptor, Component, Descriptor, DescriptorSet, PropertyDefinitions } from './descriptor.ts'
import { refuse, unknownName } from './planner-refusal.ts'
import type { Instance, Topology } from './topology.ts'

/** More instances than this in one assembly are refused: a plan is one document, kept and sent as a whole. */
export const INSTANCES_MAX = 1_000
const DEPTH_MAX = 16

export interface TreeNode {
  readonly name: string
  readonly id: string
  readonly kind: Instance['kind']
  readonly type: string
  readonly parent: TreeNode | undefined
  readonly component: string
  readonly index: number | undefined
  /** Of a reference it may be missing: what is referenced need not be in the catalogue. */
  readonly descriptor: Descriptor | undefined
  /** What the parent says about the properties of this component or reference. */
  readonly definition: PropertyDefinitions
  /** Undefined: it is created by this plan. */
  readonly observed: Instance | undefined
  /** Of an assembly: by component or reference. Complete once the node has been expanded. */
  readonly children: Map<string, TreeNode[]>
  leaving: boolean
}

export interface Tree {
  readonly root: TreeNode
  readonly nodes: Map<string, TreeNode>
}

/** How many members of a component there should be; `undefined` as long as they are only observed. */
export type MemberCount = (
  parent: TreeNode,
  name: string,
  component: Component,
  observed: readonly Instance[],
) => number

export interface TreeRequest {
  readonly descriptors: DescriptorSet
  readonly topology: Topology
  /** Of the root: it is created if the topology has none. */
  readonly root: { readonly name: string; readonly type: string }
  /** Whether what is missing in this assembly is created. */
  readonly completes: (assembly: string) => boolean
  readonly memberCount: MemberCount
  readonly newId: () => string
}

export const buildTree = (request: TreeRequest): Tree => {
  const { descriptors, topology, newId } = request
  const nodes = new Map<string, TreeNode>()
  const observedChildren = childrenByParent(topology)

  const add = (fields: Pick<TreeNode, 'name' | 'kind' | 'type' | 'parent' | 'component' | 'index' | 'definition'>) => {
    if (nodes.has(fields.name))
      throw refuse('name-collision', `two instances would be named '${fields.name}': rename one of the components`)
    if (nodes.size >= INSTANCES_MAX)
      throw refuse('too-many-instances', `the assembly would have more than ${INSTANCES_MAX} instances`, {
        limit: INSTANCES_MAX,
      })
    const observed = topology.instances[fields.name]
    const type = observed?.type ?? fields.type
    const descriptor =
      fields.kind === 'reference' ? referenceDescriptor(descriptors, type) : descriptorOf(descriptors, type)
    const kind = fields.kind === 'reference' ? 'reference' : (descriptor?.kind ?? fields.kind)
    const id = observed?.id ?? newId()
    const node: TreeNode = { ...fields, type, kind, id, descriptor, observed, children: new Map(), leaving: false }
    nodes.set(node.name, node)
    return node
  }

  const expand = (node: TreeNode, ancestors: readonly string[]): void => {
    if (node.descriptor?.kind !== 'assembly' || node.kind !== 'assembly') return
    const cycleAt = ancestors.indexOf(node.type)
    if (cycleAt !== -1)
      throw refuse(
        'composition-cycle',
        `an assembly contains itself: ${[...ancestors.slice(cycleAt), node.type].join(' → ')}`,
      )
    if (ancestors.length >= DEPTH_MAX)
      throw refuse('nested-too-deeply', `assemblies are nested more than ${DEPTH_MAX} deep at '${node.name}'`)
    const observed = observedChildren.get(node.name) ?? []
    const completes = request.completes(node.name)
    expandReferences(node, node.descriptor, observed, completes, add)
    for (const [name, component] of Object.entries(node.descriptor.composition)) {
      const present = observed.filter((child) => child.component === name && child.kind !== 'reference')
      node.children.set(name, [])
      const count = completes ? request.memberCount(node, name, component, present) : 0
      const numbered =
        component.cluster !== undefined || count > 1 || present.some((child) => child.index !== undefined)
      const indexes = new Set(present.map((child) => child.index ?? 1))
      for (let index = 1; index <= count; index++) indexes.add(index)
      const members = [...indexes]
        .sort((left, right) => left - right)
        .map((index) =>
          add({
            name: numbered ? `${node.name}__${name}__${index}` : `${node.name}__${name}`,
            kind: 'resource',
            type: component.type,
            parent: node,
            component: name,
            index: numbered ? index : undefined,
            definition: component.properties,
          }),
        )
      node.children.set(name, members)
      for (const member of members) expand(member, [...ancestors, node.type])
    }
  }

  const root = add({
    name: request.root.name,
    kind: 'assembly',
    type: request.root.type,
    parent: undefined,
    component: '',
    index: undefined,
    definition: {},
  })
  if (root.kind !== 'assembly')
    throw refuse('not-an-assembly', `'${root.type}' is a resource; an order names an assembly descriptor`)
  expand(root, [])
  return { root, nodes }
}

const expandReferences = (
  node: TreeNode,
  descriptor: AssemblyDescriptor,
  observed: readonly Instance[],
  completes: boolean,
  add: (fields: Pick<TreeNode, 'name' | 'kind' | 'type' | 'parent' | 'component' | 'index' | 'definition'>) => TreeNode,
): void => {
  for (const [name, reference] of Object.entries(descriptor.references)) {
    const present = observed.some((child) => child.component === name && child.kind === 'reference')
    if (!present && !completes) continue
    const { type, properties: definition } = reference
    const fields = { kind: 'reference', type, parent: node, component: name, index: undefined, definition } as const
    node.children.set(name, [add({ name: `${node.name}__${name}`, ...fields })])
  }
}

const childrenByParent = (topology: Topology): Map<string, Instance[]> => {
  const children = new Map<string, Instance[]>()
  for (const instance of Object.values(topology.instances)) {
    const siblings = children.get(instance.parent)
    if (siblings === undefined) children.set(instance.parent, [instance])
    else siblings.push(instance)
  }
  return children
}

const descriptorOf = (descriptors: DescriptorSet, type: string): Descriptor => {
  const descriptor = Object.hasOwn(descriptors, type) ? descriptors[type] : undefined
  if (descriptor === undefined) throw unknownName('unknown-descriptor', 'descriptor', type, Object.keys(descriptors))
  return descriptor
}

/** A reference may name a range of versions: then any descriptor of that name says how it is found. */
const referenceDescriptor = (descriptors: DescriptorSet, type: string): Descriptor | undefined => {
  if (Object.hasOwn(descriptors, type)) return descriptors[type]
  const prefix = type.slice(0, type.lastIndexOf('::') + 2)
  const name = Object.keys(descriptors).findLast((candidate) => candidate.startsWith(prefix))
  return name === undefined ? undefined : descriptors[name]
}

/** Resources below a node, itself included. */
export const leavesOf = (node: TreeNode): readonly TreeNode[] => {
  if (node.kind === 'resource') return [node]
  return [...node.children.values()].flatMap((members) => members.flatMap(leavesOf))
}

/** The node and all below it, parents first. */
export const subtreeOf = (node: TreeNode): readonly TreeNode[] => [
  node,
  ...[...node.children.values()].flatMap((members) => members.flatMap(subtreeOf)),
]

/** The assemblies that a node is part of, the nearest first. */
export const ancestorsOf = (node: TreeNode): readonly TreeNode[] =>
  node.parent === undefined ? [] : [node.parent, ...ancestorsOf(node.parent)]
