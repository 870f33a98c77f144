/** Scaling a cluster: how many members there will be, which come or go, and what they are brought to. */
import type { Intent } from './intent.ts'
import { levelOf } from './planner-path.ts'
import type { Level } from './planner-path.ts'
import { clusterLimits, completeCount } from './planner-quantity.ts'
import type { ClusterLimits } from './planner-quantity.ts'
import { refuse, unknownName } from './planner-refusal.ts'
import { existingTree, requireAssembly } from './planner-request.ts'
import type { Goal, PlanRequest } from './planner-request.ts'
import type { Tree, TreeNode } from './planner-tree.ts'
import { leavesOf, subtreeOf } from './planner-tree.ts'

type ScaleIntent = Extract<Intent, { type: 'ScaleOutAssembly' | 'ScaleInAssembly' }>

interface Cluster {
  readonly tree: Tree
  readonly parent: TreeNode
  readonly component: string
  readonly members: readonly TreeNode[]
  readonly limits: ClusterLimits
}

/**
 * Adds `scaling-increment` members to those that are sound; members of an earlier attempt that didn't get there are
 * finished first. They are brought to what the rest of the assembly has reached.
 */
export const scaleOut = (request: PlanRequest, intent: ScaleIntent): Goal => {
  requireAssembly(request.topology, intent.assemblyName)
  const cluster = clusterOf(request, intent, existingTree(request))
  const level = reachedLevel(cluster)
  const isSound = (member: TreeNode): boolean =>
    leavesOf(member).every(
      (leaf) => levelOf(leaf.observed?.state ?? null) >= level || leaf.observed?.state === 'Broken',
    )
  const sound = cluster.members.filter(isSound).length
  const { maximum, increment } = cluster.limits
  if (sound + increment > maximum)
    throw refuse(
      'maximum-reached',
      `cluster '${intent.clusterName}' of '${intent.assemblyName}' has ${sound} members; ${increment} more would exceed its maximum-nodes ${maximum}`,
      { members: sound, increment, maximum },
    )
  const wanted = Math.max(sound + increment, cluster.members.length)
  const within = `${cluster.parent.name}__${cluster.component}__`
  const complete = completeCount(request.rootProperties)
  const tree = existingTree(
    request,
    (assembly) => assembly === cluster.parent.name || assembly.startsWith(within),
    (parent, name, component, observed) => {
      if (parent.name !== cluster.parent.name) return complete(parent, name, component, observed)
      return name === cluster.component ? wanted : 0
    },
  )
  const members = tree.nodes.get(cluster.parent.name)?.children.get(cluster.component) ?? []
  const coming = members.filter((member) => !isSound(member))
  return { tree, targets: new Map(coming.flatMap((member) => leavesOf(member).map((leaf) => [leaf, level] as const))) }
}

/** Takes the last `scaling-increment` members away. */
export const scaleIn = (request: PlanRequest, intent: ScaleIntent): Goal => {
  requireAssembly(request.topology, intent.assemblyName)
  const { tree, members, limits } = clusterOf(request, intent, existingTree(request))
  const { minimum, increment } = limits
  const left = members.length - increment
  if (left < minimum)
    throw refuse(
      'minimum-reached',
      `cluster '${intent.clusterName}' of '${intent.assemblyName}' has ${members.length} members; ${increment} fewer would go below its minimum-nodes ${minimum}`,
      { members: members.length, increment, minimum },
    )
  const leaving = members.slice(left)
  for (const member of leaving) for (const node of subtreeOf(member)) node.leaving = true
  return { tree, targets: new Map(leaving.flatMap((member) => leavesOf(member).map((leaf) => [leaf, 0] as const))) }
}

/** `clusterName` is a component of the assembly, or the path to one further down (`inner__B`, `inner.B`). */
const clusterOf = (request: PlanRequest, intent: ScaleIntent, tree: Tree): Cluster => {
  const start = tree.nodes.get(intent.assemblyName)
  const wanted = `${intent.assemblyName}__${intent.clusterName.replaceAll('.', '__')}`
  const names: string[] = []
  const clusters: string[] = []
  for (const parent of start === undefined ? [] : subtreeOf(start)) {
    if (parent.descriptor?.kind !== 'assembly' || parent.kind !== 'assembly') continue
    for (const [component, definition] of Object.entries(parent.descriptor.composition)) {
      const path = `${parent.name}__${component}`
      const relative = path.slice(intent.assemblyName.length + 2)
      names.push(relative)
      if (definition.cluster !== undefined) clusters.push(relative)
      if (path !== wanted) continue
      if (definition.cluster === undefined)
        throw refuse(
          'not-a-cluster',
          `'${intent.clusterName}' of '${intent.assemblyName}' isn't a cluster${clustersHint(clusters)}`,
          { clusters },
        )
      const limits = clusterLimits(request.rootProperties, parent, component, definition.cluster)
      return { tree, parent, component, members: parent.children.get(component) ?? [], limits }
    }
  }
  throw unknownName(
    'unknown-component',
    `cluster of '${intent.assemblyName}'`,
    intent.clusterName,
    clusters.length > 0 ? clusters : names,
  )
}

const clustersHint = (clusters: readonly string[]): string =>
  clusters.length === 0 ? '; it has none' : `; its clusters are ${clusters.slice(0, 10).join(', ')}`

/** The lowest level that the assembly's other resources have reached, or the cluster's own members if it has no others. */
const reachedLevel = (cluster: Cluster): Level => {
  const standing = (leaves: readonly TreeNode[]): readonly Level[] =>
    leaves.flatMap((leaf) => {
      const state = leaf.observed?.state ?? null
      if (state === 'Broken') return [4 as const]
      return levelOf(state) >= 2 ? [levelOf(state)] : []
    })
  const members = new Set(cluster.members.flatMap(leavesOf))
  const others = standing(leavesOf(cluster.tree.root).filter((leaf) => !members.has(leaf)))
  const levels = others.length > 0 ? others : standing([...members])
  if (levels.length === 0 && leavesOf(cluster.tree.root).length === 0) return 4
  if (levels.length === 0)
    throw refuse('not-installed', `'${cluster.tree.root.name}' isn't installed; bring it up before you scale it`)
  return Math.min(...levels) as Level
}
