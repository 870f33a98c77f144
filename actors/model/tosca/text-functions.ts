/** Texts that are made of others: `concat` and `token`. */
import { mayGoOn, UNKNOWN, wrongParameters, type Evaluation, type FunctionPlace } from './evaluation.ts'
import { functionIn } from './functions.ts'

/** @param values the parameters, with functions in them replaced as far as their values are known */
export function concatenated(evaluation: Evaluation, values: readonly unknown[], place: FunctionPlace): unknown {
  if (values.some((value) => functionIn(value) !== undefined)) return UNKNOWN
  const texts: string[] = []
  for (const value of values) {
    const isSingle = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    if (!isSingle) return wrongParameters(evaluation, 'concat', 'single values', place)
    texts.push(String(value))
  }
  const text = texts.join('')
  return mayGoOn(evaluation, text.length, place.path) ? text : UNKNOWN
}

/** The part of a text at a position, if it is cut at some characters. */
export function tokenOf(evaluation: Evaluation, values: readonly unknown[], place: FunctionPlace): unknown {
  if (values.some((value) => functionIn(value) !== undefined)) return UNKNOWN
  const [text, separators, index] = values
  const position = typeof index === 'string' && /^\d{1,6}$/.test(index) ? Number(index) : index
  if (typeof text !== 'string' || typeof separators !== 'string' || typeof position !== 'number') {
    return wrongParameters(evaluation, 'token', 'a text, separating characters and a position', place)
  }
  if (!mayGoOn(evaluation, text.length + separators.length, place.path)) return UNKNOWN
  const separating = new Set(separators)
  const parts: string[] = ['']
  for (const char of text) {
    if (separating.has(char)) parts.push('')
    else parts[parts.length - 1] += char
  }
  return parts[position] ?? wrongParameters(evaluation, 'token', `a position from 0 to ${parts.length - 1}`, place)
}
