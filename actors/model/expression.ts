/**
 * Expressions in property values: `${…}` alone or inside other text.
 *
 * What may stand between the braces (blanks around it are ignored):
 *
 * | text                         | means                                                              |
 * | ---------------------------- | ------------------------------------------------------------------ |
 * | `prop`                       | a property of the descriptor that the value is written in          |
 * | `component.prop`             | a property of a component or reference (a list if it is a cluster) |
 * | `instance.name`, `.id`, `.index` | the instance that the value is for                             |
 * | `source.prop`, `target.prop` | the ends of a relationship, in its properties only                 |
 *
 * A `$` is itself, unless a run of them stands directly before `{`: then each pair means one `$`, and an odd one at the
 * end opens an expression. So `a$b` and `pa$$word` are as they look, `$${x}` means the text `${x}`, and `$$${x}` a `$`
 * followed by the value of `x`.
 *
 * Everything here is one pass over the text, so its cost is linear whatever is written.
 */
import type { PropertyValue } from '../../drivers/protocol.ts'
import type { ValueText } from './descriptor.ts'

export const EXPRESSION_CHARS_MAX = 64 * 1024
/** Characters, or items of a list, that a value may come to: `${a}${a}` doubles, and may do so again and again. */
export const VALUE_LENGTH_MAX = 64 * 1024
/** Parts of one value, texts and references together. */
export const EXPRESSION_PARTS_MAX = 256

export const INSTANCE_ATTRIBUTES = ['name', 'id', 'index'] as const
export type InstanceAttribute = (typeof INSTANCE_ATTRIBUTES)[number]

/** What a `${…}` points to. */
export type ExpressionReference =
  | { readonly kind: 'property'; readonly property: string }
  | { readonly kind: 'member'; readonly component: string; readonly property: string }
  | { readonly kind: 'instance'; readonly attribute: InstanceAttribute }
  | { readonly kind: 'end'; readonly end: 'source' | 'target'; readonly property: string }

export type ExpressionPart = string | ExpressionReference

/** Where a value is written: only in a relationship are `source` and `target` its ends, elsewhere components. */
export type ExpressionPlace = 'value' | 'relationship'

export interface Expression {
  /** No two texts in a row, no empty text; an empty list is the empty text. */
  readonly parts: readonly ExpressionPart[]
  /** What is wrong with the text, for people. If present, `parts` is empty. */
  readonly fault?: string
}

/** Reads a value. Never throws: what can't be read has a `fault`. */
export function parseExpression(text: ValueText, place: ExpressionPlace = 'value'): Expression {
  if (text.length > EXPRESSION_CHARS_MAX) return { parts: [], fault: `longer than ${EXPRESSION_CHARS_MAX} characters` }
  const parts: ExpressionPart[] = []
  let literal = ''
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('${', at)
    if (open === -1) {
      literal += text.slice(at)
      break
    }
    let runStart = open
    while (runStart > at && text[runStart - 1] === '$') runStart -= 1
    const dollars = open - runStart + 1
    literal += text.slice(at, runStart) + '$'.repeat(Math.floor(dollars / 2))
    if (dollars % 2 === 0) {
      literal += '{'
      at = open + 2
      continue
    }
    const close = text.indexOf('}', open)
    if (close === -1) return { parts: [], fault: `'\${' at character ${open + 1} is never closed with '}'` }
    const reference = parseReference(text.slice(open + 2, close).trim(), place)
    if (typeof reference === 'string') return { parts: [], fault: reference }
    if (literal !== '') parts.push(literal)
    literal = ''
    parts.push(reference)
    if (parts.length > EXPRESSION_PARTS_MAX) return { parts: [], fault: `more than ${EXPRESSION_PARTS_MAX} parts` }
    at = close + 1
  }
  if (literal !== '') parts.push(literal)
  return { parts }
}

/** The reference, or what is wrong with it. */
function parseReference(name: string, place: ExpressionPlace): ExpressionReference | string {
  if (name === '') return `'\${}' names nothing`
  for (const char of name) {
    if (char === '$' || char === '{' || char.trim() === '') {
      return `'\${${name}}' isn't a name: no blanks, '$' or '{' between the braces`
    }
  }
  const dot = name.indexOf('.')
  if (dot === -1) return { kind: 'property', property: name }
  const first = name.slice(0, dot)
  const property = name.slice(dot + 1)
  if (first === '' || property === '' || property.includes('.')) {
    return `'\${${name}}' should be '\${property}' or '\${component.property}'`
  }
  if (first === 'instance') {
    const attribute = INSTANCE_ATTRIBUTES.find((known) => known === property)
    if (attribute !== undefined) return { kind: 'instance', attribute }
    return `an instance has no '${property}', only ${INSTANCE_ATTRIBUTES.join(', ')}`
  }
  if (place === 'relationship' && (first === 'source' || first === 'target')) {
    return { kind: 'end', end: first, property }
  }
  return { kind: 'member', component: first, property }
}

/** The references in a value, in their order, repeated ones included. None if the value can't be read. */
export function referencesOf(text: ValueText, place: ExpressionPlace = 'value'): readonly ExpressionReference[] {
  return parseExpression(text, place).parts.filter((part) => typeof part !== 'string')
}

/** True if the value is the same for every instance. A value that can't be read is not. */
export function isStatic(text: ValueText): boolean {
  const { parts, fault } = parseExpression(text)
  return fault === undefined && parts.every((part) => typeof part === 'string')
}

/** As it is written between `${` and `}`. */
export function referenceText(reference: ExpressionReference): string {
  switch (reference.kind) {
    case 'property':
      return reference.property
    case 'member':
      return `${reference.component}.${reference.property}`
    case 'instance':
      return `instance.${reference.attribute}`
    case 'end':
      return `${reference.end}.${reference.property}`
  }
}

/** What each reference stands for; `undefined`: unset. */
export type Scope = (reference: ExpressionReference) => PropertyValue | undefined

/**
 * The value of an expression. A reference alone gives its value as it is, also a list. Inside other text, a list is
 * joined with commas. If anything that it refers to is unset (or the text can't be read, or the value comes to more
 * than `VALUE_LENGTH_MAX`), the whole is unset.
 */
export function evaluate(expression: Expression, scope: Scope): PropertyValue | undefined {
  if (expression.fault !== undefined) return undefined
  const [first] = expression.parts
  if (expression.parts.length === 1 && first !== undefined && typeof first !== 'string') return scope(first)
  let text = ''
  for (const part of expression.parts) {
    const value = typeof part === 'string' ? part : scope(part)
    if (value === undefined) return undefined
    text += typeof value === 'string' ? value : value.join(',')
    if (text.length > VALUE_LENGTH_MAX) return undefined
  }
  return text
}

/** Like `evaluate`, from the text of the value. */
export function evaluateText(
  text: ValueText,
  scope: Scope,
  place: ExpressionPlace = 'value',
): PropertyValue | undefined {
  return evaluate(parseExpression(text, place), scope)
}

/** Everything that a value may refer to, as plain data. A cluster's entry is the list of its members. */
export interface ScopeData {
  readonly properties?: Readonly<Record<string, PropertyValue>>
  readonly members?: Readonly<
    Record<string, Readonly<Record<string, PropertyValue>> | readonly Readonly<Record<string, PropertyValue>>[]>
  >
  readonly instance?: Readonly<Partial<Record<InstanceAttribute, string>>>
  readonly source?: Readonly<Record<string, PropertyValue>>
  readonly target?: Readonly<Record<string, PropertyValue>>
}

/**
 * A cluster's property is the list of its members' values, in their order; it is unset as long as one of them is. A
 * member whose own value is a list contributes its items.
 */
export function scopeOf(data: ScopeData): Scope {
  return (reference) => {
    switch (reference.kind) {
      case 'property':
        return own(data.properties, reference.property)
      case 'instance':
        return data.instance?.[reference.attribute]
      case 'end':
        return own(data[reference.end], reference.property)
      case 'member': {
        const member = own(data.members, reference.component)
        if (!isList(member)) return own(member, reference.property)
        const values = member.map((one) => own(one, reference.property))
        const flat = values.every((value) => value !== undefined) ? values.flat() : undefined
        return flat !== undefined && flat.length > VALUE_LENGTH_MAX ? undefined : flat
      }
    }
  }
}

type Values = Readonly<Record<string, PropertyValue>>
const isList = (member: Values | readonly Values[] | undefined): member is readonly Values[] => Array.isArray(member)

/** Own entries only: a property named `constructor` is not what every object has. */
function own<Value>(record: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}
