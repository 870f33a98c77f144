/**
 * How a descriptor's sections are taken from its document: a cursor is a value with its path; whatever is not as it
 * should be becomes a finding, and reading goes on with a harmless value, so that one pass shows everything.
 */
import type { Finding } from './descriptor.ts'
import { shortFinding } from './finding-text.ts'
import { formatPath, type Path } from './json-path.ts'
import { MISSPELLED_KEYS, nearestHint } from './spelling.ts'
import type { YamlDocument } from './yaml-document.ts'
import { describeNode, type YamlNode } from './yaml-node.ts'

/** Later findings are dropped: nobody reads them. */
export const FINDINGS_MAX = 100

export interface Cursor {
  readonly node: YamlNode
  readonly path: Path
}

export interface Remark {
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
  /** The place is that of the key, not of the value. */
  readonly atKey?: boolean
}

export interface Reading {
  readonly findings: readonly Finding[]
  error(path: Path, remark: Remark): void
  warning(path: Path, remark: Remark): void
}

export function createReading(document: YamlDocument): Reading {
  const findings: Finding[] = []
  const add = (severity: Finding['severity'], path: Path, { code, message, hint, atKey }: Remark): void => {
    if (findings.length >= FINDINGS_MAX) return
    const finding: Finding = {
      severity,
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      path: formatPath(path),
      ...(document.file === undefined ? {} : { file: document.file }),
      ...document.place(path, atKey === true ? 'key' : 'value'),
    }
    findings.push(shortFinding(finding))
  }
  return {
    findings,
    error: (path, remark) => add('error', path, remark),
    warning: (path, remark) => add('warning', path, remark),
  }
}

export const isNull = ({ node }: Cursor): boolean => node.kind === 'scalar' && node.value === null

export const at = (cursor: Cursor, step: string | number, node: YamlNode): Cursor => ({
  node,
  path: [...cursor.path, step],
})

/** The entries of a map with names of the author's choice. Nothing at all is an empty map. */
export function entriesOf(reading: Reading, cursor: Cursor | undefined, what: string): readonly [string, Cursor][] {
  if (cursor === undefined || isNull(cursor)) return []
  if (cursor.node.kind !== 'map') {
    const message = `${what} should be a map, but here is ${describeNode(cursor.node)}`
    reading.error(cursor.path, { code: 'wrong-type', message })
    return []
  }
  return [...cursor.node.entries].map(([key, entry]) => [key, at(cursor, key, entry.node)])
}

export interface FieldOptions {
  /** Other accepted spellings, without a remark. */
  readonly aliases?: Readonly<Record<string, string>>
}

/** The entries of a map with known keys, by their right spelling. Unknown and misspelled keys are remarked. */
export function fieldsOf<Key extends string>(
  reading: Reading,
  cursor: Cursor | undefined,
  what: string,
  keys: readonly Key[],
  { aliases = {} }: FieldOptions = {},
): Readonly<Partial<Record<Key, Cursor>>> {
  const fields: Partial<Record<Key, Cursor>> = {}
  for (const [written, field] of entriesOf(reading, cursor, what)) {
    const key = keyOf(written, keys, aliases)
    if (key === undefined) {
      const hint = nearestHint(written, keys) ?? `known here: ${keys.join(', ')}`
      const message = `unknown key '${written}' in ${what}: it is ignored`
      reading.warning(field.path, { code: 'unknown-key', message, hint, atKey: true })
      continue
    }
    if (written !== key && !Object.hasOwn(aliases, written)) {
      const message = `'${written}' is taken for '${key}'`
      reading.warning(field.path, { code: 'misspelled-key', message, hint: `write '${key}'`, atKey: true })
    }
    if (fields[key] === undefined) fields[key] = field
    else {
      const message = `'${written}' says '${key}' a second time`
      reading.error(field.path, { code: 'duplicate-key', message, hint: 'keep one of them', atKey: true })
    }
  }
  return fields
}

function keyOf<Key extends string>(
  written: string,
  keys: readonly Key[],
  aliases: Readonly<Record<string, string>>,
): Key | undefined {
  const right = Object.hasOwn(aliases, written)
    ? aliases[written]
    : Object.hasOwn(MISSPELLED_KEYS, written) && !keys.some((key) => key === written)
      ? MISSPELLED_KEYS[written]
      : written
  return keys.find((key) => key === right)
}

/** The text of a single value (numbers and booleans as they are written); nothing for null. */
export function textOf(reading: Reading, cursor: Cursor | undefined, what: string): string | undefined {
  if (cursor === undefined || isNull(cursor)) return undefined
  if (cursor.node.kind === 'scalar') return cursor.node.text
  const message = `${what} should be a single value, but here is ${describeNode(cursor.node)}`
  reading.error(cursor.path, { code: 'wrong-type', message, hint: `put quotes around text that has '{', '[' or ': '` })
  return undefined
}

const TRUE_WORDS = ['true', 'yes', 'on']
const FALSE_WORDS = ['false', 'no', 'off']

/** Also the older words of YAML 1.1, which ONAP's parser takes for booleans. */
export function wordAsBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase()
  if (TRUE_WORDS.includes(word)) return true
  return FALSE_WORDS.includes(word) ? false : undefined
}

/** `true` or `false`, also quoted, and the older words of YAML 1.1. */
export function booleanOf(reading: Reading, cursor: Cursor | undefined, what: string): boolean {
  if (cursor === undefined || isNull(cursor)) return false
  const meant = cursor.node.kind === 'scalar' ? wordAsBoolean(cursor.node.text) : undefined
  if (meant === undefined) {
    const message = `${what} should be true or false, but here is ${describeNode(cursor.node)}`
    reading.error(cursor.path, { code: 'wrong-type', message })
  }
  return meant ?? false
}

/** The items of a list; a single value counts as a list of one. */
export function itemsOf(reading: Reading, cursor: Cursor | undefined, what: string): readonly Cursor[] {
  if (cursor === undefined || isNull(cursor)) return []
  if (cursor.node.kind === 'list') return cursor.node.items.map((item, index) => at(cursor, index, item))
  if (cursor.node.kind === 'scalar') return [cursor]
  const message = `${what} should be a list, but here is ${describeNode(cursor.node)}`
  reading.error(cursor.path, { code: 'wrong-type', message })
  return []
}

/** Own entries as a record; `fromEntries` makes even a key like `__proto__` an entry. */
export function recordOf<Value>(entries: Iterable<readonly [string, Value]>): Readonly<Record<string, Value>> {
  return Object.fromEntries(entries)
}
