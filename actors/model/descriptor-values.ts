/** Every value that a descriptor holds, with its path: what checks of expressions walk over. */
import type { Descriptor, PropertyDefinitions, ValueText } from './descriptor.ts'
import type { ExpressionPlace } from './expression.ts'
import type { Path } from './json-path.ts'

export interface WrittenValue {
  readonly path: Path
  readonly text: ValueText
  readonly place: ExpressionPlace
  /** Names that it may use besides the descriptor's own properties: those of the operation that it is in. */
  readonly alsoKnown?: PropertyDefinitions
  /** The relationship that it is in. */
  readonly relationship?: string
}

export function writtenValues(descriptor: Descriptor): readonly WrittenValue[] {
  return descriptor.kind === 'assembly' ? assemblyValues(descriptor) : resourceValues(descriptor)
}

type Extra = Pick<WrittenValue, 'alsoKnown' | 'relationship'>

function propertyValues(
  path: Path,
  properties: PropertyDefinitions,
  place: ExpressionPlace = 'value',
  extra: Extra = {},
): WrittenValue[] {
  return Object.entries(properties).flatMap(([name, property]) =>
    (['default', 'value'] as const).flatMap((key) => setting([...path, name, key], property[key], place, extra)),
  )
}

function setting(
  path: Path,
  text: ValueText | undefined,
  place: ExpressionPlace = 'value',
  extra: Extra = {},
): WrittenValue[] {
  return text === undefined ? [] : [{ path, text, place, ...extra }]
}

function assemblyValues(assembly: Extract<Descriptor, { kind: 'assembly' }>): WrittenValue[] {
  const values = propertyValues(['properties'], assembly.properties)
  for (const [name, component] of Object.entries(assembly.composition)) {
    const path = ['composition', name]
    values.push(...setting([...path, 'quantity'], component.quantity))
    values.push(...setting([...path, 'cluster', 'initial-quantity'], component.cluster?.initialQuantity))
    values.push(...setting([...path, 'cluster', 'minimum-nodes'], component.cluster?.minimumNodes))
    values.push(...setting([...path, 'cluster', 'maximum-nodes'], component.cluster?.maximumNodes))
    values.push(...setting([...path, 'cluster', 'scaling-increment'], component.cluster?.scalingIncrement))
    values.push(...propertyValues([...path, 'properties'], component.properties))
  }
  for (const [name, reference] of Object.entries(assembly.references)) {
    values.push(...propertyValues(['references', name, 'properties'], reference.properties))
  }
  for (const [name, { properties }] of Object.entries(assembly.relationships)) {
    const extra = { relationship: name }
    values.push(...propertyValues(['relationships', name, 'properties'], properties, 'relationship', extra))
  }
  for (const [name, policy] of Object.entries(assembly.policies)) {
    const path = ['policies', name, 'properties']
    values.push(...setting([...path, 'scaleOut_threshold'], policy.scaleOutThreshold))
    values.push(...setting([...path, 'scaleIn_threshold'], policy.scaleInThreshold))
    values.push(...setting([...path, 'smoothing'], policy.smoothing))
  }
  return values
}

function resourceValues(resource: Extract<Descriptor, { kind: 'resource' }>): WrittenValue[] {
  const values = propertyValues(['properties'], resource.properties)
  values.push(...propertyValues(['private-properties'], resource.privateProperties))
  for (const [name, { properties }] of Object.entries(resource.lifecycle)) {
    values.push(...propertyValues(['lifecycle', name, 'properties'], properties))
  }
  for (const [name, { properties }] of Object.entries(resource.operations)) {
    const extra = { alsoKnown: properties }
    values.push(...propertyValues(['operations', name, 'properties'], properties, 'value', extra))
  }
  if (resource.findReference !== undefined) {
    values.push(...propertyValues(['queries', 'FindReference', 'properties'], resource.findReference.properties))
  }
  for (const [name, metric] of Object.entries(resource.metrics)) {
    values.push(...setting(['metrics', name, 'publication-period'], metric.publicationPeriod))
  }
  for (const [name, policy] of Object.entries(resource.policies)) {
    values.push(...setting(['policies', name, 'properties', 'smoothing'], policy.smoothing))
  }
  return values
}
