/** A descriptor as YAML in its one canonical spelling, for instance with what it inherits merged in. */
import { stringify } from 'yaml'
import type { DriverSelectors } from '../../drivers/protocol.ts'
import type {
  AssemblyDescriptor,
  Descriptor,
  Endpoint,
  PropertyDefinitions,
  RelationshipOperation,
  ResourceDescriptor,
  TransitionDefinition,
} from './descriptor.ts'

/** Reading the text again gives the same descriptor. */
export function descriptorText(descriptor: Descriptor): string {
  const content = descriptor.kind === 'assembly' ? assemblyContent(descriptor) : resourceContent(descriptor)
  return stringify(content, { lineWidth: 0, aliasDuplicateObjects: false })
}

type Content = Readonly<Record<string, unknown>>

/** Without entries that say nothing: undefined, empty text, empty maps and lists. */
function said(content: Content): Content {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => !isNothing(value)))
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === '' || value === false) return true
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function each<Value>(record: Readonly<Record<string, Value>>, content: (value: Value) => unknown): Content {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, content(value)]))
}

const endText = ({ component, name }: Endpoint) => (name === '' ? component : `${component}.${name}`)
const operationText = ({ on, operation }: RelationshipOperation) => `${on}.${operation}`

function propertiesContent(properties: PropertyDefinitions): Content {
  return each(properties, (property) => ({
    type: property.type,
    ...said({ description: property.description, required: property.required }),
    ...(property.default === undefined ? {} : { default: property.default }),
    ...(property.value === undefined ? {} : { value: property.value }),
    ...said({ 'read-only': property.readOnly, volatile: property.volatile }),
  }))
}

function assemblyContent(assembly: AssemblyDescriptor): Content {
  return said({
    name: assembly.name,
    description: assembly.description,
    'derived-from': assembly.derivedFrom,
    properties: propertiesContent(assembly.properties),
    composition: each(assembly.composition, ({ type, quantity, cluster, properties }) => ({
      type,
      ...said({
        quantity: cluster === undefined && quantity !== '1' ? quantity : undefined,
        properties: propertiesContent(properties),
      }),
      ...(cluster === undefined
        ? {}
        : {
            cluster: said({
              'initial-quantity': cluster.initialQuantity,
              'minimum-nodes': cluster.minimumNodes,
              'maximum-nodes': cluster.maximumNodes,
              'scaling-increment': cluster.scalingIncrement,
            }),
          }),
    })),
    references: each(assembly.references, ({ type, properties }) =>
      said({ type, properties: propertiesContent(properties) }),
    ),
    relationships: each(assembly.relationships, (one) =>
      said({
        'source-capabilities': one.sources.map(endText),
        'target-requirements': one.targets.map(endText),
        'source-state': one.sourceState,
        'target-state': one.targetState,
        'source-state-modifier': one.sourceModifier,
        'target-state-modifier': one.targetModifier,
        properties: propertiesContent(one.properties),
        lifecycle: said({ Create: one.create.map(operationText), Cease: one.cease.map(operationText) }),
      }),
    ),
    operations: each(assembly.operations, (end) => ({ 'source-operation': endText(end) })),
    metrics: each(assembly.metrics, (end) => ({ 'source-metric': endText(end) })),
    policies: each(assembly.policies, (policy) => ({
      type: 'policy::scale',
      metric: endText(policy.metric),
      target: policy.target,
      properties: said({
        scaleOut_threshold: policy.scaleOutThreshold,
        scaleIn_threshold: policy.scaleInThreshold,
        smoothing: policy.smoothing,
      }),
    })),
  })
}

function resourceContent(resource: ResourceDescriptor): Content {
  return said({
    name: resource.name,
    description: resource.description,
    properties: propertiesContent(resource.properties),
    'private-properties': propertiesContent(resource.privateProperties),
    infrastructure: Object.fromEntries(resource.infrastructure.map((type) => [type, {}])),
    lifecycle: each(resource.lifecycle, transitionContent),
    'default-driver': driversContent(resource.defaultDrivers),
    operations: each(resource.operations, (operation) => ({
      ...said({ description: operation.description }),
      ...transitionContent(operation),
    })),
    metrics: each(resource.metrics, ({ type, publicationPeriod }) => ({
      type,
      'publication-period': publicationPeriod,
    })),
    policies: each(resource.policies, ({ metric, smoothing }) => ({
      type: 'policy::heal',
      metric,
      properties: { smoothing: { value: smoothing } },
    })),
    queries:
      resource.findReference === undefined ? undefined : { FindReference: transitionContent(resource.findReference) },
  })
}

const transitionContent = ({ drivers, properties }: TransitionDefinition): Content =>
  said({ drivers: driversContent(drivers), properties: propertiesContent(properties) })

const driversContent = (drivers: DriverSelectors): Content =>
  each(drivers, (types) => ({ selector: { 'infrastructure-type': types } }))
