/** Properties as descriptors declare them: at the top, for a component, a relationship, an operation, a request. */
import type { PropertyDefinition, PropertyDefinitions, ValueText } from './descriptor.ts'
import { propertyNameFault } from './descriptor-name.ts'
import { parseExpression, isStatic, type ExpressionPlace } from './expression.ts'
import { MISSPELLED_TYPES, nearest } from './spelling.ts'
import { booleanOf, entriesOf, fieldsOf, isNull, recordOf, textOf, type Cursor, type Reading } from './reading.ts'

export const PROPERTY_TYPES = [
  'string',
  'key',
  'resourceKeyId',
  'integer',
  'uuid',
  'boolean',
  'number',
  'float',
  'list',
  'map',
  'json',
  'timestamp',
] as const

const ATTRIBUTES = ['type', 'required', 'description', 'default', 'value', 'read-only', 'volatile'] as const

export function readProperties(
  reading: Reading,
  cursor: Cursor | undefined,
  place: ExpressionPlace = 'value',
): PropertyDefinitions {
  return recordOf(
    entriesOf(reading, cursor, 'a section of properties').flatMap(([name, property]) => {
      const fault = propertyNameFault(name)
      if (fault !== undefined) {
        reading.error(property.path, { code: 'bad-name', message: `the property name '${name}' ${fault}`, atKey: true })
        return []
      }
      return [[name, readProperty(reading, property, place)] as const]
    }),
  )
}

function readProperty(reading: Reading, cursor: Cursor, place: ExpressionPlace): PropertyDefinition {
  if (cursor.node.kind === 'scalar' && !isNull(cursor)) {
    const message = `a property is a map of its attributes, but here is '${cursor.node.text.slice(0, 40)}'`
    reading.error(cursor.path, { code: 'wrong-type', message, hint: `write {value: '…'}` })
  }
  const isShape = cursor.node.kind === 'map' || cursor.node.kind === 'list'
  const fields = fieldsOf(reading, isShape ? cursor : undefined, 'a property', ATTRIBUTES)
  const { type, readOnly } = readType(reading, fields.type, booleanOf(reading, fields['read-only'], `'read-only'`))
  const volatile = booleanOf(reading, fields.volatile, `'volatile'`)
  const defaultText = readValueText(reading, fields.default, `'default'`, place)
  const value = readValueText(reading, fields.value, `'value'`, place)
  if (volatile && readOnly) {
    const message = `'volatile' can't be combined with 'read-only': nobody but the driver changes it`
    reading.error(fields.volatile?.path ?? cursor.path, { code: 'contradiction', message })
  }
  if (volatile && value !== undefined && isStatic(value)) {
    const message = `'volatile' can't be combined with a static 'value': it never changes`
    reading.error(fields.volatile?.path ?? cursor.path, { code: 'contradiction', message, hint: `use 'default'` })
  }
  return {
    type,
    required: booleanOf(reading, fields.required, `'required'`),
    description: textOf(reading, fields.description, `'description'`) ?? '',
    ...(defaultText === undefined ? {} : { default: defaultText }),
    ...(value === undefined ? {} : { value }),
    readOnly,
    volatile,
  }
}

function readType(
  reading: Reading,
  cursor: Cursor | undefined,
  readOnly: boolean,
): { type: string; readOnly: boolean } {
  const written = textOf(reading, cursor, `'type'`)
  if (cursor === undefined || written === undefined) return { type: 'string', readOnly }
  if (PROPERTY_TYPES.some((known) => known === written)) return { type: written, readOnly }
  if (written === 'read_only' || written === 'read-only') {
    const message = `'${written}' isn't a type: taken for a read-only string`
    reading.warning(cursor.path, { code: 'misspelled-type', message, hint: `write {type: string, read-only: true}` })
    return { type: 'string', readOnly: true }
  }
  const right = Object.hasOwn(MISSPELLED_TYPES, written) ? MISSPELLED_TYPES[written] : undefined
  if (right !== undefined) {
    const message = `the type '${written}' is taken for '${right}'`
    reading.warning(cursor.path, { code: 'misspelled-type', message, hint: `write '${right}'` })
    return { type: right, readOnly }
  }
  const near = nearest(written, PROPERTY_TYPES)
  const hint = near === undefined ? `known types: ${PROPERTY_TYPES.join(', ')}` : `did you mean '${near}'?`
  reading.warning(cursor.path, {
    code: 'unknown-type',
    message: `unknown type '${written}': its values are text`,
    hint,
  })
  return { type: written, readOnly }
}

/** A value with possible expressions in it, checked for their form. */
export function readValueText(
  reading: Reading,
  cursor: Cursor | undefined,
  what: string,
  place: ExpressionPlace = 'value',
): ValueText | undefined {
  const text = textOf(reading, cursor, what)
  if (cursor === undefined || text === undefined) return undefined
  const { fault } = parseExpression(text, place)
  if (fault !== undefined) reading.error(cursor.path, { code: 'bad-expression', message: `${what}: ${fault}` })
  return text
}

/** A setting as plain value or as `{value: …}`. */
export function readSetting(reading: Reading, cursor: Cursor | undefined, what: string): ValueText | undefined {
  if (cursor?.node.kind !== 'map') return readValueText(reading, cursor, what)
  const fields = fieldsOf(reading, cursor, what, ['value', 'type', 'description', 'default'])
  return readValueText(reading, fields.value ?? fields.default, what)
}

export interface NumberBounds {
  readonly min: number
  readonly max: number
  readonly integer: boolean
}

/**
 * A number (also a quoted one) or an expression that will give one. A number that isn't within the bounds is an error,
 * and `undefined`.
 */
export function readNumber(
  reading: Reading,
  cursor: Cursor | undefined,
  what: string,
  { min, max, integer }: NumberBounds,
): ValueText | undefined {
  const text = readSetting(reading, cursor, what)
  if (cursor === undefined || text === undefined || !isStatic(text)) return text
  const value = numberIn(text)
  const fits = value !== undefined && value >= min && value <= max && (!integer || Number.isInteger(value))
  if (fits) return text.trim()
  const message = `${what} should be ${integer ? 'a whole' : 'a'} number from ${min} to ${max}, but is '${text.slice(0, 40)}'`
  reading.error(cursor.path, { code: 'out-of-range', message })
  return undefined
}

/** The number that a text is, in decimal digits. */
export function numberIn(text: ValueText | undefined): number | undefined {
  const trimmed = text?.trim() ?? ''
  return /^[+-]?\d{1,15}(\.\d{1,15})?$/.test(trimmed) ? Number(trimmed) : undefined
}
