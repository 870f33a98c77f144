/** Properties, attributes, inputs and schemas, as types and templates declare them. */
import { MISSPELLED_TYPES } from '../spelling.ts'
import {
  at,
  booleanOf,
  entriesOf,
  isNull,
  itemsOf,
  recordOf,
  textOf,
  wordAsBoolean,
  type Cursor,
  type Reading,
} from '../reading.ts'
import { describeNode } from '../yaml-node.ts'
import { readTypeVersion } from './concept-names.ts'
import { CLAUSES, clauseFault, type Clause } from './constraints.ts'
import type { DefinitionReading } from './definition-reading.ts'
import { jsonOf, textsOf } from './json-values.ts'
import type { Constraint, InputDefinition, PropertyDefinition, SchemaDefinition } from './service-template.ts'
import { meantKey, toscaFields } from './tosca-fields.ts'
import type { ValueType } from './value-types.ts'

const SCHEMA_KEYS = ['type', 'type_version', 'description', 'constraints', 'key_schema', 'entry_schema'] as const
/** `name` repeats the key: ONAP's own writer puts it there. `external_schema` and `schema` are for types outside. */
const PROPERTY_KEYS = [...SCHEMA_KEYS, 'name', 'required', 'default', 'status', 'metadata', 'external_schema'] as const
const INPUT_KEYS = [...PROPERTY_KEYS, 'value'] as const

type Fields = Readonly<Partial<Record<(typeof INPUT_KEYS)[number], Cursor>>>

export function readPropertyDefinitions(
  reading: DefinitionReading,
  cursor: Cursor | undefined,
  what: string,
): Record<string, PropertyDefinition> {
  return recordOf(
    entriesOf(reading, cursor, what).map(([name, property]) => {
      const fields = toscaFields(reading, asMap(property), `the property '${name}'`, PROPERTY_KEYS)
      return [name, propertyOf(reading, property, fields, `'${name}'`)] as const
    }),
  )
}

export function readInputs(reading: DefinitionReading, cursor: Cursor | undefined): Record<string, InputDefinition> {
  return recordOf(
    entriesOf(reading, cursor, `'inputs'`).map(([name, input]) => {
      const fields = toscaFields(reading, asMap(input), `the input '${name}'`, INPUT_KEYS)
      const value = fields.value === undefined || isNull(fields.value) ? {} : { value: jsonOf(fields.value.node) }
      return [name, { ...propertyOf(reading, input, fields, `'${name}'`), ...value }] as const
    }),
  )
}

/** `name: string` for `name: { type: string }`. */
const asMap = (cursor: Cursor): Cursor | undefined => (cursor.node.kind === 'scalar' ? undefined : cursor)

function propertyOf(reading: DefinitionReading, cursor: Cursor, fields: Fields, what: string): PropertyDefinition {
  const required = fields.required
  const status = textOf(reading, fields.status, `'status'`)
  warnOfUnclearCommon(reading, fields.metadata)
  return {
    ...schemaOf(reading, cursor, fields, what),
    ...(required === undefined || isNull(required) ? {} : { required: booleanOf(reading, required, `'required'`) }),
    ...(fields.default === undefined || isNull(fields.default) ? {} : { default: jsonOf(fields.default.node) }),
    ...(status === undefined ? {} : { status }),
    ...readMetadata(reading, fields.metadata),
  }
}

function warnOfUnclearCommon(reading: Reading, metadata: Cursor | undefined): void {
  const common = metadata?.node.kind === 'map' ? metadata.node.entries.get('common')?.node : undefined
  if (metadata === undefined || common === undefined) return
  if (common.kind === 'scalar' && wordAsBoolean(common.text) !== undefined) return
  const message = `'common' should be true or false, but here is ${describeNode(common)}: it is taken for false`
  reading.warning(at(metadata, 'common', common).path, { code: 'wrong-type', message })
}

export function readMetadata(
  reading: Reading,
  cursor: Cursor | undefined,
): { metadata?: Readonly<Record<string, unknown>> } {
  const entries = entriesOf(reading, cursor, `'metadata'`)
  return entries.length === 0 ? {} : { metadata: recordOf(entries.map(([key, entry]) => [key, jsonOf(entry.node)])) }
}

/** `{ type: string }`, or `string` alone. Nothing at all is no schema. */
export function readSchema(
  reading: DefinitionReading,
  cursor: Cursor | undefined,
  what: string,
): SchemaDefinition | undefined {
  if (cursor === undefined || isNull(cursor)) return undefined
  const fields = toscaFields(reading, asMap(cursor), what, SCHEMA_KEYS)
  return schemaOf(reading, cursor, fields, what)
}

function schemaOf(reading: DefinitionReading, cursor: Cursor, fields: Fields, what: string): SchemaDefinition {
  const type = readTypeName(reading, asMap(cursor) === undefined ? cursor : fields.type, cursor, what)
  const typeVersion = readTypeVersion(reading, fields.type_version)
  const description = textOf(reading, fields.description, `'description'`)
  const constraints = readConstraints(reading, fields.constraints, type)
  const keySchema = readSchema(reading, fields.key_schema, `'key_schema'`)
  const entrySchema = readSchema(reading, fields.entry_schema, `'entry_schema'`)
  return {
    type,
    ...(typeVersion === undefined ? {} : { type_version: typeVersion }),
    ...(description === undefined ? {} : { description }),
    ...(constraints.length === 0 ? {} : { constraints }),
    ...(keySchema === undefined ? {} : { key_schema: keySchema }),
    ...(entrySchema === undefined ? {} : { entry_schema: entrySchema }),
  }
}

function readTypeName(reading: Reading, cursor: Cursor | undefined, whole: Cursor, what: string): string {
  const written = textOf(reading, cursor, `the type of ${what}`)
  if (written === undefined) {
    const message = `${what} has no type: taken for a string`
    reading.warning(whole.path, { code: 'no-type', message, hint: 'for instance type: string' })
    return 'string'
  }
  const right = Object.hasOwn(MISSPELLED_TYPES, written) ? MISSPELLED_TYPES[written] : undefined
  if (cursor === undefined || right === undefined) return written
  const message = `the type '${written}' is taken for '${right}'`
  reading.warning(cursor.path, { code: 'misspelled-type', message, hint: `write '${right}'` })
  return right
}

/** A list of clauses with one entry each; a map of clauses is read, too. */
export function readConstraints(
  reading: DefinitionReading,
  cursor: Cursor | undefined,
  type: string,
): readonly Constraint[] {
  const kind = reading.kindOf(type)
  const items = cursor?.node.kind === 'map' ? [cursor] : itemsOf(reading, cursor, `'constraints'`)
  return items.flatMap((item) =>
    entriesOf(reading, item, 'a constraint').flatMap(([written, clause]) => {
      const operator = CLAUSES.find((known) => known === written) ?? meantKey(written, CLAUSES)
      if (operator === undefined) {
        const message = `unknown constraint '${written}': it isn't checked`
        const hint = `known here: ${CLAUSES.join(', ')}`
        reading.warning(clause.path, { code: 'unknown-constraint', message, hint, atKey: true })
        return []
      }
      if (operator !== written) {
        const message = `'${written}' is taken for '${operator}'`
        reading.warning(clause.path, { code: 'misspelled-key', message, hint: `write '${operator}'`, atKey: true })
      }
      const argument = argumentOf(operator, kind, clause)
      const fault = clauseFault(operator, argument)
      if (fault !== undefined) {
        const message = `${fault.message}, but here is ${describeNode(clause.node)}`
        reading[fault.severity](at(item, written, clause.node).path, { code: 'wrong-constraint', message })
      }
      return [{ [operator]: argument }]
    }),
  )
}

/** What values are compared with is what they are themselves: texts, or booleans (`yes`); lengths are numbers. */
function argumentOf(operator: Clause, kind: ValueType['kind'], { node }: Cursor): unknown {
  if (['length', 'min_length', 'max_length'].includes(operator)) return jsonOf(node)
  if (TEXT_KINDS.includes(kind)) return textsOf(node)
  return kind === 'boolean' ? withBooleans(jsonOf(node)) : jsonOf(node)
}

const TEXT_KINDS: readonly ValueType['kind'][] = ['string', 'version', 'timestamp']

function withBooleans(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBooleans)
  return typeof value === 'string' ? (wordAsBoolean(value) ?? value) : value
}
