/** Values within one descriptor that depend on themselves. */
import type { Descriptor, PropertyDefinition } from './descriptor.ts'
import { referencesOf } from './expression.ts'
import type { Path } from './json-path.ts'

export interface ValueCycle {
  /** Where the value stands that closes the circle. */
  readonly path: Path
  /** `a → component.b → a`: the first name again at the end. */
  readonly names: readonly string[]
}

interface Vertex {
  readonly path: Path
  readonly needs: readonly string[]
}

export function valueCycles(descriptor: Descriptor): readonly ValueCycle[] {
  const vertices = new Map<string, Vertex>()
  const add = (name: string, path: Path, property: PropertyDefinition): void => {
    const key = property.value === undefined ? 'default' : 'value'
    const needs = referencesOf(property[key] ?? '').flatMap((reference) => {
      if (reference.kind === 'property') return [reference.property]
      return reference.kind === 'member' ? [`${reference.component}.${reference.property}`] : []
    })
    vertices.set(name, { path: [...path, key], needs })
  }
  for (const [name, property] of Object.entries(descriptor.properties)) add(name, ['properties', name], property)
  if (descriptor.kind === 'resource') {
    for (const [name, property] of Object.entries(descriptor.privateProperties)) {
      add(name, ['private-properties', name], property)
    }
  } else {
    for (const [component, { properties }] of Object.entries(descriptor.composition)) {
      for (const [name, property] of Object.entries(properties)) {
        add(`${component}.${name}`, ['composition', component, 'properties', name], property)
      }
    }
  }
  return findCycles(vertices, (vertex) => vertex.needs).map((names) => ({
    path: vertices.get(names.at(-2) ?? '')?.path ?? [],
    names,
  }))
}

const SHOWN_MAX = 12

/** The names along a circle; of a long one its beginning and its end. */
export function cycleText(names: readonly string[]): string {
  const shown = names.length <= SHOWN_MAX ? names : [...names.slice(0, SHOWN_MAX - 3), '…', ...names.slice(-2)]
  return shown.join(' → ')
}

/** More circles than these are not listed. */
const CYCLES_MAX = 10

/**
 * Circles in a graph, each as the names along it with the first again at the end. Without recursion and linear: every
 * circle holds at least one of those that are found. Names that aren't vertices are ignored.
 */
export function findCycles<V>(vertices: ReadonlyMap<string, V>, needs: (vertex: V) => Iterable<string>): string[][] {
  const cycles: string[][] = []
  const done = new Set<string>()
  for (const start of vertices.keys()) {
    if (done.has(start)) continue
    const trail = new Map<string, Iterator<string>>()
    const enter = (name: string): void => {
      const vertex = vertices.get(name)
      if (vertex !== undefined) trail.set(name, needs(vertex)[Symbol.iterator]())
    }
    enter(start)
    const stack = [start]
    for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
      const next = trail.get(name)?.next()
      if (next === undefined || next.done === true) {
        stack.pop()
        trail.delete(name)
        done.add(name)
      } else if (trail.has(next.value)) {
        if (cycles.length >= CYCLES_MAX) return cycles
        cycles.push([...stack.slice(stack.indexOf(next.value)), next.value])
      } else if (!done.has(next.value) && vertices.has(next.value)) {
        enter(next.value)
        stack.push(next.value)
      }
    }
  }
  return cycles
}
