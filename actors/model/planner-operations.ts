/** Operations of relationships: whose they are, also where assemblies promote those of their components. */
import type { OperationDefinition, RelationshipOperation, ResourceDescriptor } from './descriptor.ts'
import { refuse, unknownName } from './planner-refusal.ts'
import type { RelationshipPair } from './planner-relationships.ts'
import type { TreeNode } from './planner-tree.ts'

export interface OperationTarget {
  readonly node: TreeNode
  readonly descriptor: ResourceDescriptor
  readonly name: string
  readonly definition: OperationDefinition
}

/** Resources that carry the operation out, each with its own name for it. */
export const operationTargets = (
  pair: RelationshipPair,
  operation: RelationshipOperation,
): readonly OperationTarget[] => {
  const owner = operationOwner(pair, operation.on)
  return owner === undefined ? [] : promoted(owner, operation.operation, pair)
}

const operationOwner = (pair: RelationshipPair, on: string): TreeNode | undefined => {
  if (on === 'source') return pair.source.node
  if (on === 'target') return pair.target.node
  if (pair.target.node.component === on) return pair.target.node
  if (pair.source.node.component === on) return pair.source.node
  // With several ends, an operation that names another one of them isn't about this pair.
  const { sources, targets } = pair.definition
  if ([...sources, ...targets].some((end) => end.component === on)) return undefined
  throw unknownName('unknown-operation-owner', `owner of an operation of '${pair.relationship}'`, on, [
    'source',
    'target',
    pair.source.node.component,
    pair.target.node.component,
  ])
}

const promoted = (node: TreeNode, name: string, pair: RelationshipPair): readonly OperationTarget[] => {
  const { descriptor } = node
  if (descriptor === undefined || (node.kind === 'reference' && descriptor.kind !== 'resource'))
    throw refuse(
      'operation-on-reference',
      `'${pair.relationship}' calls '${name}' on the reference '${node.name}', whose descriptor says nothing of operations; only a referenced resource that is in the catalogue can be called`,
    )
  if (descriptor.kind === 'resource') {
    const definition = Object.hasOwn(descriptor.operations, name) ? descriptor.operations[name] : undefined
    if (definition === undefined)
      throw unknownName(
        'unknown-operation',
        `operation of '${descriptor.name}'`,
        name,
        Object.keys(descriptor.operations),
      )
    return [{ node, descriptor, name, definition }]
  }
  const child = Object.hasOwn(descriptor.operations, name) ? descriptor.operations[name] : undefined
  if (child === undefined)
    throw unknownName(
      'unknown-operation',
      `operation of '${descriptor.name}'`,
      name,
      Object.keys(descriptor.operations),
    )
  return (node.children.get(child.component) ?? []).flatMap((one) => promoted(one, child.name, pair))
}
