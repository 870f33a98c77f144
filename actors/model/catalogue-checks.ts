/** Whether descriptors fit together: what one says about another's properties, operations and metrics is true. */
import type { CheckFinding, CompositionFinding } from './descriptor-checks.ts'
import type { DescriptorSource } from './descriptor-source.ts'
import type { AssemblyDescriptor, Descriptor, DescriptorSet, Endpoint, Relationship } from './descriptor.ts'
import { writtenValues } from './descriptor-values.ts'
import { isNameFault, parseDescriptorName, versionInRange, compareVersions } from './descriptor-name.ts'
import { referencesOf, referenceText } from './expression.ts'
import type { Path } from './json-path.ts'
import { checkPropertyFlow } from './property-flow.ts'
import { FINDINGS_MAX } from './reading.ts'
import { nearestHint } from './spelling.ts'

/** Placement: any component may be given these, whether or not its type declares them. */
export const PLACEMENT_PROPERTIES = ['deploymentLocation', 'resourceManager'] as const

/** All findings about a set whose every type is there and which contains no circle. */
export function checkComposition(set: DescriptorSet, source: DescriptorSource, root: string): CompositionFinding[] {
  const findings: CompositionFinding[] = []
  for (const descriptor of Object.values(set)) {
    if (descriptor.kind === 'resource') continue
    for (const finding of checkAssembly({ assembly: descriptor, set, source })) {
      findings.push({ ...finding, descriptor: descriptor.name })
    }
    if (findings.length >= FINDINGS_MAX) return findings.slice(0, FINDINGS_MAX)
  }
  return [...findings, ...checkPropertyFlow(set, root)]
}

interface Scene {
  readonly assembly: AssemblyDescriptor
  readonly set: DescriptorSet
  readonly source: DescriptorSource
}

function checkAssembly(scene: Scene): CheckFinding[] {
  return [
    ...checkMappings(scene),
    ...checkExpressions(scene),
    ...Object.entries(scene.assembly.relationships).flatMap(([name, one]) => checkOperations(scene, name, one)),
    ...checkPromotions(scene),
  ]
}

const has = (record: object, name: string): boolean => Object.hasOwn(record, name)

/** The type of a component, or of a reference where the catalogue has a descriptor that fits. */
function typeOf({ assembly, set, source }: Scene, member: string): Descriptor | undefined {
  const component = has(assembly.composition, member) ? assembly.composition[member] : undefined
  if (component !== undefined) return set[component.type]
  const reference = has(assembly.references, member) ? assembly.references[member] : undefined
  if (reference === undefined) return undefined
  return source.find(reference.type) ?? newestInRange(source, reference.type)
}

function newestInRange(source: DescriptorSource, type: string): Descriptor | undefined {
  const wanted = parseDescriptorName(type, true)
  if (isNameFault(wanted)) return undefined
  let best: { name: string; version: string } | undefined
  for (const name of source.names()) {
    const found = parseDescriptorName(name)
    if (isNameFault(found) || found.kind !== wanted.kind || found.name !== wanted.name) continue
    if (!versionInRange(found.version, wanted.version)) continue
    if (best === undefined || compareVersions(found.version, best.version) > 0) best = { name, version: found.version }
  }
  return best === undefined ? undefined : source.find(best.name)
}

function checkMappings(scene: Scene): CheckFinding[] {
  return Object.entries(scene.assembly.composition).flatMap(([name, component]) => {
    const type = typeOf(scene, name)
    if (type === undefined) return []
    return Object.keys(component.properties).flatMap((property): CheckFinding[] => {
      const path = ['composition', name, 'properties', property]
      const declared = has(type.properties, property) ? type.properties[property] : undefined
      if (declared?.value !== undefined && component.properties[property]?.value !== undefined) {
        const message = `'${property}' has a value in ${type.name}, which can't be overridden: this one is ignored`
        return [{ severity: 'warning', code: 'not-overridable', path, message }]
      }
      const isPlacement = PLACEMENT_PROPERTIES.some((one) => one === property)
      if (declared !== undefined || isPlacement) return []
      const message = `${type.name} declares no property '${property}'`
      const hint = nearestHint(property, Object.keys(type.properties))
      return [{ severity: 'warning', code: 'undeclared-property', path, message, hint, atKey: true }]
    })
  })
}

/** What an assembly can see of a member's properties; never the private ones. */
function visibleProperties(scene: Scene, member: string, type: Descriptor): readonly string[] {
  const { composition, references } = scene.assembly
  const given = (has(composition, member) ? composition[member] : references[member])?.properties ?? {}
  return [...Object.keys(type.properties), ...Object.keys(given), ...PLACEMENT_PROPERTIES]
}

function checkExpressions(scene: Scene): CheckFinding[] {
  return writtenValues(scene.assembly).flatMap((value) =>
    referencesOf(value.text, value.place).flatMap((reference): CheckFinding[] => {
      if (reference.kind === 'member') return checkMember(scene, value.path, reference.component, reference.property)
      if (reference.kind !== 'end' || value.relationship === undefined) return []
      const relationship = scene.assembly.relationships[value.relationship]
      const ends = (reference.end === 'source' ? relationship?.sources : relationship?.targets) ?? []
      const text = referenceText(reference)
      return ends.flatMap((end) => checkMember(scene, value.path, end.component, reference.property, text))
    }),
  )
}

function checkMember(
  scene: Scene,
  path: Path,
  member: string,
  property: string,
  text = `${member}.${property}`,
): CheckFinding[] {
  const type = typeOf(scene, member)
  if (type === undefined) return []
  const visible = visibleProperties(scene, member, type)
  if (visible.includes(property)) return []
  // Another version of a referenced instance may be what is found in the end.
  const severity = has(scene.assembly.composition, member) ? 'error' : 'warning'
  const isPrivate = type.kind === 'resource' && has(type.privateProperties, property)
  const message = isPrivate
    ? `'\${${text}}' points to a private property of ${type.name}, which only its drivers see`
    : `'\${${text}}' points nowhere: ${type.name}, the type of '${member}', has no property '${property}'`
  return [{ severity, code: 'unknown-property', path, message, hint: nearestHint(property, visible) }]
}

function checkOperations(scene: Scene, name: string, relationship: Relationship): CheckFinding[] {
  const sideOf = (on: string): readonly Endpoint[] => {
    if (on === 'source') return relationship.sources
    return on === 'target' ? relationship.targets : [{ component: on, name: '' }]
  }
  return (['create', 'cease'] as const).flatMap((phase) =>
    relationship[phase].flatMap(({ on, operation }, index) => {
      const path = ['relationships', name, 'lifecycle', phase === 'create' ? 'Create' : 'Cease', index]
      return sideOf(on).flatMap((end) => checkEntry(scene, path, end.component, operation, 'operation'))
    }),
  )
}

function checkEntry(
  scene: Scene,
  path: Path,
  member: string,
  name: string,
  what: 'operation' | 'metric',
): CheckFinding[] {
  const type = typeOf(scene, member)
  if (type === undefined) return []
  const entries = what === 'operation' ? type.operations : type.metrics
  if (has(entries, name)) return []
  const severity = has(scene.assembly.composition, member) ? 'error' : 'warning'
  const message = `${type.name}, the type of '${member}', declares no ${what} '${name}'`
  return [{ severity, code: `unknown-${what}`, path, message, hint: nearestHint(name, Object.keys(entries)) }]
}

function checkPromotions(scene: Scene): CheckFinding[] {
  const { operations, metrics, policies } = scene.assembly
  return [
    ...Object.entries(operations).flatMap(([name, end]) =>
      checkEntry(scene, ['operations', name, 'source-operation'], end.component, end.name, 'operation'),
    ),
    ...Object.entries(metrics).flatMap(([name, end]) => checkLoad(scene, ['metrics', name, 'source-metric'], end)),
    ...Object.entries(policies).flatMap(([name, { metric }]) => checkLoad(scene, ['policies', name, 'metric'], metric)),
  ]
}

/** Only load metrics are promoted and scaled by; those of assemblies are promoted ones, so they are. */
function checkLoad(scene: Scene, path: Path, end: Endpoint): CheckFinding[] {
  const unknown = checkEntry(scene, path, end.component, end.name, 'metric')
  const type = typeOf(scene, end.component)
  if (unknown.length > 0 || type?.kind !== 'resource' || type.metrics[end.name]?.type === 'metric::load') return unknown
  const message = `'${end.component}.${end.name}' isn't a metric of type metric::load`
  return [{ severity: 'error', code: 'wrong-metric', path, message }]
}
