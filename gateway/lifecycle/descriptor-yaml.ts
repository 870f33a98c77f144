/** A descriptor with what it inherits, as YAML in its author's own words. Pure. */
import { stringify } from 'yaml'

/** Sections whose entries are inherited one by one. */
const SECTIONS = [
  'properties',
  'capabilities',
  'requirements',
  'composition',
  'references',
  'relationships',
  'operations',
  'metrics',
  'policies',
] as const

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const inherit = (child: unknown, parent: unknown): Record<string, unknown> => {
  const own = isMap(child) ? child : {}
  const from = isMap(parent) ? parent : {}
  const sections = SECTIONS.flatMap((section) =>
    isMap(own[section]) || isMap(from[section])
      ? [[section, { ...(from[section] as object | undefined), ...(own[section] as object | undefined) }] as const]
      : [],
  )
  const description = own['description'] ?? from['description']
  return {
    ...own,
    ...(description === undefined ? {} : { description }),
    ...Object.fromEntries(sections),
  }
}

/** `documents`: the descriptor's own, then its template's, then that one's template's … `derived-from` stays. */
export const effectiveYaml = (name: string, documents: readonly unknown[]): string => {
  const merged = documents.reduceRight((parent, child) => inherit(child, parent), {})
  return stringify({ name, ...(merged as object) }, { aliasDuplicateObjects: false })
}
