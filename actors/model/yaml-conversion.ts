/** From the nodes of the YAML library to ours: aliases shared and counted, merge keys applied, duplicate keys refused. */
import { isAlias, isMap, isScalar, isSeq, type Document, type Node } from 'yaml'
import type { Path } from './json-path.ts'
import { YamlRefusal, type YamlLimits } from './yaml-limits.ts'
import { NULL_NODE, type YamlEntry, type YamlNode } from './yaml-node.ts'

type Anchors = Map<string, YamlNode | 'open'>

/** @throws {YamlRefusal} */
export function convertDocument(document: Document.Parsed, limits: YamlLimits): YamlNode {
  return document.contents === null ? NULL_NODE : convert(document.contents, [], limits, new Map())
}

function convert(node: Node, path: Path, limits: YamlLimits, anchors: Anchors): YamlNode {
  const offset = node.range?.[0] ?? 0
  if (isAlias(node)) {
    const target = anchors.get(node.source)
    if (target === undefined) throw new YamlRefusal('unknown-alias', offset, path, `no anchor '&${node.source}' before`)
    if (target === 'open') {
      throw new YamlRefusal('cyclic-alias', offset, path, `'*${node.source}' is inside of what it stands for`)
    }
    return { ...target, offset }
  }
  const anchor = 'anchor' in node ? node.anchor : undefined
  if (anchor !== undefined) anchors.set(anchor, 'open')
  const converted = convertPlain(node, offset, path, limits, anchors)
  if (converted.size > limits.valuesMax) {
    throw new YamlRefusal('too-many-values', offset, path, `more than ${limits.valuesMax} values (aliases expanded)`)
  }
  // A text without aliases is bounded by its own length.
  const charsMax = Math.max(limits.charsMax, limits.bytesMax)
  if (converted.chars > charsMax) {
    const message = `more than ${charsMax} characters of texts and keys (aliases expanded)`
    throw new YamlRefusal('too-large', offset, path, message, 'use fewer aliases of long texts')
  }
  if (path.length + converted.height > limits.depthMax + 1) {
    throw new YamlRefusal('too-deep', offset, path, `more than ${limits.depthMax} levels inside each other`)
  }
  if (anchor !== undefined) anchors.set(anchor, converted)
  return converted
}

function convertPlain(node: Node, offset: number, path: Path, limits: YamlLimits, anchors: Anchors): YamlNode {
  if (isSeq(node)) {
    const items = node.items.map((item, index) => convertItem(item, offset, [...path, index], limits, anchors))
    return { kind: 'list', items, offset, ...measure(items, 0) }
  }
  if (isMap(node)) {
    const entries = new Map<string, YamlEntry>()
    const merged: YamlEntry[] = []
    for (const pair of node.items) {
      const key = keyText(pair.key)
      const keyOffset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset
      const entry = { keyOffset, node: convertItem(pair.value, keyOffset, [...path, key], limits, anchors) }
      if (key === '<<') merged.push(entry)
      else if (entries.has(key)) {
        const message = `the key '${key}' is there twice`
        throw new YamlRefusal('duplicate-key', keyOffset, [...path, key], message, 'keep one of them')
      } else entries.set(key, entry)
    }
    if (
      measure(
        merged.map((entry) => entry.node),
        0,
      ).size >
      limits.valuesMax + 1
    ) {
      throw new YamlRefusal('too-many-values', offset, path, `more than ${limits.valuesMax} values behind '<<'`)
    }
    for (const entry of merged) merge(entries, entry, path)
    return { kind: 'map', entries, offset, ...measureMap(entries) }
  }
  return isScalar(node) ? scalar(node.value, node.source, offset) : NULL_NODE
}

function convertItem(item: unknown, offset: number, path: Path, limits: YamlLimits, anchors: Anchors): YamlNode {
  return item === null || item === undefined ? { ...NULL_NODE, offset } : convert(item as Node, path, limits, anchors)
}

function scalar(value: unknown, source: string | undefined, offset: number): YamlNode {
  if (value === null || value === undefined) return { ...NULL_NODE, offset }
  const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  const text = source ?? (known ? String(value) : '')
  return { kind: 'scalar', value: known ? value : text, text, offset, size: 1, chars: text.length, height: 1 }
}

/** `<<: *defaults`: entries of another map (or maps) that this one doesn't have itself. */
function merge(entries: Map<string, YamlEntry>, { keyOffset, node }: YamlEntry, path: Path): void {
  for (const source of node.kind === 'list' ? node.items : [node]) {
    if (source.kind !== 'map') throw new YamlRefusal('wrong-type', keyOffset, [...path, '<<'], `'<<' needs a map`)
    for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry)
  }
}

function measureMap(entries: ReadonlyMap<string, YamlEntry>): Measure {
  let keyChars = 0
  for (const key of entries.keys()) keyChars += key.length
  return measure(
    [...entries.values()].map((entry) => entry.node),
    keyChars,
  )
}

type Measure = Readonly<Pick<YamlNode, 'size' | 'chars' | 'height'>>

function measure(children: readonly YamlNode[], ownChars: number): Measure {
  let size = 1
  let chars = ownChars
  let height = 0
  for (const child of children) {
    size += child.size
    chars += child.chars
    height = Math.max(height, child.height)
  }
  return { size, chars, height: height + 1 }
}

function keyText(key: unknown): string {
  if (isScalar(key)) return key.source ?? String(key.value)
  return typeof key === 'string' ? key : ''
}
