/**
 * How values flow through a whole assembly, level by level, and whether anything would wait for itself: a value that
 * depends on itself, or resources that each need what the other puts out. Quantities don't matter here: the members of
 * a cluster are alike.
 */
import type { CompositionFinding } from './descriptor-checks.ts'
import type { AssemblyDescriptor, Component, Descriptor, DescriptorSet } from './descriptor.ts'
import { referencesOf } from './expression.ts'
import type { Path } from './json-path.ts'
import { cycleText, findCycles } from './property-cycles.ts'
import { numberIn } from './property-reader.ts'

/** Instances that the fixed quantities of an assembly may add up to. */
export const INSTANCES_MAX = 5_000

/** Properties of all components at all levels. */
export const VALUES_MAX = 200_000

interface Vertex {
  readonly needs: readonly string[]
  readonly descriptor: string
  readonly path: Path
}

/** One place in the tree: an assembly or resource, with what its parent says of it. */
interface Position {
  readonly name: string
  readonly type: Descriptor
  readonly above?: { readonly name: string; readonly assembly: AssemblyDescriptor; readonly component: string }
}

export function checkPropertyFlow(set: DescriptorSet, root: string): CompositionFinding[] {
  const type = set[root]
  if (type === undefined) return []
  const refuse = (code: string, message: string, descriptor = root, path: Path = []): CompositionFinding => ({
    severity: 'error',
    code,
    message,
    descriptor,
    path,
  })
  const instances = instancesOf(set, type, new Map())
  if (instances > INSTANCES_MAX) {
    return [refuse('too-large', `${instances} instances in one assembly, ${INSTANCES_MAX} are allowed`)]
  }
  const vertices = new Map<string, Vertex>()
  place(set, { name: '', type }, vertices)
  if (vertices.size > VALUES_MAX) {
    return [refuse('too-large', `more than ${VALUES_MAX} properties in one assembly, all levels together`)]
  }
  return findCycles(vertices, (vertex) => vertex.needs).map((names) => {
    const closing = vertices.get(names.at(-2) ?? '')
    const message = names.some((name) => name.endsWith(READY))
      ? `components wait for each other's outputs: ${cycleText(names.map(shown))}`
      : `a value depends on itself: ${cycleText(names.map(shown))}`
    return refuse('cycle', message, closing?.descriptor, closing?.path)
  })
}

/** Each type is counted once, so that assemblies which double at every level cost nothing. */
function instancesOf(set: DescriptorSet, type: Descriptor, counted: Map<string, number>): number {
  const known = counted.get(type.name)
  if (known !== undefined) return known
  let count = 1
  for (const component of type.kind === 'assembly' ? Object.values(type.composition) : []) {
    const child = set[component.type]
    if (child !== undefined) count += quantityOf(component) * instancesOf(set, child, counted)
  }
  counted.set(type.name, count)
  return count
}

function quantityOf({ quantity, cluster }: Component): number {
  const text = cluster === undefined ? quantity : (cluster.initialQuantity ?? cluster.minimumNodes)
  return Math.max(1, numberIn(text) ?? 1)
}

/** Marks the vertex "this resource has all that it needs"; a blank, so no property is called so. */
const READY = ' ready'
const propertyOf = (position: string, property: string) => (position === '' ? property : `${position}.${property}`)
const childOf = (position: string, component: string) => (position === '' ? component : `${position}.${component}`)
const shown = (name: string) => (name.endsWith(READY) ? name.slice(0, -READY.length) : name)

/** Adds the vertices of a position and of all below it. */
function place(set: DescriptorSet, position: Position, vertices: Map<string, Vertex>): void {
  const { name, type, above } = position
  if (vertices.size > VALUES_MAX) return
  const mapped = above?.assembly.composition[above.component]?.properties ?? {}
  const given: string[] = []
  for (const property of new Set([...Object.keys(type.properties), ...Object.keys(mapped)])) {
    const own = Object.hasOwn(type.properties, property) ? type.properties[property] : undefined
    const mapping = Object.hasOwn(mapped, property) ? (mapped[property]?.value ?? mapped[property]?.default) : undefined
    const key = propertyOf(name, property)
    if (type.kind === 'resource' && own?.readOnly === true) {
      vertices.set(key, { needs: [name + READY], descriptor: type.name, path: ['properties', property] })
    } else if (above !== undefined && mapping !== undefined && own?.value === undefined) {
      const needs = needsOf(mapping, above.name)
      const path = ['composition', above.component, 'properties', property, 'value']
      vertices.set(key, { needs, descriptor: above.assembly.name, path })
      given.push(...needs)
    } else {
      const needs = needsOf(own?.value ?? own?.default ?? '', name)
      vertices.set(key, { needs, descriptor: type.name, path: ['properties', property] })
    }
  }
  if (type.kind === 'resource') {
    // Only what its parent gives: a resource's own values may build on its own outputs, they are set when those are.
    const path = above === undefined ? [] : ['composition', above.component]
    vertices.set(name + READY, { needs: given, descriptor: above?.assembly.name ?? type.name, path })
    return
  }
  for (const [component, { type: childType }] of Object.entries(type.composition)) {
    const child = set[childType]
    if (child === undefined) continue
    place(set, { name: childOf(name, component), type: child, above: { name, assembly: type, component } }, vertices)
  }
}

function needsOf(text: string, position: string): string[] {
  return referencesOf(text).flatMap((reference) => {
    if (reference.kind === 'property') return [propertyOf(position, reference.property)]
    return reference.kind === 'member' ? [propertyOf(childOf(position, reference.component), reference.property)] : []
  })
}
