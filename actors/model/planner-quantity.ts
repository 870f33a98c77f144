/** How many members a component has: quantities and cluster limits, which may be expressions but must be known now. */
import type { PropertyValues } from '../../drivers/protocol.ts'
import type { ClusterDefinition, ValueText } from './descriptor.ts'
import { refuse } from './planner-refusal.ts'
import { INSTANCES_MAX } from './planner-tree.ts'
import type { MemberCount, TreeNode } from './planner-tree.ts'
import { resolverOf } from './planner-values.ts'

export interface ClusterLimits {
  readonly minimum: number
  /** Infinity: none is set. */
  readonly maximum: number
  readonly increment: number
  readonly initial: number
}

/** Numbers are read while the tree grows, so only from what the assembly was given, never from its components. */
export const numberIn = (rootProperties: PropertyValues, parent: TreeNode, what: string, text: ValueText): number => {
  const value = resolverOf(rootProperties, () => false).own(parent, text)
  if (value === undefined || !('value' in value))
    throw refuse(
      'quantity-not-known',
      `${what} of '${parent.name}' is '${text}', which has no value yet when the order is planned`,
    )
  const number =
    typeof value.value === 'string' && /^\d{1,9}$/.test(value.value.trim()) ? Number(value.value) : undefined
  if (number === undefined)
    throw refuse(
      'bad-quantity',
      `${what} of '${parent.name}' is '${String(value.value)}'; it should be a whole number from 0`,
    )
  return number
}

export const clusterLimits = (
  rootProperties: PropertyValues,
  parent: TreeNode,
  name: string,
  cluster: ClusterDefinition,
): ClusterLimits => {
  const read = (key: string, text: ValueText): number =>
    numberIn(rootProperties, parent, `${key} of cluster '${name}'`, text)
  const minimum = read('minimum-nodes', cluster.minimumNodes)
  const maximum = cluster.maximumNodes === undefined ? Infinity : read('maximum-nodes', cluster.maximumNodes)
  const increment = read('scaling-increment', cluster.scalingIncrement)
  const initial = cluster.initialQuantity === undefined ? minimum : read('initial-quantity', cluster.initialQuantity)
  if (initial < minimum || initial > maximum)
    throw refuse(
      'bad-quantity',
      `initial-quantity ${initial} of cluster '${name}' of '${parent.name}' should lie between minimum-nodes ${minimum} and maximum-nodes ${maximum}`,
      { initial, minimum, maximum },
    )
  if (increment === 0)
    throw refuse('bad-quantity', `scaling-increment of cluster '${name}' of '${parent.name}' should be 1 or more`)
  return { minimum, maximum, increment, initial }
}

/**
 * Members that a component should have. A cluster keeps the size that it was scaled to; only one with fewer members than
 * its minimum isn't complete, and gets its initial quantity.
 */
export const completeCount =
  (rootProperties: PropertyValues): MemberCount =>
  (parent, name, component, observed) => {
    const count =
      component.cluster === undefined
        ? numberIn(rootProperties, parent, `quantity of '${name}'`, component.quantity)
        : clusterCount(clusterLimits(rootProperties, parent, name, component.cluster), parent, observed)
    if (count > INSTANCES_MAX)
      throw refuse(
        'too-many-instances',
        `'${name}' of '${parent.name}' would have ${count} members; the limit is ${INSTANCES_MAX}`,
        {
          limit: INSTANCES_MAX,
          count,
        },
      )
    return count
  }

const clusterCount = (
  limits: ClusterLimits,
  parent: TreeNode,
  observed: readonly { readonly index?: number }[],
): number => {
  if (parent.observed === undefined) return limits.initial
  const highest = Math.max(0, ...observed.map((member) => member.index ?? 1))
  return highest < limits.minimum ? Math.max(limits.initial, highest) : highest
}
