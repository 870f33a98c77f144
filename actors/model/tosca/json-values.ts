/** From the nodes of a document to JSON values. */
import type { Path } from '../json-path.ts'
import type { YamlNode } from '../yaml-node.ts'

/** JSON values can't hold them: `__proto__` is lost on the way through many libraries, `<<` is no key in YAML. */
export const RESERVED_KEYS: readonly string[] = ['__proto__', '<<']

/** Numbers that JSON or JavaScript can't hold (`.inf`, whole numbers of which digits would be lost) are the text that was written. */
export function jsonOf(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      if (typeof node.value !== 'number') return node.value
      // `+ 0`: JSON has no -0.
      return isExact(node.value, node.text) ? node.value + 0 : node.text
    case 'list':
      return node.items.map(jsonOf)
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, jsonOf(entry.node)]))
  }
}

/** Whoever writes `6.022e23` means no more than those digits. */
const isExact = (value: number, text: string): boolean =>
  Number.isFinite(value) &&
  (!Number.isInteger(value) || Number.isSafeInteger(value) || FLOAT.test(text) || String(value) === text)

const FLOAT = /^[+-]?(?:\d*\.\d*|\d+(?=[eE]))(?:[eE][+-]?\d+)?$/

/** Single values as they were written: the `1.10` of a version is no number. */
export function textsOf(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value === null ? null : node.text
    case 'list':
      return node.items.map(textsOf)
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, textsOf(entry.node)]))
  }
}

/** Where the keys are that can't be kept. */
export function reservedKeys(node: YamlNode, path: Path = []): readonly Path[] {
  switch (node.kind) {
    case 'scalar':
      return []
    case 'list':
      return node.items.flatMap((item, index) => reservedKeys(item, [...path, index]))
    case 'map':
      return [...node.entries].flatMap(([key, entry]) => {
        const inner = reservedKeys(entry.node, [...path, key])
        return RESERVED_KEYS.includes(key) ? [[...path, key], ...inner] : inner
      })
  }
}

/** The text of the single value at a path, as it was written. */
export function textAt(root: YamlNode, path: Path): string | undefined {
  let node: YamlNode | undefined = root
  for (const step of path) {
    if (node?.kind === 'map') node = node.entries.get(String(step))?.node
    else if (node?.kind === 'list' && typeof step === 'number') node = node.items[step]
    else return undefined
  }
  return node?.kind === 'scalar' && node.value !== null ? node.text : undefined
}
