/**
 * Descriptors together: what an assembly is made of, with what it inherits merged in, and whether the parts fit. Pure:
 * the catalogue itself is whatever can look descriptors up.
 */
import { checkComposition } from './catalogue-checks.ts'
import { checkDescriptor, type CheckFinding } from './descriptor-checks.ts'
import type { AssemblyDescriptor, Descriptor, DescriptorSet, Finding } from './descriptor.ts'
import type { DescriptorSource } from './descriptor-source.ts'
import { shortFinding } from './finding-text.ts'
import { formatPath, type Path } from './json-path.ts'
import { nearestHint } from './spelling.ts'

export { sourceOf, type DescriptorSource } from './descriptor-source.ts'

/** Assemblies inside each other. */
export const COMPOSITION_DEPTH_MAX = 20
/** Different descriptors that one assembly may be made of. */
export const DESCRIPTOR_SET_MAX = 500
/** Templates above each other. */
export const INHERITANCE_DEPTH_MAX = 10

export interface EffectiveDescriptor {
  /** Absent if there is an error among the findings. */
  readonly descriptor?: Descriptor
  readonly findings: readonly Finding[]
}

/**
 * A descriptor with everything that it inherits by `derived-from`: each entry of each section that it doesn't have
 * itself. `derivedFrom` stays.
 */
export function effective(source: DescriptorSource, descriptor: Descriptor): EffectiveDescriptor {
  if (descriptor.kind === 'resource') return { descriptor, findings: [] }
  let merged = descriptor
  const chain = [descriptor.name]
  for (let parentName = descriptor.derivedFrom; parentName !== undefined;) {
    const path = ['derived-from']
    const refuse = (code: string, message: string, hint?: string): EffectiveDescriptor => ({
      findings: [toFinding(descriptor.name, { severity: 'error', code, path, message, hint })],
    })
    if (chain.includes(parentName))
      return refuse('cycle', `it inherits from itself: ${[...chain, parentName].join(' → ')}`)
    if (chain.length > INHERITANCE_DEPTH_MAX)
      return refuse('too-deep', `more than ${INHERITANCE_DEPTH_MAX} templates above each other`)
    chain.push(parentName)
    const parent = source.find(parentName)
    if (parent === undefined) {
      const hint = nearestHint(parentName, source.names())
      return refuse('unknown-descriptor', `the template '${parentName}' isn't in the catalogue`, hint)
    }
    if (parent.kind !== 'assembly') return refuse('wrong-kind', `'${parentName}' is a resource: it can't be inherited`)
    merged = inherit(merged, parent)
    parentName = parent.derivedFrom
  }
  return { descriptor: merged, findings: [] }
}

function inherit(child: AssemblyDescriptor, parent: AssemblyDescriptor): AssemblyDescriptor {
  return {
    ...child,
    description: child.description === '' ? parent.description : child.description,
    properties: { ...parent.properties, ...child.properties },
    composition: { ...parent.composition, ...child.composition },
    references: { ...parent.references, ...child.references },
    relationships: { ...parent.relationships, ...child.relationships },
    operations: { ...parent.operations, ...child.operations },
    metrics: { ...parent.metrics, ...child.metrics },
    policies: { ...parent.policies, ...child.policies },
  }
}

export interface DescriptorSetReading {
  /** Effective descriptors by name. Absent if there is an error among the findings. */
  readonly set?: DescriptorSet
  /** `file` is the name of the descriptor that a finding is about. */
  readonly findings: readonly Finding[]
}

/**
 * An assembly (or resource) and everything below it, each descriptor effective, checked by itself and against those
 * that it uses. References aren't part of it: they are other people's instances.
 */
export function descriptorSet(source: DescriptorSource, name: string): DescriptorSetReading {
  const found = new Map<string, Descriptor>()
  const findings: Finding[] = []
  collect(source, name, undefined, [], found, findings)
  if (findings.length === 0) {
    const set = Object.fromEntries(found)
    for (const descriptor of found.values()) {
      const checks =
        descriptor.kind === 'assembly' && descriptor.derivedFrom !== undefined ? checkDescriptor(descriptor) : []
      for (const finding of checks) findings.push(toFinding(descriptor.name, finding))
    }
    for (const { descriptor, ...finding } of checkComposition(set, source, name)) {
      findings.push(toFinding(descriptor, finding))
    }
    if (!findings.some((finding) => finding.severity === 'error')) return { set, findings }
  }
  return { findings }
}

/** Where a descriptor is named: in which descriptor, at which path. */
interface Mention {
  readonly descriptor: string
  readonly path: Path
}

/** Adds a descriptor and all below it to `found`; stops at the first fault. Recursion is bounded by the depth. */
function collect(
  source: DescriptorSource,
  name: string,
  mention: Mention | undefined,
  above: readonly string[],
  found: Map<string, Descriptor>,
  findings: Finding[],
): void {
  const refuse = (code: string, message: string, hint?: string): void => {
    const { descriptor, path } = mention ?? { descriptor: name, path: [] }
    findings.push(toFinding(descriptor, { severity: 'error', code, path, message, hint }))
  }
  if (above.includes(name)) {
    const circle = [...above.slice(above.indexOf(name)), name]
    return refuse('cyclic-composition', `an assembly contains itself: ${circle.join(' → ')}`)
  }
  if (found.has(name)) return
  if (above.length >= COMPOSITION_DEPTH_MAX) {
    return refuse('too-deep', `more than ${COMPOSITION_DEPTH_MAX} assemblies inside each other`)
  }
  if (found.size >= DESCRIPTOR_SET_MAX)
    return refuse('too-large', `more than ${DESCRIPTOR_SET_MAX} descriptors in one assembly`)
  const own = source.find(name)
  if (own === undefined) {
    return refuse('unknown-descriptor', `'${name}' isn't in the catalogue`, nearestHint(name, source.names()))
  }
  const merged = effective(source, own)
  if (merged.descriptor === undefined) {
    findings.push(...merged.findings)
    return
  }
  if (merged.descriptor.kind === 'assembly') {
    for (const [component, { type }] of Object.entries(merged.descriptor.composition)) {
      const path = ['composition', component, 'type']
      collect(source, type, { descriptor: name, path }, [...above, name], found, findings)
      if (findings.length >= 20) return
    }
  }
  // After its parts, so that the set holds them in the order in which they can be onboarded.
  found.set(name, merged.descriptor)
}

function toFinding(descriptor: string, { severity, code, path, message, hint }: CheckFinding): Finding {
  return shortFinding({
    severity,
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    path: formatPath(path),
    file: descriptor,
  })
}
