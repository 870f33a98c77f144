/** What a task sends to a driver. */
import type { PropertyDefinitions, ResourceDescriptor, TransitionDefinition } from './descriptor.ts'
import type { PlannedCall, PlannedValue, PlannedValues } from './plan.ts'
import { refuse } from './planner-refusal.ts'
import type { TreeNode } from './planner-tree.ts'
import type { Resolver } from './planner-values.ts'

/** A value that an instance has shown or will show by the time that the task starts. */
const shown = (node: TreeNode, name: string): PlannedValue => ({ parts: [{ instance: node.name, property: name }] })

/**
 * Where the properties for a call on a resource come from. `now`: from the descriptors, as the first call on the way up
 * needs them. `still`: the same, but what depends on many instances is what the first call was given, since to repeat it
 * in each call would make a plan's size the square of a cluster's. `before`: on the way down (and for relationships)
 * what the resource was last given, so that nothing has to wait for values that it doesn't have yet.
 */
export type Given = 'now' | 'still' | 'before'

const resourceProperties = (
  resolver: Resolver,
  node: TreeNode,
  descriptor: ResourceDescriptor,
  given: Given,
): PlannedValues => {
  const values: Record<string, PlannedValue> = {}
  for (const [name, definition] of Object.entries(descriptor.properties)) {
    const value =
      given === 'before' || definition.readOnly || node.definition[name]?.readOnly === true
        ? shown(node, name)
        : resolver.property(node, name)
    if (value !== undefined) values[name] = given === 'still' && 'list' in value ? shown(node, name) : value
  }
  return { ...values, ...resolver.properties(node, descriptor.privateProperties) }
}

const requestProperties = (resolver: Resolver, node: TreeNode, definitions: PropertyDefinitions): PlannedValues => {
  const values: Record<string, PlannedValue> = {}
  for (const [name, definition] of Object.entries(definitions)) {
    const text = definition.value ?? definition.default
    const value = text === undefined ? undefined : resolver.own(node, text)
    if (value !== undefined) values[name] = value
  }
  return values
}

const placed = (resolver: Resolver, node: TreeNode): Pick<PlannedCall, 'deploymentLocation' | 'resourceManager'> => {
  const deploymentLocation = resolver.placement(node, 'deploymentLocation')
  if (deploymentLocation === undefined)
    throw refuse(
      'no-deployment-location',
      `'${node.name}' has no deployment location: give it (or an assembly above it) the property deploymentLocation`,
      { component: node.name },
    )
  // A deployment location knows the resource manager that it belongs to, so naming one is optional.
  return { deploymentLocation, resourceManager: resolver.placement(node, 'resourceManager') ?? { value: '' } }
}

export const transitionCall = (
  resolver: Resolver,
  node: TreeNode,
  descriptor: ResourceDescriptor,
  transition: TransitionDefinition,
  given: Given,
): PlannedCall => ({
  drivers: Object.keys(transition.drivers).length > 0 ? transition.drivers : descriptor.defaultDrivers,
  ...placed(resolver, node),
  resourceProperties: resourceProperties(resolver, node, descriptor, given),
  requestProperties: requestProperties(resolver, node, transition.properties),
})

/** A reference that no descriptor here describes is looked up by whatever drivers its location has. */
export const findCall = (resolver: Resolver, node: TreeNode): PlannedCall => {
  const descriptor = node.descriptor?.kind === 'resource' ? node.descriptor : undefined
  const own = descriptor?.findReference?.drivers ?? {}
  return {
    drivers: Object.keys(own).length > 0 ? own : (descriptor?.defaultDrivers ?? {}),
    ...placed(resolver, node),
    resourceProperties: resolver.properties(node, node.definition),
    requestProperties: requestProperties(resolver, node, descriptor?.findReference?.properties ?? {}),
  }
}

/** `relationship`: its properties, which count before the operation's own defaults. */
export const operationCall = (
  resolver: Resolver,
  node: TreeNode,
  descriptor: ResourceDescriptor,
  operation: TransitionDefinition,
  relationship: PlannedValues,
): PlannedCall => ({
  drivers: Object.keys(operation.drivers).length > 0 ? operation.drivers : descriptor.defaultDrivers,
  ...placed(resolver, node),
  resourceProperties: resourceProperties(resolver, node, descriptor, 'before'),
  requestProperties: { ...requestProperties(resolver, node, operation.properties), ...relationship },
})
