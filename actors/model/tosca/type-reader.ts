/** The types of a service template, section by section. */
import { entriesOf, recordOf, textOf, type Cursor } from '../reading.ts'
import { readConstraints, readMetadata, readPropertyDefinitions, readSchema } from './property-definitions.ts'
import { readTypeVersion } from './concept-names.ts'
import type { DefinitionReading } from './definition-reading.ts'
import type { EntityType, TypeSection } from './service-template.ts'
import { keptOf, toscaFields } from './tosca-fields.ts'

const KEYS = ['derived_from', 'version', 'description', 'metadata', 'name', 'properties'] as const
const KEPT_KEYS = [
  'requirements',
  'capabilities',
  'interfaces',
  'artifacts',
  'targets',
  'triggers',
  'valid_source_types',
  'valid_target_types',
] as const

/** The keys that TOSCA gives to each kind of type. */
const OWN_KEYS = {
  data_types: ['constraints', 'key_schema', 'entry_schema'],
  node_types: ['attributes', 'requirements', 'capabilities', 'interfaces', 'artifacts'],
  policy_types: ['targets', 'triggers'],
  capability_types: ['attributes', 'valid_source_types'],
  relationship_types: ['attributes', 'interfaces', 'valid_source_types', 'valid_target_types'],
} as const satisfies Record<TypeSection, readonly string[]>

export function readTypes(
  reading: DefinitionReading,
  cursor: Cursor | undefined,
  section: TypeSection,
): Record<string, EntityType> {
  return recordOf(
    entriesOf(reading, cursor, `'${section}'`).map(([name, type]) => [name, readType(reading, type, section, name)]),
  )
}

function readType(reading: DefinitionReading, cursor: Cursor, section: TypeSection, name: string): EntityType {
  const what = `the type '${name}'`
  const fields: Readonly<Partial<Record<(typeof KEYS)[number] | (typeof OWN_KEYS)[TypeSection][number], Cursor>>> =
    toscaFields(reading, cursor, what, [...KEYS, ...OWN_KEYS[section]])
  const derivedFrom = textOf(reading, fields.derived_from, `'derived_from'`)
  const version = readTypeVersion(reading, fields.version)
  const description = textOf(reading, fields.description, `'description'`)
  const constraints = readConstraints(reading, fields.constraints, derivedFrom ?? 'map')
  const keySchema = readSchema(reading, fields.key_schema, `'key_schema'`)
  const entrySchema = readSchema(reading, fields.entry_schema, `'entry_schema'`)
  return {
    ...(derivedFrom === undefined ? {} : { derived_from: derivedFrom }),
    ...(version === undefined ? {} : { version }),
    ...(description === undefined ? {} : { description }),
    ...readMetadata(reading, fields.metadata),
    properties: readPropertyDefinitions(reading, fields.properties, `the properties of '${name}'`),
    ...(fields.attributes === undefined
      ? {}
      : { attributes: readPropertyDefinitions(reading, fields.attributes, `the attributes of '${name}'`) }),
    ...(constraints.length === 0 ? {} : { constraints: [...constraints] }),
    ...(keySchema === undefined ? {} : { key_schema: keySchema }),
    ...(entrySchema === undefined ? {} : { entry_schema: entrySchema }),
    ...keptOf(fields, KEPT_KEYS),
  }
}
