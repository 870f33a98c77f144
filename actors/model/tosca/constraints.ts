/** The constraint clauses of TOSCA (Simple Profile 1.3, 3.6.3): what they may say, and whether a value keeps to them. */
import { isDeepStrictEqual } from 'node:util'
import { patternOf } from './pattern.ts'
import { compareValues, isComparable, quantityOf, unitKindOf } from './scalar-values.ts'
import { isRecord, type Constraint } from './service-template.ts'
import type { ValueType } from './value-types.ts'

export const CLAUSES = [
  'equal',
  'greater_than',
  'greater_or_equal',
  'less_than',
  'less_or_equal',
  'in_range',
  'valid_values',
  'length',
  'min_length',
  'max_length',
  'pattern',
  'schema',
] as const
export type Clause = (typeof CLAUSES)[number]

const UNBOUNDED = 'UNBOUNDED'
const VALUES_SHOWN_MAX = 8
const PATTERN_CHAR_COST = 4
/** States of a pattern that are followed in the time in which one value is looked at. */
const STATES_AT_ONCE = 8
/** Characters that are counted or compared in the time in which one value is looked at. */
const CHARS_AT_ONCE = 16

export interface ClauseFault {
  readonly severity: 'error' | 'warning'
  readonly message: string
}

/** What is wrong with a clause itself. A pattern that can't be checked within bounds is only warned about. */
export function clauseFault(clause: Clause, argument: unknown): ClauseFault | undefined {
  switch (clause) {
    case 'equal':
    case 'schema':
      return undefined
    case 'greater_than':
    case 'greater_or_equal':
    case 'less_than':
    case 'less_or_equal':
      return isComparable(argument) ? undefined : error(`'${clause}' needs a single value`)
    case 'in_range': {
      const [lower, upper] = Array.isArray(argument) ? (argument as readonly unknown[]) : []
      const isRange = Array.isArray(argument) && argument.length === 2 && isComparable(lower) && isComparable(upper)
      return isRange ? undefined : error(`'in_range' needs a lower and an upper bound, for instance [1, 10]`)
    }
    case 'valid_values':
      return Array.isArray(argument) ? undefined : error(`'valid_values' needs a list`)
    case 'length':
    case 'min_length':
    case 'max_length':
      return isCount(argument) ? undefined : error(`'${clause}' needs a whole number that isn't negative`)
    case 'pattern':
      return patternFault(argument)
  }
}

const error = (message: string): ClauseFault => ({ severity: 'error', message })
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0

function patternFault(argument: unknown): ClauseFault | undefined {
  if (typeof argument !== 'string') return error(`'pattern' needs a regular expression`)
  const { fault } = patternOf(argument)
  if (fault === undefined) return undefined
  if (fault.kind === 'invalid') return error(`'pattern' needs a regular expression: ${fault.message}`)
  return { severity: 'warning', message: `the pattern isn't checked: ${fault.message}` }
}

/** What it costs to check a value: one for each value or character that has to be looked at. */
export function clauseCost(constraint: Constraint, value: unknown): number {
  const { pattern, valid_values: values } = constraint
  const chars = typeof value === 'string' ? value.length : 0
  const states = typeof pattern === 'string' && chars > 0 ? (patternOf(pattern).states ?? 0) : 0
  const ofPattern = pattern === undefined ? 0 : chars * Math.max(PATTERN_CHAR_COST, Math.ceil(states / STATES_AT_ONCE))
  const ofEach = 1 + Math.ceil(chars / CHARS_AT_ONCE)
  return ofPattern + ofEach * (1 + (Array.isArray(values) ? values.length : 0))
}

type Kind = ValueType['kind']

/**
 * How a value breaks a clause, for instance `should be at least 0`. `undefined`: it keeps to it, or can't be judged.
 *
 * @param kind what the value is: only of a size with its unit `1 GB` is `1000 MB`, a text is what it is
 */
export function clauseBreach(constraint: Constraint, value: unknown, kind: Kind = 'free'): string | undefined {
  for (const [clause, argument] of Object.entries(constraint)) {
    const known = CLAUSES.find((one) => one === clause)
    if (known === undefined || clauseFault(known, argument) !== undefined) continue
    const breach = breachOf(known, argument, value, kind)
    if (breach !== undefined) return breach
  }
  return undefined
}

function breachOf(clause: Clause, argument: unknown, value: unknown, kind: Kind): string | undefined {
  const order = () => compareValues(value, argument, unitKindOf(kind))
  switch (clause) {
    case 'equal':
      return isSame(value, argument, kind) ? undefined : `should be ${shown(argument)}`
    case 'greater_than':
      return (order() ?? 1) > 0 ? undefined : `should be more than ${shown(argument)}`
    case 'greater_or_equal':
      return (order() ?? 1) >= 0 ? undefined : `should be at least ${shown(argument)}`
    case 'less_than':
      return (order() ?? -1) < 0 ? undefined : `should be less than ${shown(argument)}`
    case 'less_or_equal':
      return (order() ?? -1) <= 0 ? undefined : `should be at most ${shown(argument)}`
    case 'in_range':
      return rangeBreach(argument as readonly unknown[], value, kind)
    case 'valid_values': {
      const values = argument as readonly unknown[]
      if (values.some((one) => isSame(value, one, kind))) return undefined
      const some = values.slice(0, VALUES_SHOWN_MAX).map(shown).join(', ')
      return `should be one of ${some}${values.length > VALUES_SHOWN_MAX ? ', …' : ''}`
    }
    case 'length':
    case 'min_length':
    case 'max_length':
      return lengthBreach(clause, Number(argument), value)
    case 'pattern': {
      const { matches } = patternOf(String(argument))
      return typeof value !== 'string' || matches?.(value) !== false ? undefined : `should match ${shown(argument)}`
    }
    case 'schema':
      return undefined
  }
}

function rangeBreach([lower, upper]: readonly unknown[], value: unknown, kind: Kind): string | undefined {
  const unit = unitKindOf(kind)
  const below = lower !== UNBOUNDED && (compareValues(value, lower, unit) ?? 0) < 0
  const above = upper !== UNBOUNDED && (compareValues(value, upper, unit) ?? 0) > 0
  return below || above ? `should be from ${shown(lower)} to ${shown(upper)}` : undefined
}

function lengthBreach(clause: 'length' | 'min_length' | 'max_length', wanted: number, value: unknown) {
  const length = lengthOf(value)
  if (length === undefined) return undefined
  if (clause === 'length' && length !== wanted) return `should have the length ${wanted}, not ${length}`
  if (clause === 'min_length' && length < wanted) return `should have at least the length ${wanted}, not ${length}`
  if (clause === 'max_length' && length > wanted) return `should have at most the length ${wanted}, not ${length}`
  return undefined
}

function lengthOf(value: unknown): number | undefined {
  if (typeof value === 'string') return codePoints(value)
  if (Array.isArray(value)) return value.length
  return isRecord(value) ? Object.keys(value).length : undefined
}

function codePoints(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) count += 1
  return count
}

function isSame(a: unknown, b: unknown, kind: Kind): boolean {
  if (a === b) return true
  if (typeof a !== 'string' || typeof b !== 'string') return isDeepStrictEqual(a, b)
  const unit = unitKindOf(kind)
  const quantity = unit === undefined ? undefined : quantityOf(a, unit)
  return unit !== undefined && quantity !== undefined && quantity === quantityOf(b, unit)
}

const SHOWN_CHARS = 60
/** Each breach of a constraint shows the same argument, however large it is. */
const shownBefore = new WeakMap<object, string>()

function shown(value: unknown): string {
  if (typeof value === 'string') return cut(`'${value.slice(0, SHOWN_CHARS)}'`)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'nothing'
  const text = shownBefore.get(value) ?? cut(JSON.stringify(value))
  shownBefore.set(value, text)
  return text
}

const cut = (text: string): string => (text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text)
