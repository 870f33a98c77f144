/** The text of a project's descriptor, made ready for the catalogue: placeholders resolved, its name in it. */
import type { Descriptor, Finding } from './descriptor.ts'
import { readDescriptor } from './descriptor-reader.ts'
import { descriptorText } from './descriptor-text.ts'
import type { ProjectEntry } from './project-file.ts'

/** Later ones of the same kind are not listed. */
const FINDINGS_MAX = 20

const PLACEHOLDER = /\$lmctl:[^\s'",\]}]*/g

/**
 * Puts descriptor names for `$lmctl:/descriptor_name` (the project's own) and
 * `$lmctl:/contains:/compA:/descriptor_name` (that of a contained project, at any depth). Lines stay where they are.
 */
export function resolvePlaceholders(
  text: string,
  entry: ProjectEntry,
  file: string,
): { text: string; findings: readonly Finding[] } {
  const findings: Finding[] = []
  const resolved = text.replace(PLACEHOLDER, (placeholder, offset: number) => {
    const name = resolvePlaceholder(placeholder.slice('$lmctl:'.length), entry)
    if (name !== undefined || findings.length >= FINDINGS_MAX) return name ?? placeholder
    const before = text.slice(0, offset).split('\n')
    const contained = entry.contains.map((one) => `$lmctl:/contains:/${one.name}:/descriptor_name`)
    findings.push({
      severity: 'error',
      code: 'unknown-placeholder',
      message: `'${placeholder.slice(0, 100)}' names nothing in the project '${entry.fullName}'`,
      hint: `known: ${['$lmctl:/descriptor_name', ...contained].join(', ')}`,
      path: '$',
      file,
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
    })
    return placeholder
  })
  return { text: resolved, findings }
}

function resolvePlaceholder(path: string, entry: ProjectEntry): string | undefined {
  const steps = path.split(/:?\//).filter((step) => step !== '')
  let project = entry
  while (steps[0] === 'contains') {
    const name = steps[1]
    const contained = project.contains.find((one) => one.name === name)
    if (contained === undefined) return undefined
    project = contained
    steps.splice(0, 2)
  }
  return steps.length === 1 && steps[0] === 'descriptor_name' ? project.descriptorName : undefined
}

/** The text with its name: as it is if it has one, else with one more line, and comments and layout kept. */
export function withName(text: string, name: string, descriptor: Descriptor): string {
  if (readDescriptor(text).descriptor !== undefined) return text
  const line = `name: ${name}\n`
  const candidates = [line + text, text.replace(/^---[^\S\n]*\n/m, (start) => start + line)]
  // A text in another style (a flow map, directives) has no place for a line: then its content is written anew.
  return (
    candidates.find((candidate) => readDescriptor(candidate).descriptor?.name === name) ?? descriptorText(descriptor)
  )
}
