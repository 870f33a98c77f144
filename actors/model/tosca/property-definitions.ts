/** Properties, attributes, inputs and schemas, as types and templates declare them. */
import { MISSPELLED_TYPES } from '../spelling.ts'
import { at, booleanOf, entriesOf, isNull, itemsOf, recordOf, textOf, type Cursor, type Reading } from '../reading.ts'
import { describeNode } from '../yaml-node.ts'
import { readTypeVersion } from './concept-names.ts'
import { CLAUSES, clauseFault } from './constraints.ts'
import { jsonOf, textsOf } from './json-values.ts'
import type { Constraint, InputDefinition, PropertyDefinition, SchemaDefinition } from './service-template.ts'
import { meantKey, toscaFields } from './tosca-fields.ts'

const SCHEMA_KEYS = ['type', 'type_version', 'description', 'constraints', 'key_schema', 'entry_schema'] as const
/** `name` repeats the key: ONAP's own writer puts it there. `external_schema` and `schema` are for types outside. */
const PROPERTY_KEYS = [...SCHEMA_KEYS, 'name', 'required', 'default', 'status', 'metadata', 'external_schema'] as const
const INPUT_KEYS = [...PROPERTY_KEYS, 'value'] as const

type Fields = Readonly<Partial<Record<(typeof INPUT_KEYS)[number], Cursor>>>

export function readPropertyDefinitions(
  reading: Reading,
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

export function readInputs(reading: Reading, cursor: Cursor | undefined): Record<string, InputDefinition> {
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

function propertyOf(reading: Reading, cursor: Cursor, fields: Fields, what: string): PropertyDefinition {
  const required = fields.required
  const status = textOf(reading, fields.status, `'status'`)
  return {
    ...schemaOf(reading, cursor, fields, what),
    ...(required === undefined || isNull(required) ? {} : { required: booleanOf(reading, required, `'required'`) }),
    ...(fields.default === undefined || isNull(fields.default) ? {} : { default: jsonOf(fields.default.node) }),
    ...(status === undefined ? {} : { status }),
    ...readMetadata(reading, fields.metadata),
  }
}

export function readMetadata(
  reading: Reading,
  cursor: Cursor | undefined,
): { metadata?: Readonly<Record<string, unknown>> } {
  const entries = entriesOf(reading, cursor, `'metadata'`)
  return entries.length === 0 ? {} : { metadata: recordOf(entries.map(([key, entry]) => [key, jsonOf(entry.node)])) }
}

/** `{ type: string }`, or `string` alone. Nothing at all is no schema. */
export function readSchema(reading: Reading, cursor: Cursor | undefined, what: string): SchemaDefinition | undefined {
  if (cursor === undefined || isNull(cursor)) return undefined
  const fields = toscaFields(reading, asMap(cursor), what, SCHEMA_KEYS)
  return schemaOf(reading, cursor, fields, what)
}

function schemaOf(reading: Reading, cursor: Cursor, fields: Fields, what: string): SchemaDefinition {
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
export function readConstraints(reading: Reading, cursor: Cursor | undefined, type: string): readonly Constraint[] {
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
      const argument = type === 'string' || type === 'version' ? textArgument(operator, clause) : jsonOf(clause.node)
      const fault = clauseFault(operator, argument)
      if (fault !== undefined) {
        const message = `${fault.message}, but here is ${describeNode(clause.node)}`
        reading[fault.severity](at(item, written, clause.node).path, { code: 'wrong-constraint', message })
      }
      return [{ [operator]: argument }]
    }),
  )
}

/** What texts are compared with is text, lengths are numbers. */
const textArgument = (operator: string, { node }: Cursor): unknown =>
  ['length', 'min_length', 'max_length'].includes(operator) ? jsonOf(node) : textsOf(node)
