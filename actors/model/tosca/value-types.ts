/** What a type name comes to: one of TOSCA's own kinds of value, or a data type of properties, with all it demands. */
import type { Constraint, SchemaDefinition } from './service-template.ts'
import { isNormative, type PropertyDefinitions, type Types } from './type-hierarchy.ts'

const SIMPLE_KINDS = [
  'string',
  'integer',
  'float',
  'boolean',
  'timestamp',
  'version',
  'range',
  'list',
  'map',
  'scalar-unit.size',
  'scalar-unit.time',
  'scalar-unit.frequency',
  'scalar-unit.bitrate',
] as const
export type SimpleKind = (typeof SIMPLE_KINDS)[number]

/** Any value. `object` is ONAP's word, `json` and `xml` are TOSCA's. */
const FREE_KINDS = ['object', 'json', 'xml', 'any', 'null']

export interface ValueType {
  /** `free`: any value; `properties`: a map with the properties of a data type. */
  readonly kind: SimpleKind | 'free' | 'properties'
  readonly constraints: readonly Constraint[]
  readonly entrySchema?: SchemaDefinition | undefined
  readonly keySchema?: SchemaDefinition | undefined
  readonly properties: PropertyDefinitions
}

const NO_PROPERTIES: PropertyDefinitions = new Map()

/** By TOSCA's own name of it. */
export const simpleKindOf = (name: string | undefined): SimpleKind | undefined =>
  SIMPLE_KINDS.find((kind) => kind === name)

export const BUILT_IN_TYPES: readonly string[] = [...SIMPLE_KINDS, ...FREE_KINDS]

/** Whether the name of a type of values means something here. */
export const isKnownValueType = (types: Types, name: string): boolean =>
  BUILT_IN_TYPES.includes(name) || isNormative(name) || types.find('data_types', name) !== undefined

export function valueTypeOf(types: Types, schema: SchemaDefinition): ValueType {
  const lineage = types.lineage('data_types', schema.type)
  const inherited = lineage.types.map(([, type]) => type)
  const constraints = [...(schema.constraints ?? []), ...inherited.flatMap(({ constraints }) => constraints ?? [])]
  const entrySchema = schema.entry_schema ?? inherited.find((type) => type.entry_schema !== undefined)?.entry_schema
  const keySchema = schema.key_schema ?? inherited.find((type) => type.key_schema !== undefined)?.key_schema
  const properties = inherited.length === 0 ? NO_PROPERTIES : types.properties('data_types', schema.type)
  const kind = simpleKindOf(lineage.undeclared) ?? (properties.size > 0 ? 'properties' : 'free')
  return { kind, constraints, entrySchema, keySchema, properties }
}
