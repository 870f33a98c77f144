/**
 * A TOSCA service template as the rest of the system sees it: read, checked, and with all accepted spellings turned into
 * one. It is plain JSON in TOSCA's own words (Simple Profile in YAML 1.3, chapter 3), so it can be stored, sent to a
 * participant or written to a file as it is. What this project doesn't interpret (`unknown`) is kept as it was written.
 */
import { z } from 'zod'
import { properties } from '../../../participants/protocol/conversation.ts'

/** ONAP gives it to what has no version. */
export const NO_VERSION = '0.0.0'

/** One clause, for instance `{ greater_or_equal: 0 }`. */
export const constraint = z.record(z.string(), z.unknown())
export type Constraint = Readonly<Record<string, unknown>>

/** What a value, an entry or a key has to be. */
export interface SchemaDefinition {
  readonly type: string
  readonly type_version?: string
  readonly description?: string
  readonly constraints?: readonly Constraint[]
  readonly key_schema?: SchemaDefinition
  readonly entry_schema?: SchemaDefinition
}

const schemaFields = () => ({
  type: z.string(),
  type_version: z.string().exactOptional(),
  description: z.string().exactOptional(),
  constraints: z.array(constraint).exactOptional(),
  key_schema: schemaDefinition.exactOptional(),
  entry_schema: schemaDefinition.exactOptional(),
})

const schemaDefinition: z.ZodType<SchemaDefinition> = z.lazy(() => z.object(schemaFields()))

export interface PropertyDefinition extends SchemaDefinition {
  /** Absent: as the type above says, and true if none does. */
  readonly required?: boolean
  readonly default?: unknown
  readonly status?: string
  /** `common: true`: set once per type, when it is commissioned. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

const propertyFields = () => ({
  ...schemaFields(),
  required: z.boolean().exactOptional(),
  default: z.unknown().exactOptional(),
  status: z.string().exactOptional(),
  metadata: properties.exactOptional(),
})

const propertyDefinition: z.ZodType<PropertyDefinition> = z.lazy(() => z.object(propertyFields()))
const propertyDefinitions = z.record(z.string(), propertyDefinition)

export interface InputDefinition extends PropertyDefinition {
  /** Given when it was commissioned; goes before the default. */
  readonly value?: unknown
}

const inputDefinition: z.ZodType<InputDefinition> = z.lazy(() =>
  z.object({ ...propertyFields(), value: z.unknown().exactOptional() }),
)

const kept = z.unknown().exactOptional()

/** A data, node, policy, capability or relationship type. Each has only those fields that TOSCA gives to its kind. */
export const entityType = z.object({
  derived_from: z.string().exactOptional(),
  version: z.string().exactOptional(),
  description: z.string().exactOptional(),
  metadata: properties.exactOptional(),
  properties: propertyDefinitions.default({}),
  attributes: propertyDefinitions.exactOptional(),
  constraints: z.array(constraint).exactOptional(),
  key_schema: schemaDefinition.exactOptional(),
  entry_schema: schemaDefinition.exactOptional(),
  requirements: kept,
  capabilities: kept,
  interfaces: kept,
  artifacts: kept,
  targets: kept,
  triggers: kept,
  valid_source_types: kept,
  valid_target_types: kept,
})
export type EntityType = z.infer<typeof entityType>

/** Embedded (`content`) or referenced (`file`, perhaps in a `repository`). */
export const artifact = z.object({
  type: z.string().exactOptional(),
  file: z.string().exactOptional(),
  content: kept,
  repository: z.string().exactOptional(),
  description: z.string().exactOptional(),
  deploy_path: z.string().exactOptional(),
  artifact_version: z.string().exactOptional(),
  checksum: z.string().exactOptional(),
  checksum_algorithm: z.string().exactOptional(),
  metadata: properties.exactOptional(),
  properties: properties.exactOptional(),
})
export type Artifact = z.infer<typeof artifact>

/** Of node templates and policies alike. */
const templateFields = {
  type: z.string(),
  type_version: z.string().exactOptional(),
  version: z.string().default(NO_VERSION),
  derived_from: z.string().exactOptional(),
  description: z.string().exactOptional(),
  metadata: properties.exactOptional(),
  properties: properties.default({}),
}

export const nodeTemplate = z.object({
  ...templateFields,
  attributes: properties.exactOptional(),
  artifacts: z.record(z.string(), artifact).exactOptional(),
  requirements: kept,
  capabilities: kept,
  interfaces: kept,
  directives: kept,
  node_filter: kept,
  copy: kept,
})
export type NodeTemplate = z.infer<typeof nodeTemplate>

export const policy = z.object({
  ...templateFields,
  targets: kept,
  triggers: kept,
})
export type Policy = z.infer<typeof policy>

export const topologyTemplate = z.object({
  description: z.string().exactOptional(),
  inputs: z.record(z.string(), inputDefinition).default({}),
  node_templates: z.record(z.string(), nodeTemplate).default({}),
  /** Each item has one entry, the policy by its name: the same name may be there in several versions. */
  policies: z.array(z.record(z.string(), policy)).default([]),
  outputs: kept,
  relationship_templates: kept,
  groups: kept,
  substitution_mappings: kept,
  workflows: kept,
})
export type TopologyTemplate = z.infer<typeof topologyTemplate>

const entityTypes = z.record(z.string(), entityType).default({})

export const serviceTemplate = z.object({
  tosca_definitions_version: z.string(),
  name: z.string().default('tosca'),
  version: z.string().default('1.0.0'),
  description: z.string().exactOptional(),
  metadata: properties.exactOptional(),
  data_types: entityTypes,
  capability_types: entityTypes,
  relationship_types: entityTypes,
  node_types: entityTypes,
  policy_types: entityTypes,
  topology_template: topologyTemplate.prefault({}),
  namespace: kept,
  repositories: kept,
  imports: kept,
  artifact_types: kept,
  interface_types: kept,
  group_types: kept,
})
export type ServiceTemplate = z.infer<typeof serviceTemplate>

export const TYPE_SECTIONS = [
  'data_types',
  'capability_types',
  'relationship_types',
  'node_types',
  'policy_types',
] as const
export type TypeSection = (typeof TYPE_SECTIONS)[number]

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
