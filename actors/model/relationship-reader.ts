/** Relationships: who needs what of whom, from which state on, and which operations make and end it. */
import {
  RESOURCE_LADDER,
  type Endpoint,
  type LadderState,
  type Modifier,
  type Relationship,
  type RelationshipOperation,
} from './descriptor.ts'
import { readProperties } from './property-reader.ts'
import { nearestHint } from './spelling.ts'
import { fieldsOf, itemsOf, textOf, type Cursor, type Reading } from './reading.ts'

const KEYS = [
  'source-capabilities',
  'target-requirements',
  'source-state',
  'target-state',
  'source-state-modifier',
  'target-state-modifier',
  'properties',
  'lifecycle',
  'description',
] as const

const MODIFIERS = ['pre', 'post'] as const

export function readRelationship(reading: Reading, cursor: Cursor): Relationship {
  const fields = fieldsOf(reading, cursor, 'a relationship', KEYS)
  const sources = readEndpoints(reading, cursor, fields['source-capabilities'], 'source-capabilities')
  const targets = readEndpoints(reading, cursor, fields['target-requirements'], 'target-requirements')
  const lifecycle = fieldsOf(reading, fields.lifecycle, `a relationship's lifecycle`, ['Create', 'Cease'])
  const sides = [...new Set(['source', 'target', ...sources.concat(targets).map((end) => end.component)])]
  return {
    sources,
    targets,
    sourceState: readState(reading, cursor, fields['source-state'], 'source-state'),
    targetState: readState(reading, cursor, fields['target-state'], 'target-state'),
    sourceModifier: readModifier(reading, fields['source-state-modifier'], 'source-state-modifier', 'post'),
    targetModifier: readModifier(reading, fields['target-state-modifier'], 'target-state-modifier', 'pre'),
    properties: readProperties(reading, fields.properties, 'relationship'),
    create: readOperations(reading, lifecycle.Create, sides),
    cease: readOperations(reading, lifecycle.Cease, sides),
  }
}

function readEndpoints(reading: Reading, owner: Cursor, cursor: Cursor | undefined, key: string): Endpoint[] {
  const items = itemsOf(reading, cursor, `'${key}'`)
  if (items.length === 0) {
    const hint = `for instance ${key}: [component.name]`
    reading.error(owner.path, { code: 'missing-key', message: `a relationship needs '${key}'`, hint, atKey: true })
  }
  return items.flatMap((item) => readEndpoint(reading, item, `an entry of '${key}'`, false) ?? [])
}

/** `component.name`; without `named`, also `component` alone (its `name` is then empty). */
export function readEndpoint(
  reading: Reading,
  cursor: Cursor | undefined,
  what: string,
  named: boolean,
): Endpoint | undefined {
  const text = textOf(reading, cursor, what)
  if (cursor === undefined || text === undefined) return undefined
  const [component = '', name = '', ...rest] = text.split('.')
  const complete = component !== '' && rest.length === 0 && !/[\s${}]/.test(text)
  if (complete && (name !== '' || (!named && !text.includes('.')))) return { component, name }
  const message = `${what} should be '<component>.<name>', but is '${text.slice(0, 80)}'`
  reading.error(cursor.path, { code: 'bad-endpoint', message })
  return undefined
}

function readOperations(
  reading: Reading,
  cursor: Cursor | undefined,
  sides: readonly string[],
): readonly RelationshipOperation[] {
  return itemsOf(reading, cursor, 'a list of operations').flatMap((item) => {
    const end = readEndpoint(reading, item, 'an operation', true)
    if (end === undefined) return []
    if (!sides.includes(end.component)) {
      const message = `'${end.component}' is no side of this relationship`
      const hint = nearestHint(end.component, sides) ?? `sides: ${sides.join(', ')}`
      reading.error(item.path, { code: 'unknown-side', message, hint })
      return []
    }
    return [{ on: end.component, operation: end.name }]
  })
}

function readState(reading: Reading, owner: Cursor, cursor: Cursor | undefined, key: string): LadderState {
  const text = textOf(reading, cursor, `'${key}'`)
  if (cursor === undefined || text === undefined) {
    const hint = `one of ${RESOURCE_LADDER.join(', ')}`
    reading.error(owner.path, { code: 'missing-key', message: `a relationship needs '${key}'`, hint, atKey: true })
    return 'Active'
  }
  return readOneOf(reading, cursor, text, key, RESOURCE_LADDER) ?? 'Active'
}

function readModifier(reading: Reading, cursor: Cursor | undefined, key: string, otherwise: Modifier): Modifier {
  const text = textOf(reading, cursor, `'${key}'`)
  return cursor === undefined || text === undefined
    ? otherwise
    : (readOneOf(reading, cursor, text, key, MODIFIERS) ?? otherwise)
}

function readOneOf<Word extends string>(
  reading: Reading,
  cursor: Cursor,
  text: string,
  key: string,
  words: readonly Word[],
): Word | undefined {
  const word = words.find((known) => known === text)
  if (word === undefined) {
    const hint = nearestHint(text, words) ?? `one of ${words.join(', ')}`
    reading.error(cursor.path, { code: 'value-not-allowed', message: `'${text}' is no '${key}'`, hint })
  }
  return word
}
