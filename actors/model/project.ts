/**
 * A project as its author keeps it: `lmproject.yml`, the descriptor of the project itself, and contained projects below
 * `Contains/`, nested as deep as one likes. Pure: the files come as a list, whoever walks the folder.
 *
 * Names follow the clients' packaging tool: a project `demo` of version `1.0` gives `assembly::demo::1.0` (or
 * `resource::…`), one `compA` contained in it `…::compA-demo::1.0`, one `x` in that `…::x-compA-demo::1.0`.
 */
import type { Descriptor, Finding } from './descriptor.ts'
import { isNameFault, parseDescriptorName } from './descriptor-name.ts'
import { readDescriptor } from './descriptor-reader.ts'
import { resolvePlaceholders, withName } from './project-text.ts'
import { readProjectFile, type ProjectEntry } from './project-file.ts'

export interface ProjectFile {
  /** From the project's folder, with `/`. */
  readonly path: string
  readonly text: string
}

export interface ProjectDescriptor {
  readonly kind: 'assembly' | 'resource'
  readonly name: string
  /** As the catalogue takes it: with `name`, placeholders resolved. */
  readonly text: string
  readonly descriptor: Descriptor
  /** Path of the file that it is from. */
  readonly file: string
}

export interface ProjectReading {
  /** Each after all those that it is made of. Without those that have an error. */
  readonly descriptors: readonly ProjectDescriptor[]
  readonly findings: readonly Finding[]
}

/** Files of a project that are looked at; more is refused. Their texts are bounded by the limits of the YAML reader. */
export const PROJECT_FILES_MAX = 2_000

export function readProject(files: readonly ProjectFile[]): ProjectReading {
  const fail = (code: string, message: string, hint?: string): ProjectReading => ({
    descriptors: [],
    findings: [{ severity: 'error', code, message, ...(hint === undefined ? {} : { hint }), path: '$' }],
  })
  if (files.length > PROJECT_FILES_MAX) {
    return fail('too-large', `${files.length} files in the project, ${PROJECT_FILES_MAX} are allowed`)
  }
  const byPath = new Map(files.map((file) => [normalPath(file.path), file.text]))
  const project = findFile(byPath, '', 'lmproject')
  if (project === undefined) {
    const nested = [...byPath.keys()].find((path) => /(^|\/)lmproject\.ya?ml$/.test(path))
    const hint = nested === undefined ? undefined : `there is one at '${nested}': give that folder`
    return fail('no-project', `there is no 'lmproject.yml' at the top of the project`, hint)
  }
  const { entry, findings: projectFindings } = readProjectFile(project.text, project.path)
  if (entry === undefined) return { descriptors: [], findings: projectFindings }
  const findings = [...projectFindings]
  const descriptors: ProjectDescriptor[] = []
  readEntry(entry, '', byPath, descriptors, findings)
  return { descriptors: inDependencyOrder(descriptors), findings }
}

/** Contained projects first. The depth is bounded by that of the project file. */
function readEntry(
  entry: ProjectEntry,
  folder: string,
  files: ReadonlyMap<string, string>,
  descriptors: ProjectDescriptor[],
  findings: Finding[],
): void {
  for (const contained of entry.contains) {
    readEntry(contained, `${folder}Contains/${contained.directory}/`, files, descriptors, findings)
  }
  const base = entry.kind === 'resource' ? 'Definitions/lm/resource' : 'Descriptor/assembly'
  const source = findFile(files, folder, base)
  if (source === undefined) {
    const message = `the project '${entry.fullName}' has no file '${folder}${base}.${entry.kind === 'resource' ? 'yaml' : 'yml'}'`
    findings.push({ severity: 'error', code: 'no-descriptor', message, path: '$', file: folder + base })
    return
  }
  const resolved = resolvePlaceholders(source.text, entry, source.path)
  findings.push(...resolved.findings)
  const read = readDescriptor(resolved.text, { file: source.path, name: entry.descriptorName })
  findings.push(...read.findings)
  if (read.descriptor === undefined || resolved.findings.length > 0) return
  descriptors.push({
    kind: entry.kind,
    name: entry.descriptorName,
    text: withName(resolved.text, entry.descriptorName, read.descriptor),
    descriptor: read.descriptor,
    file: source.path,
  })
}

function findFile(
  files: ReadonlyMap<string, string>,
  folder: string,
  base: string,
): { path: string; text: string } | undefined {
  for (const ending of ['.yml', '.yaml']) {
    const path = folder + base + ending
    const text = files.get(path)
    if (text !== undefined) return { path, text }
  }
  return undefined
}

const normalPath = (path: string): string => path.replaceAll('\\', '/').replace(/^(\.?\/)+/, '')

function inDependencyOrder(descriptors: readonly ProjectDescriptor[]): readonly ProjectDescriptor[] {
  const byName = new Map(descriptors.map((one) => [one.name, one]))
  const ordered = new Set<ProjectDescriptor>()
  const open = new Set<ProjectDescriptor>()
  const visit = (one: ProjectDescriptor): void => {
    // A circle is the catalogue's to report; here it only must not go on for ever.
    if (ordered.has(one) || open.has(one)) return
    open.add(one)
    for (const name of usedBy(one.descriptor)) {
      const used = byName.get(name)
      if (used !== undefined) visit(used)
    }
    ordered.add(one)
  }
  for (const one of descriptors) visit(one)
  return [...ordered]
}

function usedBy(descriptor: Descriptor): readonly string[] {
  if (descriptor.kind === 'resource') return []
  const types = Object.values(descriptor.composition).map((component) => component.type)
  const all = descriptor.derivedFrom === undefined ? types : [descriptor.derivedFrom, ...types]
  return all.filter((name) => !isNameFault(parseDescriptorName(name)))
}
