/**
 * What one descriptor says about itself: names in expressions, relationships, promotions and policies point to
 * something, and no value depends on itself. Sees only this descriptor; `catalogue-checks.ts` looks at those that it
 * names. Findings carry the path, not yet the line.
 */
import type { AssemblyDescriptor, Descriptor, Endpoint } from './descriptor.ts'
import { writtenValues, type WrittenValue } from './descriptor-values.ts'
import { referencesOf, referenceText, type ExpressionReference } from './expression.ts'
import type { Path } from './json-path.ts'
import { cycleText, valueCycles } from './property-cycles.ts'
import { FINDINGS_MAX, type Remark } from './reading.ts'
import { nearestHint } from './spelling.ts'

export interface CheckFinding extends Remark {
  readonly severity: 'error' | 'warning'
  readonly path: Path
}

export interface CompositionFinding extends CheckFinding {
  /** Name of the descriptor that it is about. */
  readonly descriptor: string
}

/**
 * All findings about a descriptor which is whole: nothing is inherited any more. For one with `derived-from` ask with
 * the merged descriptor; its own text says only a part.
 */
export function checkDescriptor(descriptor: Descriptor): readonly CheckFinding[] {
  const findings: CheckFinding[] = []
  for (const value of writtenValues(descriptor)) {
    findings.push(...checkValue(descriptor, value))
    // Each costs a search for the name that was meant, and nobody reads on.
    if (findings.length >= FINDINGS_MAX) return findings
  }
  if (descriptor.kind === 'assembly') findings.push(...checkAssembly(descriptor))
  for (const cycle of valueCycles(descriptor)) {
    findings.push({
      severity: 'error',
      code: 'cycle',
      path: cycle.path,
      message: `a value depends on itself: ${cycleText(cycle.names)}`,
    })
  }
  return findings
}

const has = (record: object, name: string): boolean => Object.hasOwn(record, name)

function checkValue(descriptor: Descriptor, value: WrittenValue): CheckFinding[] {
  return referencesOf(value.text, value.place).flatMap((reference) => {
    const wrong = missing(descriptor, value, reference)
    return wrong === undefined ? [] : [{ severity: 'error' as const, path: value.path, ...wrong }]
  })
}

function missing(descriptor: Descriptor, value: WrittenValue, reference: ExpressionReference): Remark | undefined {
  const text = referenceText(reference)
  switch (reference.kind) {
    case 'instance':
    case 'end':
      return undefined
    case 'property': {
      const known = [descriptor.properties, privateOf(descriptor), value.alsoKnown ?? {}]
      if (known.some((properties) => has(properties, reference.property))) return undefined
      const message = `'\${${text}}' points nowhere: ${descriptor.name} has no property '${reference.property}'`
      return { code: 'unknown-property', message, hint: nearestHint(reference.property, known.flatMap(Object.keys)) }
    }
    case 'member': {
      if (descriptor.kind === 'resource') {
        const message = `'\${${text}}' points nowhere: a resource has no components`
        return { code: 'unknown-component', message, hint: 'let the assembly pass the value to a property' }
      }
      const { composition, references } = descriptor
      if (has(composition, reference.component) || has(references, reference.component)) return undefined
      const message = `'\${${text}}' points nowhere: there is no component or reference '${reference.component}'`
      const isEnd = reference.component === 'source' || reference.component === 'target'
      const hint = isEnd ? `'source' and 'target' are known in the properties of relationships only` : undefined
      return { code: 'unknown-component', message, hint: hint ?? nearestMember(descriptor, reference.component) }
    }
  }
}

const privateOf = (descriptor: Descriptor) => (descriptor.kind === 'resource' ? descriptor.privateProperties : {})
const members = (assembly: AssemblyDescriptor) => ({ ...assembly.composition, ...assembly.references })
const nearestMember = (assembly: AssemblyDescriptor, name: string) => nearestHint(name, Object.keys(members(assembly)))

function checkAssembly(assembly: AssemblyDescriptor): CheckFinding[] {
  const findings = checkRelationships(assembly)
  const child = (path: Path, end: Endpoint): void => {
    if (!has(assembly.composition, end.component)) findings.push(unknownComponent(assembly, path, end.component))
  }
  for (const [name, end] of Object.entries(assembly.operations)) child(['operations', name, 'source-operation'], end)
  for (const [name, end] of Object.entries(assembly.metrics)) child(['metrics', name, 'source-metric'], end)
  for (const [name, policy] of Object.entries(assembly.policies)) {
    child(['policies', name, 'metric'], policy.metric)
    const target = has(assembly.composition, policy.target) ? assembly.composition[policy.target] : undefined
    const path = ['policies', name, 'target']
    if (target === undefined) findings.push(unknownComponent(assembly, path, policy.target))
    else if (target.cluster === undefined) {
      const message = `'${policy.target}' isn't a cluster: it can't be scaled`
      const hint = `give the component a 'cluster' section`
      findings.push({ severity: 'error', code: 'not-a-cluster', path, message, hint })
    }
  }
  return findings
}

function unknownComponent(assembly: AssemblyDescriptor, path: Path, name: string): CheckFinding {
  const message = `there is no component '${name}'`
  return { severity: 'error', code: 'unknown-component', path, message, hint: nearestMember(assembly, name) }
}

function checkRelationships(assembly: AssemblyDescriptor): CheckFinding[] {
  const findings: CheckFinding[] = []
  for (const [name, relationship] of Object.entries(assembly.relationships)) {
    const side = (key: string, ends: readonly Endpoint[], isSource: boolean): void => {
      for (const [index, end] of ends.entries()) {
        const path = ['relationships', name, key, index]
        const isReference = has(assembly.references, end.component)
        if (!has(assembly.composition, end.component) && !isReference) {
          findings.push(unknownComponent(assembly, path, end.component))
        } else if (isReference && !isSource) {
          const message = `'${end.component}' is a reference, which can only be the source of a relationship`
          findings.push({ severity: 'error', code: 'reference-as-target', path, message })
        } else if (!isReference && end.name === '') {
          const message = `'${end.component}' doesn't say which ${isSource ? 'capability' : 'requirement'}`
          const hint = `write '${end.component}.<name>'`
          findings.push({ severity: 'warning', code: 'missing-capability', path, message, hint })
        }
      }
    }
    if (findings.length >= FINDINGS_MAX) return findings
    side('source-capabilities', relationship.sources, true)
    side('target-requirements', relationship.targets, false)
  }
  return findings
}
