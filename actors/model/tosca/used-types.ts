/** Which data types some properties need. */
import { ownEntry } from '../../own-entry.ts'
import { recordOf } from '../reading.ts'
import type { EntityType, SchemaDefinition, ServiceTemplate } from './service-template.ts'

/** All schemas in a type: of its properties and attributes, its entries and keys. */
export const schemasOf = (type: EntityType): readonly SchemaDefinition[] => [
  ...Object.values(type.properties),
  ...Object.values(type.attributes ?? {}),
  ...(type.key_schema === undefined ? [] : [type.key_schema]),
  ...(type.entry_schema === undefined ? [] : [type.entry_schema]),
]

/** The data types of some schemas, with those that they derive from and those of their own properties. */
export function usedDataTypes(
  template: Pick<ServiceTemplate, 'data_types'>,
  schemas: readonly SchemaDefinition[],
): Record<string, EntityType> {
  const used = new Set<string>()
  const pending = [...schemas]
  for (let schema = pending.pop(); schema !== undefined; schema = pending.pop()) {
    if (schema.key_schema !== undefined) pending.push(schema.key_schema)
    if (schema.entry_schema !== undefined) pending.push(schema.entry_schema)
    const type = used.has(schema.type) ? undefined : ownEntry(template.data_types, schema.type)
    if (type === undefined) continue
    used.add(schema.type)
    pending.push(...schemasOf(type))
    if (type.derived_from !== undefined) pending.push({ type: type.derived_from })
  }
  return recordOf(Object.entries(template.data_types).filter(([name]) => used.has(name)))
}
