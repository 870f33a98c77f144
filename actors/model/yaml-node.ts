/**
 * The values of a YAML document with their places in the text. Aliases are resolved by sharing, so a node can be reached
 * in several ways; `size`, `chars` and `height` count it each time, which is how alias bombs are seen before anything walks them.
 */

export interface YamlScalar {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  /** As it was written, without quotes: `1.10` stays `1.10`. Empty for null. */
  readonly text: string
  readonly offset: number
  readonly size: number
  readonly chars: number
  readonly height: number
}

export interface YamlEntry {
  readonly keyOffset: number
  readonly node: YamlNode
}

export interface YamlMap {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, YamlEntry>
  readonly offset: number
  readonly size: number
  readonly chars: number
  readonly height: number
}

export interface YamlList {
  readonly kind: 'list'
  readonly items: readonly YamlNode[]
  readonly offset: number
  readonly size: number
  readonly chars: number
  readonly height: number
}

export type YamlNode = YamlScalar | YamlMap | YamlList

export const NULL_NODE: YamlScalar = { kind: 'scalar', value: null, text: '', offset: 0, size: 1, chars: 0, height: 1 }

/** As plain JavaScript values. Bounded by the limits with which the node was read. */
export function plainValue(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value
    case 'list':
      return node.items.map(plainValue)
    case 'map':
      // fromEntries defines own properties, so a key `__proto__` is only a key.
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plainValue(entry.node)]))
  }
}

/** For messages: what stands there. */
export function describeNode(node: YamlNode): string {
  switch (node.kind) {
    case 'map':
      return 'a map'
    case 'list':
      return 'a list'
    case 'scalar':
      if (node.value === null) return 'nothing'
      return node.text.length > 40 ? `'${node.text.slice(0, 40)}…'` : `'${node.text}'`
  }
}
