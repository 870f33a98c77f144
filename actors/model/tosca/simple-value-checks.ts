/** Single values against TOSCA's simple types, and ranges. */
import type { Path } from '../json-path.ts'
import { wordAsBoolean, type Reading } from '../reading.ts'
import { isTimestamp, isVersion, quantityOf, UNIT_EXAMPLES, type UnitKind } from './scalar-values.ts'
import type { SimpleKind } from './value-types.ts'

interface SimpleChecks {
  readonly reading: Reading
  readonly textAt?: ((path: Path) => string | undefined) | undefined
}

type Kind = Exclude<SimpleKind, 'list' | 'map'>

export function simpleValue(checks: SimpleChecks, kind: Kind, value: unknown, path: Path): unknown {
  const wrong = (wanted: string): unknown => {
    checks.reading.error(path, { code: 'wrong-type', message: `should be ${wanted}, but here is ${described(value)}` })
    return value
  }
  const taken = (instead: unknown): unknown => {
    checks.reading.warning(path, {
      code: 'wrong-type',
      message: `${described(value)} is taken for the ${kind} ${String(instead)}`,
    })
    return instead
  }
  // In YAML text nobody thinks of the type of `port: 8080`, so it is a text without a word about it.
  const text = typeof value === 'string' ? value : (checks.textAt?.(path) ?? String(value))
  switch (kind) {
    case 'string':
      return typeof value === 'string' || checks.textAt !== undefined ? text : taken(text)
    case 'integer':
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value
      return typeof value === 'string' && /^[+-]?\d{1,15}$/.test(value.trim())
        ? taken(Number(value))
        : wrong('a whole number')
    case 'float':
      if (typeof value === 'number' && Number.isFinite(value)) return value
      return typeof value === 'string' && /^[+-]?\d{1,15}(\.\d{1,15})?([eE][+-]?\d{1,2})?$/.test(value.trim())
        ? taken(Number(value))
        : wrong('a number')
    case 'boolean': {
      if (typeof value === 'boolean') return value
      const meant = typeof value === 'string' ? wordAsBoolean(value) : undefined
      return meant === undefined ? wrong('true or false') : taken(meant)
    }
    case 'timestamp':
      return isTimestamp(text) ? text : wrong('a timestamp, for instance 2021-05-31T14:00:00Z')
    case 'version':
      return isVersion(text) ? text : wrong('a version, for instance 1.0.0')
    case 'range':
      return isRange(value) ? value : wrong('a range, for instance [1, 10] or [1, UNBOUNDED]')
    case 'scalar-unit.size':
    case 'scalar-unit.time':
    case 'scalar-unit.frequency':
    case 'scalar-unit.bitrate': {
      const unit = kind.slice('scalar-unit.'.length) as UnitKind
      const isQuantity = typeof value === 'string' && quantityOf(value, unit) !== undefined
      return isQuantity ? value : wrong(`a ${unit} with its unit, for instance ${UNIT_EXAMPLES[unit]}`)
    }
  }
}

function isRange(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [lower, upper] = value as readonly unknown[]
  if (typeof lower !== 'number' || !Number.isInteger(lower)) return false
  return upper === 'UNBOUNDED' || (typeof upper === 'number' && Number.isInteger(upper) && lower <= upper)
}

/** For messages: what stands there. */
export function described(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'a map'
  if (value === null || value === undefined) return 'nothing'
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
  return text.length > 40 ? `'${text.slice(0, 40)}…'` : `'${text}'`
}
