/** The entries of a map with TOSCA's keys. Slips that shipped files have are read with a warning, others are ignored with one. */
import { nearestHint, MISSPELLED_KEYS } from '../spelling.ts'
import { at, entriesOf, isNull, type Cursor, type Reading } from '../reading.ts'
import { describeNode } from '../yaml-node.ts'
import { jsonOf } from './json-values.ts'

const SLIPS: Readonly<Record<string, string>> = {
  ...MISSPELLED_KEYS,
  requred: 'required',
  requierd: 'required',
  reqired: 'required',
  node_template: 'node_templates',
  input: 'inputs',
  policy: 'policies',
  constraint: 'constraints',
  entryschema: 'entry_schema',
}

/** The key that was meant: `typeVersion` for `type_version`, `greater-or-equal` for `greater_or_equal`, `requred`. */
export function meantKey<Key extends string>(written: string, keys: readonly Key[]): Key | undefined {
  const slip = Object.hasOwn(SLIPS, written) ? SLIPS[written] : undefined
  return keys.find((key) => key === slip) ?? keys.find((key) => bare(key) === bare(written))
}

/** Letters' case, `-` and `_` not counted. */
export const bare = (word: string): string => word.toLowerCase().replace(/[-_]/g, '')

export function toscaFields<Key extends string>(
  reading: Reading,
  cursor: Cursor | undefined,
  what: string,
  keys: readonly Key[],
): Readonly<Partial<Record<Key, Cursor>>> {
  const fields: Partial<Record<Key, Cursor>> = {}
  for (const [written, field] of entriesOf(reading, cursor, what)) {
    const right = keys.find((known) => known === written)
    const key = right ?? meantKey(written, keys)
    if (key === undefined) {
      const hint = nearestHint(written, keys) ?? `known here: ${keys.join(', ')}`
      const message = `unknown key '${written}' in ${what}: it is ignored`
      reading.warning(field.path, { code: 'unknown-key', message, hint, atKey: true })
      continue
    }
    if (right === undefined) {
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

/** Named things as a map, or as a list of maps with one entry each. */
export function namedEntries(
  reading: Reading,
  cursor: Cursor | undefined,
  what: string,
): readonly (readonly [string, Cursor])[] {
  if (cursor?.node.kind !== 'list') return entriesOf(reading, cursor, what)
  return cursor.node.items.flatMap((item, index) => {
    const inner = at(cursor, index, item)
    if (item.kind === 'map' && item.entries.size === 1) return entriesOf(reading, inner, what)
    const message = `an item of ${what} is a map with one entry, its name, but here is ${
      item.kind === 'map' ? `a map with ${item.entries.size} entries` : describeNode(item)
    }`
    const hint = 'indent what belongs to the name further than the name'
    reading.error(inner.path, { code: 'wrong-type', message, hint })
    return []
  })
}

/** What isn't interpreted here, as it was written. */
export function keptOf<Key extends string>(
  fields: Readonly<Partial<Record<Key, Cursor>>>,
  keys: readonly Key[],
): Readonly<Partial<Record<Key, unknown>>> {
  const kept: Partial<Record<Key, unknown>> = {}
  for (const key of keys) {
    const field = fields[key]
    if (field !== undefined && !isNull(field)) kept[key] = jsonOf(field.node)
  }
  return kept
}
