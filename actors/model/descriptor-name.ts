/** Names of descriptors (`<kind>::<name>::<version>`), components and instances. */
import { nearestHint } from './spelling.ts'

export const DESCRIPTOR_KINDS = ['assembly', 'resource', 'assembly-template', 'type'] as const
export type DescriptorKind = (typeof DESCRIPTOR_KINDS)[number]

export interface DescriptorName {
  readonly kind: DescriptorKind
  readonly name: string
  /** Dot-separated numbers; in a reference possibly a range (`^1.0`). */
  readonly version: string
}

/** What is wrong with a name, and what would be right. */
export interface NameFault {
  readonly fault: string
  readonly hint?: string
}

const NAME_CHARS_MAX = 200
const RESOURCE_NAME_CHARS_MAX = 50

export const isNameFault = (result: DescriptorName | NameFault): result is NameFault => 'fault' in result

export function formatDescriptorName({ kind, name, version }: DescriptorName): string {
  return `${kind}::${name}::${version}`
}

/** Reads the name of a descriptor. `ranges`: also versions like `^1.0`, `~1.2`, `>=1.0`, `1.x`, `*`. */
export function parseDescriptorName(text: string, ranges = false): DescriptorName | NameFault {
  const hint = `a descriptor name is like 'resource::router::1.0'`
  if (text.length > NAME_CHARS_MAX) return { fault: `longer than ${NAME_CHARS_MAX} characters` }
  const [kindText = '', name, version, ...rest] = text.split('::')
  if (name === undefined || version === undefined || rest.length > 0) {
    return { fault: `'${text}' doesn't have the three parts <kind>::<name>::<version>`, hint }
  }
  const kind = DESCRIPTOR_KINDS.find((known) => known === kindText)
  if (kind === undefined) {
    const kinds = DESCRIPTOR_KINDS.join(', ')
    return {
      fault: `'${kindText}' isn't a kind of descriptor (${kinds})`,
      hint: nearestHint(kindText, DESCRIPTOR_KINDS) ?? hint,
    }
  }
  const nameFault = kind === 'resource' ? resourceNameFault(name) : simpleNameFault(name)
  if (nameFault !== undefined) return { fault: `the name '${name}' ${nameFault}` }
  const versionFault = ranges ? rangeFault(version) : versionNameFault(version)
  return versionFault ?? { kind, name, version }
}

function resourceNameFault(name: string): string | undefined {
  if (name.length > RESOURCE_NAME_CHARS_MAX) return `has more than ${RESOURCE_NAME_CHARS_MAX} characters`
  return simpleNameFault(name) ?? (name.includes('__') ? 'has two underscores in a row' : undefined)
}

function simpleNameFault(name: string): string | undefined {
  if (!/^[A-Za-z]/.test(name)) return 'must start with a letter'
  if (!/^[A-Za-z0-9_-]*$/.test(name)) return `may have only letters, digits, '_' and '-'`
  return /[A-Za-z0-9]$/.test(name) ? undefined : 'must end with a letter or digit'
}

function versionNameFault(version: string): NameFault | undefined {
  if (/^\d+(\.\d+)*$/.test(version)) return undefined
  const numbers = /^[vV](\d+(?:\.\d+)*)$/.exec(version)?.[1]
  const fault = `the version '${version}' isn't numbers with dots between them`
  return { fault, hint: numbers === undefined ? `for instance '1.0'` : `write '${numbers}'` }
}

function rangeFault(range: string): NameFault | undefined {
  if (/^(\*|(\^|~|>=|<=|>|<|=)?\d+(\.\d+)*(\.[x*])?)$/.test(range)) return undefined
  return { fault: `the version '${range}' is neither a version nor a range`, hint: `for instance '1.0' or '^1.0'` }
}

/** True if a version lies in a range as `parseDescriptorName` accepts them; `^` and `~` as in semantic versioning. */
export function versionInRange(version: string, range: string): boolean {
  const parts = /^(\^|~|>=|<=|>|<|=)?([\d.]+?)(\.[x*])?$/.exec(range)
  if (parts === null) return range === '*'
  const [, operator = '=', low = '', wildcard] = parts
  if (wildcard !== undefined) return version === low || version.startsWith(`${low}.`)
  const order = compareVersions(version, low)
  const [major = 0, minor = 0] = numbers(low)
  const [ofMajor = 0, ofMinor = 0] = numbers(version)
  switch (operator) {
    case '^':
      return order >= 0 && ofMajor === major && (major > 0 || ofMinor === minor || !low.includes('.'))
    case '~':
      return order >= 0 && ofMajor === major && (ofMinor === minor || !low.includes('.'))
    case '>=':
      return order >= 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '<':
      return order < 0
  }
  return order === 0
}

/** Negative, zero or positive; missing parts count as 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)]
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

const numbers = (version: string): number[] => version.split('.').map(Number)

/** What is wrong with the name of an assembly instance (`__` separates the levels of instance names). */
export function instanceNameFault(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name.length > NAME_CHARS_MAX) return `has more than ${NAME_CHARS_MAX} characters`
  if (/^\d/.test(name)) return 'must not start with a digit'
  if (name.includes('__')) return 'has two underscores in a row'
  return /^[\p{L}\p{N}_.-]+$/u.test(name) ? undefined : `may have only letters, digits, '_', '-' and '.'`
}

/** What is wrong with the name of a component, reference or relationship: it becomes part of instance names. */
export function componentNameFault(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name.length > RESOURCE_NAME_CHARS_MAX * 2) return `has more than ${RESOURCE_NAME_CHARS_MAX * 2} characters`
  if (name.includes('__')) return `has two underscores in a row, which separate the levels of instance names`
  if (name === 'instance') return `means the instance itself in expressions`
  return /^[\p{L}\p{N}_-]+$/u.test(name) ? undefined : `may have only letters, digits, '_' and '-'`
}

/** What is wrong with the name of a property. */
export function propertyNameFault(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name.length > NAME_CHARS_MAX) return `has more than ${NAME_CHARS_MAX} characters`
  // It could replace what every JavaScript object has, somewhere on the way of the value.
  if (name === '__proto__') return 'is not allowed'
  if (name.includes('.')) return `has a dot, which separates component and property in expressions`
  return /[\s${}]/.test(name) ? `has a blank or one of '$', '{', '}'` : undefined
}
