/** What the planner is asked, what it makes of it, and the instances that both are about. */
import type { PropertyValues } from '../../drivers/protocol.ts'
import type { DescriptorSet } from './descriptor.ts'
import type { Level } from './planner-path.ts'
import { completeCount } from './planner-quantity.ts'
import { unknownName } from './planner-refusal.ts'
import type { Targets } from './planner-relationships.ts'
import type { MemberCount, Tree, TreeNode } from './planner-tree.ts'
import { buildTree, leavesOf } from './planner-tree.ts'
import type { Topology } from './topology.ts'

export interface PlanRequest {
  readonly descriptors: DescriptorSet
  /** What is there, as last observed. */
  readonly topology: Topology
  /** What the root assembly was ordered with. An intent that creates brings its own, which count before these. */
  readonly rootProperties: PropertyValues
  /** Called once per new instance, in the order of `plan.creates`. */
  readonly newId: () => string
}

export interface Goal {
  readonly tree: Tree
  readonly targets: Targets
  /** Assembly that is to be complete: its references are resolved even if no resource needs them yet. */
  readonly completed?: TreeNode
  /** Is known to be broken: an Active one is marked so first. */
  readonly healing?: TreeNode
  /** Isn't there any more: is deleted and made anew, whatever state it shows. */
  readonly anew?: TreeNode
}

export const requireAssembly = (topology: Topology, name: string): void => {
  if (topology.instances[name]?.kind === 'assembly') return
  const assemblies = Object.values(topology.instances).flatMap((one) => (one.kind === 'assembly' ? [one.name] : []))
  throw unknownName('unknown-assembly', 'assembly', name, assemblies)
}

/** What exists, and, where `completes` says so, what is missing of it. */
export const existingTree = (
  request: PlanRequest,
  completes: (assembly: string) => boolean = () => false,
  memberCount: MemberCount = completeCount(request.rootProperties),
): Tree => {
  const { topology } = request
  const root = { name: topology.root, type: topology.instances[topology.root]?.type ?? '' }
  return buildTree({ ...request, root, completes, memberCount })
}

export const assemblyIn = (tree: Tree, name: string): TreeNode => {
  const node = tree.nodes.get(name)
  if (node === undefined) throw unknownName('unknown-assembly', 'assembly', name, [...tree.nodes.keys()])
  return node
}

export const targetsBelow = (node: TreeNode, level: Level): Targets =>
  new Map(leavesOf(node).map((leaf) => [leaf, level]))
