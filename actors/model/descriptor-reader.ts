/** From the YAML text of a descriptor to the descriptor, with everything that is wrong or odd about it. */
import type { Descriptor, Finding } from './descriptor.ts'
import { readAssembly } from './assembly-reader.ts'
import { checkDescriptor, type CheckFinding } from './descriptor-checks.ts'
import { isNameFault, parseDescriptorName } from './descriptor-name.ts'
import { parsePath } from './json-path.ts'
import { createReading, textOf, type Cursor, type Reading } from './reading.ts'
import { readResource } from './resource-reader.ts'
import { readYaml, YAML_LIMITS, type YamlLimits } from './yaml-document.ts'
import { describeNode } from './yaml-node.ts'

export interface DescriptorReadOptions {
  /** Named in the findings. */
  readonly file?: string
  /** The name that it has if the text gives none, as in the files of a project. If the text gives one, it must be this. */
  readonly name?: string
  readonly limits?: YamlLimits
}

export interface DescriptorReading {
  /** Absent if there is an error among the findings. */
  readonly descriptor?: Descriptor
  readonly findings: readonly Finding[]
}

/**
 * Reads one descriptor. Never throws. With `derived-from`, references into the inherited part can't be judged yet:
 * `descriptorSet` does that on the merged descriptor.
 */
export function readDescriptor(text: string, options: DescriptorReadOptions = {}): DescriptorReading {
  const { document, findings } = readYaml(text, options.file, options.limits ?? YAML_LIMITS)
  if (document === undefined) return { findings }
  const reading = createReading(document)
  const descriptor = readRoot(reading, { node: document.root, path: [] }, options.name)
  if (descriptor !== undefined && (descriptor.kind === 'resource' || descriptor.derivedFrom === undefined)) {
    for (const finding of checkDescriptor(descriptor)) remark(reading, finding)
  }
  const failed = reading.findings.some((finding) => finding.severity === 'error')
  return { ...(descriptor === undefined || failed ? {} : { descriptor }), findings: inOrder(reading.findings) }
}

function remark(reading: Reading, { severity, path, ...what }: CheckFinding): void {
  if (severity === 'error') reading.error(path, what)
  else reading.warning(path, what)
}

function readRoot(reading: Reading, cursor: Cursor, expected: string | undefined): Descriptor | undefined {
  if (cursor.node.kind !== 'map') {
    const message = `a descriptor is a map, but here is ${describeNode(cursor.node)}`
    reading.error([], { code: 'wrong-type', message })
    return undefined
  }
  const nameNode = cursor.node.entries.get('name')?.node
  const written = nameNode === undefined ? undefined : textOf(reading, { node: nameNode, path: ['name'] }, `'name'`)
  if (written !== undefined && expected !== undefined && written !== expected) {
    const message = `the descriptor calls itself '${written}', but it is '${expected}'`
    reading.error(['name'], { code: 'name-differs', message, hint: `leave 'name' out, or write '${expected}'` })
  }
  const text = expected ?? written
  if (text === undefined) {
    const hint = `for instance name: resource::router::1.0`
    reading.error([], { code: 'missing-key', message: `'name' is missing`, hint })
    return undefined
  }
  const name = parseDescriptorName(text)
  if (isNameFault(name)) {
    reading.error(['name'], { code: 'bad-name', message: name.fault, hint: name.hint })
    return undefined
  }
  switch (name.kind) {
    case 'resource':
      return readResource(reading, cursor, text)
    case 'assembly':
    case 'assembly-template':
      return readAssembly(reading, cursor, text)
    case 'type': {
      const message = `descriptors of kind 'type' can't be read, only assemblies and resources`
      reading.error(['name'], { code: 'unsupported-kind', message })
      return undefined
    }
  }
}

/** Adds line and column to findings about a descriptor that were made without its text. */
export function locateFindings(findings: readonly Finding[], text: string, file?: string): readonly Finding[] {
  const { document } = readYaml(text, file)
  if (document === undefined) return findings
  return findings.map((finding) => ({
    ...finding,
    ...(file === undefined ? {} : { file }),
    ...document.place(parsePath(finding.path)),
  }))
}

/** As they stand in the text. */
function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}
