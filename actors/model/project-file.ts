/** The project file `lmproject.yml`: what the project is called, and what it contains. */
import type { Finding } from './descriptor.ts'
import { formatDescriptorName, isNameFault, parseDescriptorName } from './descriptor-name.ts'
import { createReading, fieldsOf, itemsOf, textOf, type Cursor, type Reading } from './reading.ts'
import { nearestHint } from './spelling.ts'
import { readYaml } from './yaml-document.ts'

export interface ProjectEntry {
  readonly kind: 'assembly' | 'resource'
  /** As the project file says it. */
  readonly name: string
  /** With the names of all projects around it: `compA-demo`. */
  readonly fullName: string
  readonly version: string
  readonly descriptorName: string
  /** Below the `Contains` of the project around it. */
  readonly directory: string
  readonly contains: readonly ProjectEntry[]
}

/** Projects of all levels together. */
export const PROJECTS_MAX = 200

/** The types that projects have had over the years. */
const KINDS: Readonly<Record<string, 'assembly' | 'resource'>> = {
  Assembly: 'assembly',
  NS: 'assembly',
  VNF: 'assembly',
  Resource: 'resource',
  VNFC: 'resource',
}

const KEYS = [
  'schema',
  'name',
  'version',
  'packaging',
  'type',
  'resource-manager',
  'contains',
  'directory',
  'description',
  'includes',
] as const

export function readProjectFile(text: string, file: string): { entry?: ProjectEntry; findings: readonly Finding[] } {
  const { document, findings } = readYaml(text, file)
  if (document === undefined) return { findings }
  const reading = createReading(document)
  const entry = readEntry(reading, { node: document.root, path: [] }, undefined, { left: PROJECTS_MAX })
  const failed = reading.findings.some((finding) => finding.severity === 'error')
  return { ...(entry === undefined || failed ? {} : { entry }), findings: reading.findings }
}

type Around = Pick<ProjectEntry, 'fullName' | 'version'>

function readEntry(
  reading: Reading,
  cursor: Cursor,
  around: Around | undefined,
  budget: { left: number },
): ProjectEntry | undefined {
  budget.left -= 1
  if (budget.left < 0) {
    reading.error(cursor.path, { code: 'too-large', message: `more than ${PROJECTS_MAX} projects in one` })
    return undefined
  }
  const fields = fieldsOf(reading, cursor, 'a project', KEYS)
  const name = textOf(reading, fields.name, `'name'`)
  const version = textOf(reading, fields.version, `'version'`) ?? around?.version
  for (const [key, value] of Object.entries({ name, version })) {
    if (value === undefined) reading.error(cursor.path, { code: 'missing-key', message: `a project needs '${key}'` })
  }
  const kind = readKind(reading, cursor, fields.type)
  if (name === undefined || version === undefined || kind === undefined) return undefined
  const fullName = around === undefined ? name : `${name}-${around.fullName}`
  const descriptorName = formatDescriptorName({ kind, name: fullName, version })
  const parsed = parseDescriptorName(descriptorName)
  if (isNameFault(parsed)) {
    const where = fields.name ?? cursor
    reading.error(where.path, { code: 'bad-name', message: `'${descriptorName}': ${parsed.fault}`, hint: parsed.hint })
  }
  const directory = textOf(reading, fields.directory, `'directory'`) ?? name
  const contains = itemsOf(reading, fields.contains, `'contains'`).flatMap(
    (item) => readEntry(reading, item, { fullName, version }, budget) ?? [],
  )
  return { kind, name, fullName, version, descriptorName, directory, contains }
}

function readKind(reading: Reading, owner: Cursor, cursor: Cursor | undefined): ProjectEntry['kind'] | undefined {
  const text = textOf(reading, cursor, `'type'`)
  if (cursor === undefined || text === undefined) {
    const hint = `one of ${Object.keys(KINDS).join(', ')}`
    reading.error(owner.path, { code: 'missing-key', message: `a project needs 'type'`, hint })
    return undefined
  }
  const kind = Object.hasOwn(KINDS, text) ? KINDS[text] : undefined
  if (kind === undefined) {
    const hint = nearestHint(text, Object.keys(KINDS)) ?? `one of ${Object.keys(KINDS).join(', ')}`
    reading.error(cursor.path, { code: 'value-not-allowed', message: `'${text}' is no type of project`, hint })
  }
  return kind
}
