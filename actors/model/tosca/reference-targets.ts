/** Which node template, and what of it, `get_property` and `get_attribute` refer to. */
import { ownEntry } from '../../own-entry.ts'
import { wrongParameters, type Evaluation, type FunctionPlace } from './evaluation.ts'
import { isRecord } from './service-template.ts'
import { nameHint } from './tosca-reading.ts'
import { areKnown } from './type-hierarchy.ts'

export function checkAttribute(evaluation: Evaluation, parameters: readonly unknown[], place: FunctionPlace): void {
  const target = targetOf(evaluation, 'get_attribute', parameters, place)
  const template =
    target === undefined ? undefined : ownEntry(evaluation.template.topology_template.node_templates, target.node)
  if (target === undefined || template === undefined) return
  // Every property is an attribute as well (Simple Profile 1.3, 3.6.12).
  const known = [
    ...evaluation.types.attributes('node_types', template.type).keys(),
    ...evaluation.types.properties('node_types', template.type).keys(),
    ...Object.keys(template.attributes ?? {}),
    ...Object.keys(template.properties),
    ...['tosca_id', 'tosca_name', 'state'],
  ]
  if (known.includes(target.name) || !areKnown(evaluation.types, 'node_types', template.type)) return
  if ([template.capabilities, template.requirements].some((part) => isPart(part, target.name))) return
  unknownMember(evaluation, 'attribute', target, known, place)
}

export interface Target {
  readonly node: string
  readonly name: string
  readonly steps: readonly unknown[]
}

/** Whose property or attribute. `undefined`: only known at run time, or wrong. */
export function targetOf(
  evaluation: Evaluation,
  what: string,
  [entity, name, ...steps]: readonly unknown[],
  place: FunctionPlace,
): Target | undefined {
  if (typeof entity !== 'string' || typeof name !== 'string') {
    wrongParameters(evaluation, what, 'a node template (or SELF) and a name', place)
    return undefined
  }
  if (['SOURCE', 'TARGET', 'HOST'].includes(entity)) return undefined
  if (entity === 'SELF') return place.self === undefined ? undefined : { node: place.self, name, steps }
  const nodes = evaluation.template.topology_template.node_templates
  if (ownEntry(nodes, entity) !== undefined) return { node: entity, name, steps }
  const hint = nameHint(evaluation.reading, entity, Object.keys(nodes))
  const message = `${what}: there is no node template '${entity}'`
  evaluation.reading?.error(place.path, { code: 'unknown-node', message, hint })
  return undefined
}

/** A capability, or a requirement in a list of them. */
export function isPart(part: unknown, name: string): boolean {
  if (Array.isArray(part)) return part.some((item) => isPart(item, name))
  return isRecord(part) && Object.hasOwn(part, name)
}

export function unknownMember(
  { reading }: Evaluation,
  what: 'property' | 'attribute',
  { node, name }: Target,
  known: Iterable<string>,
  place: FunctionPlace,
): void {
  const message = `'${node}' has no ${what} '${name}'`
  reading?.error(place.path, { code: `unknown-${what}`, message, hint: nameHint(reading, name, known) })
}
