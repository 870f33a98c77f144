/** Which values an order may give, and what the properties of the ordered assembly then are. */
import type { PropertyValues } from '../../drivers/protocol.ts'
import type { Descriptor, PropertyDefinition, PropertyDefinitions } from './descriptor.ts'
import { evaluateText, referencesOf, type Scope } from './expression.ts'
import { nearestHint } from './spelling.ts'

/** Why an order's value can't be taken. */
export interface ValueRefusal {
  readonly code: 'unknown-property' | 'read-only' | 'not-overridable' | 'missing-property' | 'wrong-type'
  readonly property: string
  readonly message: string
  readonly hint?: string
}

/**
 * Everything that is wrong with the properties of an order; empty if nothing is. `required` counts here, at the top,
 * and nowhere below. `previous` are the values that an order on an existing assembly keeps.
 */
export function orderRefusals(
  descriptor: Descriptor,
  given: Readonly<Record<string, string>>,
  previous: PropertyValues = {},
): readonly ValueRefusal[] {
  const refusals = Object.entries(given).flatMap(([name, value]) => {
    const refusal = valueRefusal(descriptor, name, value)
    return refusal === undefined ? [] : [refusal]
  })
  for (const [name, property] of Object.entries(descriptor.properties)) {
    const isSet = Object.hasOwn(given, name) || Object.hasOwn(previous, name)
    if (!property.required || property.readOnly || isSet) continue
    if (property.value !== undefined || property.default !== undefined) continue
    const about = property.description === '' ? '' : ` (${property.description})`
    const message = `the property '${name}'${about} is required by ${descriptor.name}`
    refusals.push({ code: 'missing-property', property: name, message })
  }
  return refusals
}

function valueRefusal(descriptor: Descriptor, name: string, value: string): ValueRefusal | undefined {
  const property = Object.hasOwn(descriptor.properties, name) ? descriptor.properties[name] : undefined
  const refuse = (code: ValueRefusal['code'], message: string, hint?: string): ValueRefusal => ({
    code,
    property: name,
    message,
    ...(hint === undefined ? {} : { hint }),
  })
  if (property === undefined) {
    const settable = Object.entries(descriptor.properties).flatMap(([other, one]) => (isSettable(one) ? [other] : []))
    const known = settable.length === 0 ? 'it has none to be set' : `known: ${settable.slice(0, 20).join(', ')}`
    const message = `${descriptor.name} has no property '${name}'`
    return refuse('unknown-property', message, nearestHint(name, settable) ?? known)
  }
  if (property.readOnly) return refuse('read-only', `'${name}' is read-only: it is put out, not given`)
  if (property.value !== undefined)
    return refuse('not-overridable', `'${name}' has a fixed value in ${descriptor.name}`)
  return typeRefusal(property, value, refuse, name)
}

const isSettable = (property: PropertyDefinition) => !property.readOnly && property.value === undefined

function typeRefusal(
  property: PropertyDefinition,
  value: string,
  refuse: (code: ValueRefusal['code'], message: string) => ValueRefusal,
  name: string,
): ValueRefusal | undefined {
  if (property.type !== 'integer' || /^[+-]?\d{1,15}$/.test(value)) return undefined
  return refuse('wrong-type', `'${name}' should be a whole number, but is '${value.slice(0, 40)}'`)
}

/**
 * The values of a set of properties: a read-only one has its output (else what it was given, else its default); else its
 * own `value` counts, else what it was given by the order or its parent, else its default. Unset ones are left out.
 *
 * `outer` resolves what the properties' own expressions name besides these properties: components, references, the
 * instance. A value that depends on itself is unset.
 */
export function resolveProperties(
  definitions: PropertyDefinitions,
  given: PropertyValues,
  outputs: PropertyValues = {},
  outer: Scope = () => undefined,
): PropertyValues {
  const resolved = new Map<string, PropertyValues[string] | undefined>()
  // With a stack of its own: a chain of properties may be longer than the machine's.
  const resolve = (name: string): void => {
    const pending = [name]
    const open = new Set<string>()
    for (let next = pending.at(-1); next !== undefined; next = pending.at(-1)) {
      const definition = Object.hasOwn(definitions, next) ? definitions[next] : undefined
      const needs = open.has(next) ? [] : ownNeeds(definition).filter((need) => !resolved.has(need) && !open.has(need))
      open.add(next)
      if (needs.length > 0) pending.push(...needs)
      else {
        if (!resolved.has(next)) resolved.set(next, own(next, definition))
        pending.pop()
      }
    }
  }
  const scope: Scope = (reference) =>
    reference.kind === 'property' ? resolved.get(reference.property) : outer(reference)
  const own = (name: string, definition: PropertyDefinition | undefined): PropertyValues[string] | undefined => {
    const passed = Object.hasOwn(given, name) ? given[name] : undefined
    if (definition === undefined) return passed
    const text = (value: string | undefined) => (value === undefined ? undefined : evaluateText(value, scope))
    if (definition.readOnly) {
      const output = Object.hasOwn(outputs, name) ? outputs[name] : undefined
      return output ?? text(definition.value) ?? passed ?? text(definition.default)
    }
    if (definition.value !== undefined) return text(definition.value)
    return passed ?? text(definition.default)
  }
  return Object.fromEntries(
    [...new Set([...Object.keys(definitions), ...Object.keys(given)])].flatMap((name) => {
      resolve(name)
      const value = resolved.get(name)
      return value === undefined ? [] : [[name, value] as const]
    }),
  )
}

function ownNeeds(definition: PropertyDefinition | undefined): string[] {
  const texts = [definition?.value, definition?.default].flatMap((text) => text ?? [])
  return texts.flatMap((text) => referencesOf(text)).flatMap((one) => (one.kind === 'property' ? [one.property] : []))
}
