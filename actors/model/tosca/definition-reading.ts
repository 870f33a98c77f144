/** What the readers of definitions need beside the document: what the type of a value comes to, by its name. */
import type { Reading } from '../reading.ts'
import type { YamlEntry, YamlNode } from '../yaml-node.ts'
import { bare } from './tosca-fields.ts'
import { INHERITANCE_DEPTH_MAX } from './type-hierarchy.ts'
import { simpleKindOf, type SimpleKind } from './value-types.ts'

export interface DefinitionReading extends Reading {
  /** `string` for a data type that derives from it, over any number of levels; `free` if it is none of TOSCA's own. */
  kindOf(type: string): SimpleKind | 'free'
}

/** @param root the document, whose data types aren't read yet: how their constraints are read depends on it */
export function definitionReading(reading: Reading, root: YamlNode): DefinitionReading {
  const dataTypes = entryOf(root, 'data_types')?.node
  const known = new Map<string, SimpleKind | 'free'>()
  const find = (type: string): SimpleKind | 'free' => {
    let name = type
    for (let level = 0; level < INHERITANCE_DEPTH_MAX; level += 1) {
      const entry = dataTypes?.kind === 'map' ? dataTypes.entries.get(name) : undefined
      if (entry === undefined) return simpleKindOf(name) ?? 'free'
      const parent = entryOf(entry.node, 'derived_from')?.node
      if (parent?.kind !== 'scalar' || parent.value === null) return 'free'
      name = parent.text
    }
    return 'free'
  }
  const kindOf = (type: string): SimpleKind | 'free' => {
    const kind = known.get(type) ?? find(type)
    known.set(type, kind)
    return kind
  }
  return { ...reading, kindOf }
}

/** By its key, which may be spelled otherwise (`derived-from`). */
function entryOf(node: YamlNode, key: string): YamlEntry | undefined {
  if (node.kind !== 'map') return undefined
  return node.entries.get(key) ?? [...node.entries].find(([written]) => bare(written) === bare(key))?.[1]
}
