/**
 * YAML from strangers, read within limits: size, depth, number of values with aliases expanded, one document, no
 * duplicate keys. Never throws; whatever is wrong is a finding with its place.
 */
import { Composer, LineCounter } from 'yaml'
import type { Finding } from './descriptor.ts'
import { shortFinding } from './finding-text.ts'
import { formatPath, type Path } from './json-path.ts'
import { NULL_NODE, plainValue, type YamlNode } from './yaml-node.ts'
import { convertDocument } from './yaml-conversion.ts'
import { YAML_LIMITS, YamlRefusal, type YamlLimits } from './yaml-limits.ts'
import { readTokens, type Token } from './yaml-tokens.ts'

/** Syntax errors beyond this number are not listed: nearly always they follow from the first. */
const SYNTAX_FINDINGS_MAX = 3

export { YAML_LIMITS, type YamlLimits }

export interface Place {
  /** 1-based. */
  readonly line: number
  /** 1-based. */
  readonly column: number
}

export interface YamlDocument {
  readonly file?: string
  readonly root: YamlNode
  /** Plain JavaScript values. */
  value(): unknown
  /**
   * Where the value at a path stands (for a map: where its key stands), or with `key` where the key stands. For a path
   * that isn't there: the place of what there is of it.
   */
  place(path: Path, what?: 'key' | 'value'): Place
}

export interface YamlReading {
  /** Absent if there is an error among the findings. */
  readonly document?: YamlDocument
  readonly findings: readonly Finding[]
}

export function readYaml(text: string, file?: string, limits: YamlLimits = YAML_LIMITS): YamlReading {
  const lines = new LineCounter()
  const finding = (code: string, offset: number, path: Path, message: string, hint?: string): Finding =>
    shortFinding({
      severity: 'error',
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      path: formatPath(path),
      ...(file === undefined ? {} : { file }),
      ...placeAt(lines, offset),
    })
  const bytes = Buffer.byteLength(text)
  if (bytes > limits.bytesMax) {
    const message = `the document has ${bytes} bytes, ${limits.bytesMax} are allowed`
    return { findings: [finding('too-large', 0, [], message)] }
  }
  try {
    const tokens = readTokens(text, lines, limits)
    const [first, second] = compose(tokens, text.length)
    if (first === undefined) return { findings: [finding('empty', 0, [], 'the document is empty')] }
    if (second !== undefined) {
      const message = 'several documents in one text: only one is read at a time'
      const hint = `give each document (they are separated by '---') its own file or request`
      return { findings: [finding('several-documents', second.range[0], [], message, hint)] }
    }
    if (first.errors.length > 0) {
      const errors = first.errors.slice(0, SYNTAX_FINDINGS_MAX)
      return {
        findings: errors.map(({ message, pos }) =>
          finding('yaml-syntax', pos[0], [], oneLine(message), syntaxHint(text, pos[0])),
        ),
      }
    }
    const root = convertDocument(first, limits)
    return { document: documentOf(root, lines, file), findings: [] }
  } catch (error) {
    if (error instanceof YamlRefusal) {
      return { findings: [finding(error.code, error.offset, error.path, error.message, error.hint)] }
    }
    // A fault of the YAML library on some strange text must not become ours.
    const message = error instanceof Error ? error.message : String(error)
    return { findings: [finding('yaml-syntax', 0, [], `the document can't be read: ${oneLine(message)}`)] }
  }
}

function compose(tokens: readonly Token[], end: number) {
  const composer = new Composer({
    // The library's own check of unique keys is quadratic; the conversion has a linear one.
    uniqueKeys: false,
    stringKeys: true,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: 'silent',
  })
  // The library makes an Error per mistake; on a text full of mistakes their stack traces cost 20 times all the rest.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return [...composer.compose(tokens, false, end)]
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function documentOf(root: YamlNode, lines: LineCounter, file: string | undefined): YamlDocument {
  return {
    ...(file === undefined ? {} : { file }),
    root,
    value: () => plainValue(root),
    place(path, what = 'value') {
      let node = root
      let offset = root.offset
      for (const [index, step] of path.entries()) {
        const next = child(node, step)
        if (next === undefined) break
        node = next.node
        const wantsKey = next.node.kind === 'map' || (what === 'key' && index === path.length - 1)
        offset = wantsKey || node === NULL_NODE ? next.keyOffset : node.offset
      }
      return placeAt(lines, offset)
    },
  }
}

function child(node: YamlNode, step: string | number): { keyOffset: number; node: YamlNode } | undefined {
  if (node.kind === 'map') return node.entries.get(String(step))
  if (node.kind !== 'list' || typeof step !== 'number') return undefined
  const item = node.items[step]
  return item === undefined ? undefined : { keyOffset: item.offset, node: item }
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return line === 0 ? { line: 1, column: 1 } : { line, column: col }
}

const oneLine = (message: string): string => (message.split('\n', 1)[0] ?? '').slice(0, 300)

/** The commonest slip in descriptors: inside of `{…}` or `[…]`, the brace of an unquoted `${…}` opens a map. */
function syntaxHint(text: string, offset: number): string | undefined {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset + 1)
  const needsQuotes = line.length < 1000 && /[:,[{]\s*\$\{$/.test(line)
  return needsQuotes ? `put quotes around the value: '\${…}'` : undefined
}
