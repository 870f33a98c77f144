/** The tasks of a goal and the hard edges between them; `planner-graph.ts` adds the barriers between stages. */
import type { PlannedValues } from './plan.ts'
import { findCall, operationCall, transitionCall } from './planner-calls.ts'
import { createGraph } from './planner-graph.ts'
import type { PlanGraph, TaskNumber } from './planner-graph.ts'
import { operationTargets } from './planner-operations.ts'
import type { Step } from './planner-path.ts'
import { entersAt, hasLostEnd, isConcerned, isLive, isNeeded, leavesAt, settledAfter } from './planner-relationships.ts'
import type { RelationshipEnd, RelationshipPair, Targets } from './planner-relationships.ts'
import type { Tree, TreeNode } from './planner-tree.ts'
import { leavesOf } from './planner-tree.ts'
import { producersOf } from './planner-values.ts'
import type { Resolved, Resolver } from './planner-values.ts'

export interface TasksRequest {
  readonly tree: Tree
  readonly targets: Targets
  readonly pairs: readonly RelationshipPair[]
  /** Of each resource that moves. */
  readonly paths: ReadonlyMap<TreeNode, readonly Step[]>
  /** References to resolve. */
  readonly finds: readonly TreeNode[]
  readonly healing: TreeNode | undefined
  /** What is known now. */
  readonly resolver: Resolver
  /** Everything that drivers put out taken as not known yet: shows what depends on what. */
  readonly dependencies: Resolver
}

export interface TasksResult {
  readonly graph: PlanGraph
  /** Pairs that come into being. */
  readonly created: readonly RelationshipPair[]
}

interface Building extends TasksRequest {
  readonly graph: PlanGraph
  readonly steps: Map<TreeNode, readonly TaskNumber[]>
  readonly found: Map<TreeNode, TaskNumber>
  readonly markBroken: TaskNumber | undefined
}

export const buildTasks = (request: TasksRequest): TasksResult => {
  const graph = createGraph()
  const { healing } = request
  const markBroken =
    healing?.observed?.state === 'Active'
      ? graph.add({ id: `${healing.name}.mark-broken`, type: 'mark-broken', instance: healing.name })
      : undefined
  const building: Building = { ...request, graph, steps: new Map(), found: new Map(), markBroken }
  for (const node of request.finds) building.found.set(node, addFind(building, node))
  for (const [node, steps] of request.paths) building.steps.set(node, addSteps(building, node, steps))
  for (const node of request.finds) addReferenceEdges(building, node)
  for (const [node, steps] of request.paths) addPropertyEdges(building, node, steps)
  const created = request.pairs.filter((pair) => isConcerned(pair, request.targets) && addRelationship(building, pair))
  return { graph, created }
}

const addFind = ({ graph, resolver }: Building, node: TreeNode): TaskNumber =>
  graph.add(
    {
      id: `${node.name}.FindReference`,
      type: 'transition',
      instance: node.name,
      transition: 'FindReference',
      from: null,
      to: 'Active',
      onFailure: null,
      call: findCall(resolver, node),
    },
    'Find',
  )

const addSteps = (building: Building, node: TreeNode, steps: readonly Step[]): readonly TaskNumber[] => {
  const { graph, resolver, healing, markBroken } = building
  const { descriptor } = node
  if (descriptor?.kind !== 'resource') return []
  let previous = node === healing ? markBroken : undefined
  const isCalled = (step: Step): boolean => descriptor.lifecycle[step.transition] !== undefined
  const first = steps.findIndex((step) => step.direction === 'up' && isCalled(step))
  return steps.map(({ transition, from, to, onFailure, stage, direction }, index) => {
    const definition = descriptor.lifecycle[transition]
    const given = direction === 'down' ? 'before' : index === first ? 'now' : 'still'
    const call = definition === undefined ? {} : { call: transitionCall(resolver, node, descriptor, definition, given) }
    const number = graph.add(
      {
        id: `${node.name}.${transition}`,
        type: 'transition',
        instance: node.name,
        transition,
        from,
        to,
        onFailure,
        ...call,
      },
      stage,
    )
    if (previous !== undefined) graph.edge(previous, number, 'state')
    previous = number
    return number
  })
}

const isPresent = <Value>(value: Value | undefined): value is Value => value !== undefined

/** First task of a resource on its way up. */
const firstUp = ({ paths, steps }: Building, node: TreeNode): TaskNumber | undefined => {
  const index = paths.get(node)?.findIndex((step) => step.direction === 'up') ?? -1
  return steps.get(node)?.[index]
}

/** The task after which the outputs of an instance are there, if it is to put them out at all. */
const yields = ({ paths, steps, found, tree }: Building, name: string): TaskNumber | undefined => {
  const node = tree.nodes.get(name)
  if (node === undefined) return undefined
  const index = paths.get(node)?.findLastIndex((step) => step.stage === 'Install') ?? -1
  return steps.get(node)?.[index] ?? found.get(node)
}

/** References come before every member of their assembly, whatever is nested in it. */
const addReferenceEdges = (building: Building, node: TreeNode): void => {
  const { graph, found, dependencies } = building
  const find = found.get(node)
  if (find === undefined) return
  const values = Object.values(dependencies.properties(node, node.definition))
  needsOutputs(building, node, find, [...values, ...placement(dependencies, node)])
  const siblings = node.parent === undefined ? [] : building.finds.filter((one) => one.parent === node.parent)
  if (siblings[0] !== node || node.parent === undefined) return
  const members = leavesOf(node.parent).map((leaf) => firstUp(building, leaf))
  const finds = siblings.map((one) => found.get(one))
  graph.edges(finds.filter(isPresent), members.filter(isPresent), 'reference', `references of ${node.parent.name}`)
}

const placement = (resolver: Resolver, node: TreeNode): readonly Resolved[] => [
  resolver.placement(node, 'deploymentLocation'),
  resolver.placement(node, 'resourceManager'),
]

/** `task`, of `node`, waits for the outputs that the values are made of. */
const needsOutputs = (building: Building, node: TreeNode, task: TaskNumber, values: readonly Resolved[]): void => {
  const producers = new Set(values.flatMap(producersOf))
  producers.delete(node.name)
  const tasks = [...producers].map((name) => yields(building, name)).filter(isPresent)
  building.graph.edges(tasks, [task], 'property', `values for ${node.name}`)
}

/** Everything that a resource's calls are made of. */
const inputsOf = (resolver: Resolver, node: TreeNode): readonly Resolved[] => {
  const { descriptor } = node
  if (descriptor?.kind !== 'resource') return []
  return [
    ...Object.values(resolver.properties(node, descriptor.properties)),
    ...Object.values(resolver.properties(node, descriptor.privateProperties)),
    ...Object.values(descriptor.lifecycle)
      .flatMap((transition) => Object.values(transition.properties))
      .flatMap(({ value, default: otherwise }) => [value ?? otherwise].filter(isPresent))
      .map((text) => resolver.own(node, text)),
    ...placement(resolver, node),
  ]
}

/**
 * Up: a consumer begins when its producers have completed Install. Down, the reverse within each stage, so that what is
 * built on something goes before it.
 */
const addPropertyEdges = (building: Building, node: TreeNode, path: readonly Step[]): void => {
  const { graph, paths, steps, tree, dependencies } = building
  const inputs = inputsOf(dependencies, node)
  const first = firstUp(building, node)
  if (first !== undefined) needsOutputs(building, node, first, inputs)
  const producers = [...new Set(inputs.flatMap(producersOf))].map((name) => tree.nodes.get(name)).filter(isPresent)
  for (const [index, step] of path.entries()) {
    const own = steps.get(node)?.[index]
    if (step.direction === 'up' || step.stage === 'Stop' || own === undefined) continue
    const same = producers
      .filter((producer) => producer !== node)
      .map(
        (producer) =>
          steps.get(producer)?.[paths.get(producer)?.findIndex((one) => one.transition === step.transition) ?? -1],
      )
    graph.softEdges([own], same.filter(isPresent), 'property', `${node.name} uses its outputs`)
  }
}

type StepIndex = (steps: readonly Step[]) => number

const tasksAt = ({ paths, steps }: Building, end: RelationshipEnd, indexOf: StepIndex): readonly TaskNumber[] =>
  end.leaves.map((leaf) => steps.get(leaf)?.[indexOf(paths.get(leaf) ?? [])]).filter(isPresent)

/** Adds what makes it cease and come into being; true if it comes into being. */
const addRelationship = (building: Building, pair: RelationshipPair): boolean => {
  const { graph, paths, targets, markBroken, healing } = building
  const { source, target, name } = pair
  const needed = isNeeded(pair, targets)
  const live = isLive(pair)
  const leaves = [source, target].some((end) =>
    end.leaves.some((leaf) => leavesAt(paths.get(leaf) ?? [], end.level) !== -1),
  )
  const ceases = live && (leaves || !needed || hasLostEnd(pair))
  const creates = needed && (!live || ceases)
  let ceased: TaskNumber | undefined
  if (ceases) {
    const chain = addOperations(building, pair, 'Cease')
    ceased = chain.last
    const left = (end: RelationshipEnd): readonly TaskNumber[] =>
      tasksAt(building, end, (path) => leavesAt(path, end.level))
    graph.edges([chain.last], left(target), 'relationship', `${name} ceases first`)
    graph.edges([chain.last], left(source), 'relationship', `${name} ceases first`)
    if (source.modifier === 'post' && target.modifier === 'pre')
      graph.softEdges(left(target), left(source), 'relationship', `reverse order of ${name}`)
    if (source.modifier === 'pre' && target.modifier === 'post')
      graph.softEdges(left(source), left(target), 'relationship', `reverse order of ${name}`)
    const heals = [source, target].some((end) => end.leaves.some((leaf) => leaf === healing))
    if (markBroken !== undefined && heals) graph.edge(markBroken, chain.first, 'state')
  }
  if (creates) {
    // Found out now, not when it is to be taken down.
    for (const operation of pair.definition.cease) operationTargets(pair, operation)
    const chain = addOperations(building, pair, 'Create')
    if (ceased !== undefined) graph.edge(ceased, chain.first, 'relationship', `${name} has ceased`)
    for (const end of [source, target]) {
      const before = tasksAt(building, end, (path) => settledAfter(path, end.hold))
      graph.edges(before, [chain.first], 'relationship', `${end.node.name} is ready for ${name}`)
      if (end.modifier === 'post') continue
      const after = tasksAt(building, end, (path) => entersAt(path, end.level))
      graph.edges([chain.last], after, 'relationship', `${name} comes first`)
    }
  }
  return creates
}

/** One operation after the other, then the relationship's own task, which says that they are done. */
const addOperations = (
  building: Building,
  pair: RelationshipPair,
  phase: 'Create' | 'Cease',
): { readonly first: TaskNumber; readonly last: TaskNumber } => {
  const { graph, resolver, dependencies } = building
  const { name, definition } = pair
  const ends = { source: pair.source.node, target: pair.target.node }
  const values = relationshipValues(resolver, pair, ends)
  const chain: TaskNumber[] = []
  for (const [index, operation] of (phase === 'Create' ? definition.create : definition.cease).entries()) {
    for (const { node, descriptor, name: called, definition: declared } of operationTargets(pair, operation)) {
      const exists = phase === 'Create' || (node.observed?.state ?? null) !== null
      const call = exists ? { call: operationCall(resolver, node, descriptor, declared, values) } : {}
      const id = `${name}.${phase}.${index + 1}.${node.name}`
      const task = {
        id,
        type: 'operation',
        instance: node.name,
        relationship: name,
        phase,
        operation: called,
        ...call,
      } as const
      chain.push(graph.add(task))
    }
  }
  const to = phase === 'Create' ? 'Created' : null
  chain.push(graph.add({ id: `${name}.${phase}`, type: 'relationship', relationship: name, to, properties: values }))
  for (const [index, number] of chain.entries()) {
    const next = chain[index + 1]
    if (next !== undefined) graph.edge(number, next, 'relationship', `operations of ${name} in their order`)
  }
  const first = chain[0] as TaskNumber
  if (phase === 'Create')
    needsOutputs(building, pair.assembly, first, Object.values(relationshipValues(dependencies, pair, ends)))
  return { first, last: chain[chain.length - 1] as TaskNumber }
}

const relationshipValues = (
  resolver: Resolver,
  pair: RelationshipPair,
  ends: { readonly source: TreeNode; readonly target: TreeNode },
): PlannedValues => {
  const values: PlannedValues = {}
  for (const [property, { value, default: otherwise }] of Object.entries(pair.definition.properties)) {
    const text = value ?? otherwise
    const resolved = text === undefined ? undefined : resolver.ofRelationship(pair.assembly, text, ends)
    if (resolved !== undefined) values[property] = resolved
  }
  return values
}
