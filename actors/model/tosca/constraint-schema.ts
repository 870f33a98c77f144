/** Constraint clauses as keywords of JSON Schema. What has no keyword (an order of versions, of sizes) is left out. */
import { patternOf } from './pattern.ts'
import type { Constraint } from './service-template.ts'
import type { ValueType } from './value-types.ts'

type Keywords = Readonly<Record<string, unknown>>

export function constraintSchema(constraint: Constraint, kind: ValueType['kind']): Keywords {
  const keywords: Record<string, unknown> = {}
  for (const [clause, argument] of Object.entries(constraint))
    Object.assign(keywords, keywordsOf(clause, argument, kind))
  return keywords
}

function keywordsOf(clause: string, argument: unknown, kind: ValueType['kind']): Keywords {
  switch (clause) {
    case 'equal':
      return hasUnits(kind) ? {} : { const: argument }
    case 'valid_values':
      return Array.isArray(argument) && !hasUnits(kind) ? { enum: argument } : {}
    case 'greater_than':
      return number('exclusiveMinimum', argument)
    case 'greater_or_equal':
      return number('minimum', argument)
    case 'less_than':
      return number('exclusiveMaximum', argument)
    case 'less_or_equal':
      return number('maximum', argument)
    case 'in_range': {
      const [lower, upper] = Array.isArray(argument) ? (argument as readonly unknown[]) : []
      return { ...number('minimum', lower), ...number('maximum', upper) }
    }
    case 'length':
      return { ...number(LENGTHS[kind]?.[0], argument), ...number(LENGTHS[kind]?.[1], argument) }
    case 'min_length':
      return number(LENGTHS[kind]?.[0], argument)
    case 'max_length':
      return number(LENGTHS[kind]?.[1], argument)
    case 'pattern':
      // The whole text has to match, in JSON Schema a part of it would do.
      return typeof argument === 'string' && isPattern(argument) ? { pattern: `^(?:${argument})$` } : {}
    default:
      return {}
  }
}

/** `1 GB` is the same as `1000 MB`, which JSON Schema can't know. */
const hasUnits = (kind: ValueType['kind']): boolean => kind.startsWith('scalar-unit.')

/** JSON Schema reads patterns with the flag `u`, under which less is allowed (no `\\-`). */
function isPattern(text: string): boolean {
  if (patternOf(text).fault !== undefined) return false
  try {
    new RegExp(`^(?:${text})$`, 'u')
    return true
  } catch {
    return false
  }
}

const LENGTHS: Readonly<Partial<Record<ValueType['kind'], readonly [string, string]>>> = {
  string: ['minLength', 'maxLength'],
  list: ['minItems', 'maxItems'],
  map: ['minProperties', 'maxProperties'],
  properties: ['minProperties', 'maxProperties'],
}

const number = (keyword: string | undefined, argument: unknown): Keywords =>
  keyword !== undefined && typeof argument === 'number' ? { [keyword]: argument } : {}
