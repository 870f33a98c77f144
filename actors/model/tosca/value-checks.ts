/**
 * Values against their types. What would make a participant do something wrong is an error; what templates that ONAP
 * ships and runs have (a map where the type says string, a list for a map, properties that no type declares) is a warning.
 */
import { ownEntry } from '../../own-entry.ts'
import type { Path } from '../json-path.ts'
import type { Reading } from '../reading.ts'
import { clauseBreach, clauseCost } from './constraints.ts'
import { mayGoOn, UNKNOWN, type Evaluation } from './evaluation.ts'
import { evaluated, functionValue } from './function-values.ts'
import { functionIn, isForeignTemplate } from './functions.ts'
import { RESERVED_KEYS } from './json-values.ts'
import { simpleValue, described } from './simple-value-checks.ts'
import { isRecord, type SchemaDefinition } from './service-template.ts'
import { bare } from './tosca-fields.ts'
import { pinnedTo, nameHint } from './tosca-reading.ts'
import { isRequired, type PropertyDefinitions } from './type-hierarchy.ts'
import { valueTypeOf, type ValueType } from './value-types.ts'

export interface ValueChecks {
  readonly evaluation: Evaluation
  readonly reading: Reading
  /** The node template that `SELF` is. */
  readonly self?: string | undefined
  /** Single values as they were written, where there is a text: then the `1.10` of a version stays `1.10`. */
  readonly textAt?: ((path: Path) => string | undefined) | undefined
}

/** Levels of the whole template. What is deeper couldn't be written out and read again. */
const DEPTH_MAX = 50

/** The value as its type wants it (a number for `'5'`, a text for `1.10`), functions left as they are. */
export function checkedValue(checks: ValueChecks, schema: SchemaDefinition, value: unknown, path: Path): unknown {
  if (value === null || value === undefined || !mayGoDeeper(checks, path)) return value
  const call = functionIn(value)
  if (call !== undefined) {
    const result = functionValue(checks.evaluation, call, checks.self, path)
    if (result === UNKNOWN) return value
    // What is wrong with the result is shown where the function stands; the function is what is kept.
    const reading = pinnedTo(checks.reading, path)
    checkedValue({ ...checks, reading, textAt: undefined }, schema, result, path)
    return value
  }
  const type = valueTypeOf(checks.evaluation.types, schema)
  const checked = ofKind(checks, type, schema.type, value, path)
  for (const constraint of type.constraints) {
    if (!mayGoOn(checks.evaluation, clauseCost(constraint, checked), path)) break
    const breach = clauseBreach(constraint, checked, type.kind)
    if (breach === undefined) continue
    checks.reading.error(path, { code: 'constraint', message: `${described(checked)} ${breach}` })
    break
  }
  return checked
}

function mayGoDeeper({ evaluation, reading }: ValueChecks, path: Path): boolean {
  if (path.length <= DEPTH_MAX) return mayGoOn(evaluation, 1, path)
  reading.error(path, { code: 'too-deep', message: `more than ${DEPTH_MAX} levels inside each other` })
  return false
}

function ofKind(checks: ValueChecks, type: ValueType, name: string, value: unknown, path: Path): unknown {
  switch (type.kind) {
    case 'free':
      return freeValue(checks, value, path)
    case 'list':
      return listOf(checks, type, value, path)
    case 'map':
      return mapOf(checks, type, value, path)
    case 'properties':
      if (isRecord(value)) return checkedProperties(checks, type.properties, value, path, name)
      return wrongType(checks, `a map with the properties of '${name}'`, value, path)
    case 'string':
      return typeof value === 'object'
        ? formInsteadOfText(checks, value, path)
        : simpleValue(checks, type.kind, value, path)
    case 'integer':
    case 'float':
    case 'boolean':
    case 'timestamp':
    case 'version':
    case 'range':
    case 'scalar-unit.size':
    case 'scalar-unit.time':
    case 'scalar-unit.frequency':
    case 'scalar-unit.bitrate':
      return simpleValue(checks, type.kind, value, path)
  }
}

function formInsteadOfText(checks: ValueChecks, value: unknown, path: Path): unknown {
  checks.reading.warning(path, {
    code: 'wrong-type',
    message: `the type says string, but here is ${described(value)}: it is passed on as it is`,
    hint: `declare the type 'object' for values of any form`,
  })
  return freeValue(checks, value, path)
}

/** A value whose type says nothing about it: only its functions are checked, and that it can be kept. */
function freeValue(checks: ValueChecks, value: unknown, path: Path): unknown {
  if (typeof value !== 'object' || value === null || !mayGoDeeper(checks, path)) return value
  if (functionIn(value) !== undefined) {
    evaluated(checks.evaluation, value, checks.self, path)
    return value
  }
  if (Array.isArray(value)) for (const [index, item] of value.entries()) freeValue(checks, item, [...path, index])
  else {
    for (const [key, entry] of Object.entries(value)) {
      refuseReserved(checks, key, [...path, key])
      if (!isForeignTemplate(value)) freeValue(checks, entry, [...path, key])
    }
  }
  return value
}

function refuseReserved({ reading }: ValueChecks, key: string, path: Path): void {
  if (!RESERVED_KEYS.includes(key)) return
  reading.error(path, { code: 'reserved-key', message: `the key '${key}' can't be used`, atKey: true })
}

function listOf(checks: ValueChecks, { entrySchema }: ValueType, value: unknown, path: Path): unknown {
  if (!Array.isArray(value)) return wrongType(checks, 'a list', value, path)
  if (entrySchema === undefined) return freeValue(checks, value, path)
  return value.map((item, index) => checkedValue(checks, entrySchema, item, [...path, index]))
}

function mapOf(checks: ValueChecks, type: ValueType, value: unknown, path: Path): unknown {
  const { entrySchema, keySchema } = type
  if (Array.isArray(value)) {
    checks.reading.warning(path, {
      code: 'wrong-type',
      message: 'the type says map, but here is a list: it is passed on as it is',
      hint: 'give each item a name, or declare a list',
    })
    return listOf(checks, type, value, path)
  }
  if (!isRecord(value)) return wrongType(checks, 'a map', value, path)
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => {
      const inner = [...path, key]
      refuseReserved(checks, key, inner)
      if (keySchema !== undefined) checkedValue({ ...checks, textAt: () => key }, keySchema, key, inner)
      return [
        key,
        entrySchema === undefined ? freeValue(checks, entry, inner) : checkedValue(checks, entrySchema, entry, inner),
      ]
    }),
  )
}

function wrongType({ reading }: ValueChecks, wanted: string, value: unknown, path: Path): unknown {
  reading.error(path, { code: 'wrong-type', message: `should be ${wanted}, but here is ${described(value)}` })
  return value
}

/** The properties of a data type. Those that are missing have no default and are required: the value is of no use. */
function checkedProperties(
  checks: ValueChecks,
  definitions: PropertyDefinitions,
  value: Readonly<Record<string, unknown>>,
  path: Path,
  typeName: string,
): unknown {
  const checked = assignedProperties(checks, definitions, value, path, `'${typeName}'`)
  if (!mayGoOn(checks.evaluation, definitions.size, path)) return checked
  const undeclared = new Map(Object.keys(value).flatMap((key) => (definitions.has(key) ? [] : [[bare(key), key]])))
  for (const [name, definition] of definitions) {
    if (!isRequired(definition) || definition.default !== undefined || !isUnset(value, name)) continue
    const meant = undeclared.get(bare(name))
    const message = `the property '${name}' is missing`
    if (meant === undefined) checks.reading.error(path, { code: 'missing-property', message })
    else {
      const hint = `is '${meant}' what was meant? It is passed on as it is`
      checks.reading.warning([...path, meant], { code: 'misspelled-property', message, hint, atKey: true })
    }
  }
  return checked
}

/** Values by the names of properties. Names that aren't declared are warned about, and passed on. */
export function assignedProperties(
  checks: ValueChecks,
  definitions: PropertyDefinitions,
  values: Readonly<Record<string, unknown>>,
  path: Path,
  what: string,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const inner = [...path, name]
      refuseReserved(checks, name, inner)
      const definition = definitions.get(name)
      if (definition !== undefined) return [name, checkedValue(checks, definition, value, inner)]
      const message = `${what} has no property '${name}': it is passed on as it is`
      const hint = nameHint(checks.reading, name, definitions.keys())
      checks.reading.warning(inner, { code: 'unknown-property', message, hint, atKey: true })
      return [name, freeValue(checks, value, inner)]
    }),
  )
}

/** Functions in what this project doesn't interpret (requirements, capabilities, …). */
export function checkKept(checks: ValueChecks, value: unknown, path: Path): void {
  freeValue(checks, value, path)
}

export const isUnset = (values: Readonly<Record<string, unknown>>, name: string): boolean => {
  const value = ownEntry(values, name)
  return value === undefined || value === null
}
