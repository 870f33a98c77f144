/**
 * The intent engine: what is there and what is asked for, in; a plan, out. Pure and deterministic: the same input gives
 * the same plan with the same ids in the same order, so it is also the preview.
 *
 * It starts from what was observed, never from what an earlier plan meant to do. So any mixture of states, also of a plan
 * that stopped half-way, can be driven to any target, and an assembly that is already there gives an empty plan.
 */
import type { Rejection } from '../../runtime/entity.ts'
import type { Intent } from './intent.ts'
import type { Plan, PlannedInstance, PlannedValue, PlannedValues } from './plan.ts'
import { goalOf } from './planner-goals.ts'
import { levelOf, pathAnew, pathTo } from './planner-path.ts'
import type { Step } from './planner-path.ts'
import { refusable, unknownName } from './planner-refusal.ts'
import { pairsOf, raiseSources } from './planner-relationships.ts'
import type { RelationshipPair } from './planner-relationships.ts'
import { existingTree } from './planner-request.ts'
import type { Goal, PlanRequest } from './planner-request.ts'
import { buildTasks } from './planner-tasks.ts'
import type { Tree, TreeNode } from './planner-tree.ts'
import { ancestorsOf, subtreeOf } from './planner-tree.ts'
import { resolverOf } from './planner-values.ts'
import type { Resolver } from './planner-values.ts'

export type { PlanRequest } from './planner-request.ts'

export type PlanOutcome =
  { readonly plan: Plan; readonly refusal?: never } | { readonly refusal: Rejection; readonly plan?: never }

/** The plan for an intent, or why there is none and what would be right. Never throws for what an order can bring about. */
export const planIntent = (request: PlanRequest & { readonly intent: Intent }): PlanOutcome => {
  const { intent } = request
  const rootProperties =
    intent.type === 'CreateAssembly' ? { ...request.rootProperties, ...intent.properties } : request.rootProperties
  return outcome(() => {
    const complete = { ...request, rootProperties }
    return planGoal(complete, goalOf(complete, intent))
  })
}

/**
 * The plan for a resource that the infrastructure no longer knows: Delete, Create, Install, Configure, Start, Integrity,
 * and its relationships. Task ids begin with `fuller:`, so that it can extend the plan of the heal that found out.
 */
export const planFullerHeal = (request: PlanRequest & { readonly brokenComponent: string }): PlanOutcome =>
  outcome(() => {
    const tree = existingTree(request)
    const anew = tree.nodes.get(request.brokenComponent)
    if (anew?.kind !== 'resource') {
      const resources = [...tree.nodes.values()].filter((node) => node.kind === 'resource')
      throw unknownName(
        'unknown-component',
        'component',
        request.brokenComponent,
        resources.map((node) => node.name),
      )
    }
    const plan = planGoal(request, { tree, targets: new Map([[anew, 4]]), anew })
    const renamed = (id: string): string => `fuller:${id}`
    const tasks = plan.tasks.map((task) => ({
      ...task,
      id: renamed(task.id),
      after: task.after.map((dependency) => ({ ...dependency, task: renamed(dependency.task) })),
    }))
    return { ...plan, tasks }
  })

const outcome = (work: () => Plan): PlanOutcome => {
  const result = refusable(work)
  return 'refusal' in result ? result : { plan: result.value }
}

const planGoal = (request: PlanRequest, { tree, targets, completed, healing, anew }: Goal): Plan => {
  const { topology, rootProperties } = request
  const pairs = pairsOf(tree, topology)
  raiseSources(pairs, targets)

  const paths = new Map<TreeNode, readonly Step[]>()
  for (const node of tree.nodes.values()) {
    const level = targets.get(node)
    if (level === undefined || node.descriptor?.kind !== 'resource') continue
    const state = node.observed?.state ?? null
    const broken = node === healing && state === 'Active' ? 'Broken' : state
    const steps = node === anew ? pathAnew(node.descriptor, state, level) : pathTo(node.descriptor, broken, level)
    if (steps.length > 0) paths.set(node, steps)
  }
  const resolving = new Set(completed === undefined ? [] : subtreeOf(completed))
  for (const [node, steps] of paths)
    if (steps.some((step) => step.direction === 'up')) for (const above of ancestorsOf(node)) resolving.add(above)
  const finds = [...tree.nodes.values()].filter((node) => isUnresolved(node) && isIn(resolving, node.parent))
  const produced = new Set<TreeNode>([
    ...finds,
    ...[...paths].flatMap(([node, steps]) => (steps.some((step) => step.stage === 'Install') ? [node] : [])),
  ])
  const resolver = resolverOf(rootProperties, (node) => produced.has(node))
  const dependencies = resolverOf(rootProperties, () => true)
  const { graph, created } = buildTasks({ tree, targets, pairs, paths, finds, healing, resolver, dependencies })
  return {
    tasks: graph.tasks(),
    creates: creations(
      tree,
      resolver,
      resolverOf(rootProperties, () => false),
    ),
    createsRelationships: created.filter((pair) => pair.observed === undefined).map(plannedRelationship),
    ...removals(tree, topology),
    updates: updates(tree, resolver),
  }
}

const isIn = (nodes: ReadonlySet<TreeNode>, node: TreeNode | undefined): boolean =>
  node !== undefined && nodes.has(node)

const isUnresolved = (node: TreeNode): boolean =>
  node.kind === 'reference' && !node.leaving && levelOf(node.observed?.state ?? null) === 0

/** A property that only a driver fills has its definition's value, if any, until the driver's comes. */
const firstProperties = (node: TreeNode, resolver: Resolver, withoutOutputs: Resolver): PlannedValues => {
  const values: PlannedValues = {}
  for (const name of Object.keys(node.descriptor?.properties ?? node.definition)) {
    const planned = resolver.property(node, name)
    const value =
      planned !== undefined && isOwnOutput(node, name, planned) ? withoutOutputs.property(node, name) : planned
    if (value !== undefined) values[name] = value
  }
  return values
}

const isOwnOutput = (node: TreeNode, name: string, value: PlannedValue): boolean => {
  if (!('parts' in value) || value.parts.length !== 1) return false
  const [part] = value.parts
  return typeof part === 'object' && part.instance === node.name && part.property === name
}

const creations = (tree: Tree, resolver: Resolver, withoutOutputs: Resolver): PlannedInstance[] =>
  [...tree.nodes.values()]
    .filter((node) => node.observed === undefined)
    .map((node): PlannedInstance => ({
      name: node.name,
      id: node.id,
      kind: node.kind,
      type: node.type,
      parent: node.parent?.name ?? '',
      component: node.component,
      ...(node.index === undefined ? {} : { index: node.index }),
      properties: firstProperties(node, resolver, withoutOutputs),
    }))

const plannedRelationship = (pair: RelationshipPair): Plan['createsRelationships'][number] => ({
  name: pair.name,
  relationship: pair.relationship,
  assembly: pair.assembly.name,
  source: pair.source.node.name,
  target: pair.target.node.name,
})

const removals = (tree: Tree, topology: PlanRequest['topology']): Pick<Plan, 'removes' | 'removesRelationships'> => {
  const removes = [...tree.nodes.values()].filter((node) => node.leaving && node.observed !== undefined)
  const gone = new Set(removes.map((node) => node.name))
  const relationships = Object.values(topology.relationships)
  return {
    removes: removes.map((node) => node.name).reverse(),
    removesRelationships: relationships
      .filter((one) => gone.has(one.source) || gone.has(one.target) || gone.has(one.assembly))
      .map((one) => one.name),
  }
}

/** Properties of assemblies that will differ from what they show now. */
const updates = (tree: Tree, resolver: Resolver): Plan['updates'] => {
  const all: Plan['updates'] = {}
  for (const node of tree.nodes.values()) {
    if (node.kind !== 'assembly' || node.leaving) continue
    const values = resolver.properties(node, node.descriptor?.properties ?? {})
    const changed = Object.entries(values).filter(([name, value]) => {
      if (!('value' in value)) return true
      return node.observed !== undefined && !isSame(value.value, node.observed.properties[name])
    })
    if (changed.length > 0) all[node.name] = Object.fromEntries(changed)
  }
  return all
}

const isSame = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right)
