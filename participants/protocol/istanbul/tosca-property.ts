/**
 * Named values as the maps `commonPropertiesMap` and `propertiesMap` carry them: their class is `map<string, ToscaProperty>`, so a
 * genuine reader refuses a message with plain values. We write `{name, type, required, default}`, with the value as `default`, and note in
 * `metadata` (a map of texts, which readers keep and overlook) that it is there.
 *
 * Read is what others write, too. A genuine property is only a description: its value stands in the node template, and `default` is
 * what holds where there is none. A value that isn't a description stands for itself.
 */
import type { Properties } from '../conversation.ts'

const VALUE_IN = 'value_in'

/** What a ToscaProperty can have; an object with anything else is a plain value. */
const FIELDS: ReadonlySet<string> = new Set([
  'name',
  'version',
  'type',
  'type_version',
  'typeVersion',
  'description',
  'required',
  'default',
  'status',
  'constraints',
  'key_schema',
  'entry_schema',
  'metadata',
])

export const toscaProperties = (values: Properties): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      {
        name,
        type: toscaType(value),
        required: false,
        ...(value !== null && value !== undefined && { default: value }),
        metadata: { [VALUE_IN]: 'default' },
      },
    ]),
  )

const toscaType = (value: unknown): string => {
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float'
  if (Array.isArray(value)) return 'list'
  return typeof value === 'object' && value !== null ? 'map' : 'string'
}

/** @param template the properties of the node template, where a genuine description has its value */
export const propertyValues = (map: Properties, template: Properties = {}): Properties => {
  const values: [string, unknown][] = []
  for (const [name, given] of Object.entries(map)) {
    if (!isDescription(name, given)) values.push([name, given])
    else if (isOurs(given)) values.push([name, given['default'] ?? null])
    else if (Object.hasOwn(template, name)) values.push([name, template[name]])
    else if (Object.hasOwn(given, 'default')) values.push([name, given['default']])
  }
  return Object.fromEntries(values)
}

const isObject = (value: unknown): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isDescription = (name: string, given: unknown): given is Properties =>
  isObject(given) &&
  typeof given['type'] === 'string' &&
  (given['name'] === name || Object.hasOwn(given, 'required') || Object.hasOwn(given, 'default')) &&
  Object.keys(given).every((field) => FIELDS.has(field))

const isOurs = ({ metadata }: Properties): boolean => isObject(metadata) && metadata[VALUE_IN] === 'default'
