/** Descriptors for tests: everything that a test doesn't care about is left out. */
import type {
  AssemblyDescriptor,
  Component,
  LifecycleName,
  PropertyDefinition,
  PropertyDefinitions,
  Relationship,
  ResourceDescriptor,
} from '../model/descriptor.ts'

export const property = (fields: Partial<PropertyDefinition> = {}): PropertyDefinition => ({
  type: 'string',
  required: false,
  description: '',
  readOnly: false,
  volatile: false,
  ...fields,
})

/** `{ name: value }` as a descriptor's `{ name: { value } }`. */
export const values = (texts: Readonly<Record<string, string>>): PropertyDefinitions =>
  Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, property({ value })]))

export const transitions = (names: readonly LifecycleName[]): ResourceDescriptor['lifecycle'] =>
  Object.fromEntries(names.map((name) => [name, { drivers: {}, properties: {} }]))

/** Declares Create, Install, Configure, Start, Stop, Uninstall and Delete, unless told otherwise. */
export const resource = (name: string, fields: Partial<ResourceDescriptor> = {}): ResourceDescriptor => ({
  kind: 'resource',
  name,
  description: '',
  properties: {},
  privateProperties: {},
  infrastructure: [],
  lifecycle: transitions(['Create', 'Install', 'Configure', 'Start', 'Stop', 'Uninstall', 'Delete']),
  defaultDrivers: { simulator: ['*'] },
  operations: {},
  metrics: {},
  policies: {},
  ...fields,
})

/** Everything is placed at `here`, unless told otherwise. */
export const assembly = (name: string, fields: Partial<AssemblyDescriptor> = {}): AssemblyDescriptor => ({
  kind: 'assembly',
  name,
  description: '',
  composition: {},
  references: {},
  relationships: {},
  operations: {},
  metrics: {},
  policies: {},
  ...fields,
  properties: { deploymentLocation: property({ default: 'here' }), ...fields.properties },
})

export const component = (type: string, fields: Partial<Component> = {}): Component => ({
  type,
  quantity: '1',
  properties: {},
  ...fields,
})

/** Active and Active, created after the source and before the target gets there. */
export const relationship = (source: string, target: string, fields: Partial<Relationship> = {}): Relationship => ({
  sources: [{ component: source, name: 'port' }],
  targets: [{ component: target, name: 'port' }],
  sourceState: 'Active',
  targetState: 'Active',
  sourceModifier: 'post',
  targetModifier: 'pre',
  properties: {},
  create: [],
  cease: [],
  ...fields,
})
