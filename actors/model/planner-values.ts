/**
 * Values of properties, as far as they are known when the plan is made. What a driver will put out only later stays a
 * reference to the instance and property that it will come from; everything else is worked out here.
 *
 * What counts, first to last: of a read-only property the driver's output, else what its definition says; else the
 * static `value`; else what the intent (root) or the parent's composition gives; else the `default`; else it is unset.
 */
import type { PropertyValue, PropertyValues } from '../../drivers/protocol.ts'
import type { PropertyDefinition, PropertyDefinitions, ValueText } from './descriptor.ts'
import { parseExpression } from './expression.ts'
import type { Expression, ExpressionPlace, ExpressionReference } from './expression.ts'
import type { PlannedPart, PlannedValue, PlannedValues } from './plan.ts'
import { refuse } from './planner-refusal.ts'
import type { TreeNode } from './planner-tree.ts'

export type Resolved = PlannedValue | undefined

export interface Resolver {
  property(node: TreeNode, name: string): Resolved
  /** All declared properties of the instance that have a value. */
  properties(node: TreeNode, definitions: PropertyDefinitions): PlannedValues
  /** The special properties: its own, or else inherited from the nearest parent that has it. */
  placement(node: TreeNode, name: 'deploymentLocation' | 'resourceManager'): Resolved
  /** A value written in the descriptor of `node` itself, for that instance. */
  own(node: TreeNode, text: ValueText): Resolved
  /** A value written in the descriptor of an assembly, about one of its components. */
  inParent(parent: TreeNode, text: ValueText, instance: TreeNode): Resolved
  /** A property of a relationship. */
  ofRelationship(assembly: TreeNode, text: ValueText, ends: { source: TreeNode; target: TreeNode }): Resolved
}

interface Place {
  /** Whose descriptor the text is written in. */
  readonly owner: TreeNode
  /** `instance.…` */
  readonly instance: TreeNode
  readonly ends?: { readonly source: TreeNode; readonly target: TreeNode }
}

const VALUE_DEPTH_MAX = 64
/** Of one value. Properties that repeat each other twice would otherwise double it at each step. */
const VALUE_PARTS_MAX = 10_000
const VALUE_CHARS_MAX = 256 * 1024

const checkSize = (parts: number, chars: number): void => {
  if (parts > VALUE_PARTS_MAX || chars > VALUE_CHARS_MAX)
    throw refuse('value-too-large', `a value has more than ${VALUE_PARTS_MAX} parts or ${VALUE_CHARS_MAX} characters`)
}

export const resolverOf = (
  rootProperties: PropertyValues,
  /** Whether the outputs of this instance come only while the plan is carried out. */
  isProduced: (node: TreeNode) => boolean,
): Resolver => {
  const known = new Map<TreeNode, Map<string, Resolved>>()
  const expressions = new Map<string, Expression>()
  const open: { node: TreeNode; name: string }[] = []

  const property = (node: TreeNode, name: string): Resolved => {
    const ofNode = known.get(node) ?? new Map<string, Resolved>()
    known.set(node, ofNode)
    if (ofNode.has(name)) return ofNode.get(name)
    const at = open.findIndex((entry) => entry.node === node && entry.name === name)
    if (at !== -1) throw valueCycle(open.slice(at), node, name)
    if (open.length >= VALUE_DEPTH_MAX)
      throw refuse(
        'value-too-deep',
        `the value of ${node.name}.${name} goes through more than ${VALUE_DEPTH_MAX} properties`,
      )
    open.push({ node, name })
    const value = evaluateProperty(node, name)
    open.pop()
    ofNode.set(name, value)
    return value
  }

  const evaluateProperty = (node: TreeNode, name: string): Resolved => {
    const own = definitionOf(node, name)
    const mapped = entry(node.definition, name)
    const given = (): Resolved => {
      if (node.parent === undefined) return knownValue(entry(rootProperties, name))
      const text = mapped?.value ?? mapped?.default
      return text === undefined ? undefined : valueOf(text, { owner: node.parent, instance: node })
    }
    const written = (text: ValueText | undefined): Resolved =>
      text === undefined ? undefined : valueOf(text, { owner: node, instance: node })

    if (node.kind === 'reference') return given() ?? output(node, name)
    if (own?.readOnly === true || mapped?.readOnly === true) {
      const put = node.kind === 'resource' ? output(node, name) : undefined
      return put ?? written(own?.value) ?? (node.parent === undefined ? undefined : given()) ?? written(own?.default)
    }
    return written(own?.value) ?? given() ?? written(own?.default)
  }

  const output = (node: TreeNode, name: string): Resolved =>
    isProduced(node)
      ? { parts: [{ instance: node.name, property: name }] }
      : knownValue(node.observed === undefined ? undefined : entry(node.observed.properties, name))

  const valueOf = (text: ValueText, place: Place): Resolved => {
    const expressionPlace: ExpressionPlace = place.ends === undefined ? 'value' : 'relationship'
    const key = `${expressionPlace} ${text}`
    const expression = expressions.get(key) ?? parseExpression(text, expressionPlace)
    expressions.set(key, expression)
    if (expression.fault !== undefined)
      throw refuse('bad-expression', `a value of '${place.owner.type}' can't be read: ${expression.fault}`, { text })
    const values = expression.parts.map((part) =>
      typeof part === 'string' ? ({ value: part } as const) : referenced(part, place),
    )
    if (values.length === 1 && expression.parts.length === 1) return values[0]
    return joined(values)
  }

  const referenced = (reference: ExpressionReference, place: Place): Resolved => {
    switch (reference.kind) {
      case 'property':
        return property(place.owner, reference.property)
      case 'instance':
        return { value: attributeOf(place.instance, reference.attribute) }
      case 'end': {
        const end = place.ends?.[reference.end]
        return end === undefined ? undefined : property(end, reference.property)
      }
      case 'member':
        return member(place.owner, reference.component, reference.property)
    }
  }

  const member = (owner: TreeNode, component: string, name: string): Resolved => {
    const members = owner.children.get(component)
    if (members === undefined) {
      if (owner.descriptor?.kind === 'assembly' && hasComponent(owner.descriptor, component)) return undefined
      throw refuse(
        'unknown-component',
        `'\${${component}.${name}}' in '${owner.type}' names no component or reference of it`,
        { component, descriptor: owner.type },
      )
    }
    // What leaves is no part of a cluster any more, except to what leaves with it.
    const staying = members.filter((one) => owner.leaving || !one.leaving)
    const [first] = staying
    const isMany =
      owner.descriptor?.kind === 'assembly' &&
      (owner.descriptor.composition[component]?.cluster !== undefined || members.some((one) => one.index !== undefined))
    if (!isMany) return first === undefined ? undefined : property(first, name)
    return listed(staying.map((one) => property(one, name)))
  }

  const inherited = (node: TreeNode, name: 'deploymentLocation' | 'resourceManager'): Resolved => {
    for (let at: TreeNode | undefined = node; at !== undefined; at = at.parent) {
      const value = at.kind === 'reference' ? givenTo(at, name) : property(at, name)
      if (value !== undefined) return value
    }
    return undefined
  }

  /** What a reference puts out can't say where to look for it: only what it is given can. */
  const givenTo = (node: TreeNode, name: string): Resolved => {
    const mapped = entry(node.definition, name)
    const text = mapped?.value ?? mapped?.default
    return text === undefined || node.parent === undefined
      ? undefined
      : valueOf(text, { owner: node.parent, instance: node })
  }

  return {
    property,
    properties: (node, definitions) => {
      const values: Record<string, PlannedValue> = {}
      for (const name of Object.keys(definitions)) {
        const value = property(node, name)
        if (value !== undefined) values[name] = value
      }
      return values
    },
    placement: inherited,
    own: (node, text) => valueOf(text, { owner: node, instance: node }),
    inParent: (parent, text, instance) => valueOf(text, { owner: parent, instance }),
    ofRelationship: (assembly, text, ends) => valueOf(text, { owner: assembly, instance: assembly, ends }),
  }
}

const valueCycle = (open: readonly { node: TreeNode; name: string }[], node: TreeNode, name: string) =>
  refuse(
    'property-cycle',
    `the value of a property depends on itself: ${[...open, { node, name }].map((at) => `${at.node.name}.${at.name}`).join(' → ')}`,
  )

/** Own entries only: a property named `constructor` is not what every object has. */
const entry = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

const definitionOf = (node: TreeNode, name: string): PropertyDefinition | undefined => {
  const { descriptor } = node
  if (descriptor === undefined) return undefined
  const own = entry(descriptor.properties, name)
  return own ?? (descriptor.kind === 'resource' ? entry(descriptor.privateProperties, name) : undefined)
}

const hasComponent = (
  descriptor: { composition: Readonly<Record<string, unknown>>; references: Readonly<Record<string, unknown>> },
  component: string,
): boolean => Object.hasOwn(descriptor.composition, component) || Object.hasOwn(descriptor.references, component)

const attributeOf = (node: TreeNode, attribute: 'name' | 'id' | 'index'): string =>
  attribute === 'index' ? String(node.index ?? 1) : node[attribute]

const knownValue = (value: PropertyValue | undefined): Resolved => (value === undefined ? undefined : { value })

const partsOf = (value: PlannedValue): readonly PlannedPart[] => {
  if ('parts' in value) return value.parts
  if ('value' in value) return [typeof value.value === 'string' ? value.value : value.value.join(',')]
  return value.list.flatMap((item, index) => (index === 0 ? item : [',', ...item]))
}

/** Text around values. If anything is unset, the whole is. */
const joined = (values: readonly Resolved[]): Resolved => {
  const parts: PlannedPart[] = []
  let chars = 0
  for (const value of values) {
    if (value === undefined) return undefined
    for (const part of partsOf(value)) {
      const last = parts.at(-1)
      if (typeof part === 'string') chars += part.length
      if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part
      else parts.push(part)
    }
    checkSize(parts.length, chars)
  }
  if (parts.every((part) => typeof part === 'string')) return { value: parts.join('') }
  return { parts }
}

/** What a cluster's property is from outside: the members' values in their order; unset as long as one of them is. */
const listed = (values: readonly Resolved[]): Resolved => {
  const items: PlannedPart[][] = []
  let parts = 0
  for (const value of values) {
    if (value === undefined) return undefined
    const added = itemsOf(value)
    for (const item of added) parts += item.length
    checkSize(parts, 0)
    for (const item of added) items.push([...item])
  }
  if (items.every((item) => item.every((part) => typeof part === 'string')))
    return { value: items.map((item) => item.join('')) }
  return { list: items }
}

const itemsOf = (value: PlannedValue): readonly (readonly PlannedPart[])[] => {
  if ('list' in value) return value.list
  if ('parts' in value) return [value.parts]
  return (typeof value.value === 'string' ? [value.value] : value.value).map((text) => [text])
}

/** Instances whose outputs the value is made of. */
export const producersOf = (value: Resolved): readonly string[] => {
  if (value === undefined || 'value' in value) return []
  const parts = 'parts' in value ? value.parts : value.list.flat()
  return parts.flatMap((part) => (typeof part === 'string' ? [] : [part.instance]))
}
