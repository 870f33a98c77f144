/**
 * ONAP's other way to make a control loop: a service template whose node templates have the properties of one instance. The
 * loop and its elements are named after them, with a number. Pure.
 */
import { z } from 'zod'
import type { Finding } from '../../actors/model/descriptor.ts'
import { formatPath, type Path } from '../../actors/model/json-path.ts'
import type { ControlLoopType } from '../../actors/model/tosca/element-type.ts'
import type { ServiceTemplate } from '../../actors/model/tosca/service-template.ts'
import { ownEntry } from '../../actors/own-entry.ts'
import { concept, type Concept, conceptText } from '../../participants/protocol/concept.ts'
import { properties } from '../../participants/protocol/conversation.ts'
import { nearestNames } from '../hints.ts'
import { badRequest } from '../problem.ts'
import type { WantedLoop } from './onap/shapes.ts'

const nodeTemplate = z.looseObject({
  name: concept.shape.name.nullish(),
  version: concept.shape.version.nullish(),
  properties: properties.nullish(),
})

export const instanceTemplate = z.looseObject({
  topology_template: z.looseObject({
    node_templates: z
      .record(z.string(), nodeTemplate)
      .refine((nodes) => Object.keys(nodes).length <= 2_000, 'more than 2000 node templates'),
  }),
})
export type InstanceTemplate = z.infer<typeof instanceTemplate>

/**
 * The type of loop that it is an instance of: the one that it names; else the only one that has all of its node templates.
 * @throws {Problem} 400
 */
export const loopTypeFor = (wanted: InstanceTemplate, types: readonly ControlLoopType[]): ControlLoopType => {
  const { node_templates: nodes } = wanted.topology_template
  const has = ({ name, version }: Concept): boolean =>
    Object.hasOwn(nodes, name) && (nodes[name]?.version ?? version) === version
  const named = types.filter(({ definition }) => has(definition))
  const candidates = named.length > 0 ? named : types.filter((type) => typeHas(type, Object.keys(nodes)))
  const [only] = candidates
  if (only && candidates.length === 1) return only
  const known = types.slice(0, 20).map(({ definition }) => conceptText(definition))
  const found = candidates.slice(0, 5).map(({ definition }) => conceptText(definition))
  throw badRequest(
    'no-loop-type',
    found.length > 1
      ? `the node templates fit ${found.join(' and ')}: add the node template of the one that is meant`
      : 'no type of control loop that is commissioned is among the node templates, or has all of them',
    { commissioned: known },
  )
}

/** What stands in it that the commissioned template hasn't, or has in another version: it would be lost without a word. */
export const nodeFindings = (wanted: InstanceTemplate, commissioned: ServiceTemplate): readonly Finding[] => {
  const known = commissioned.topology_template.node_templates
  return Object.entries(wanted.topology_template.node_templates).flatMap(([name, { version }]) => {
    const node = ownEntry(known, name)
    if (node && (version ?? node.version) === node.version) return []
    const path = ['topology_template', 'node_templates', name, ...(node ? ['version'] : [])]
    const [nearest] = node ? [] : nearestNames(name, Object.keys(known))
    return [node ? otherVersion(name, node.version, version ?? '', path) : unknownNode(name, nearest, path)]
  })
}

const otherVersion = (name: string, commissioned: string, wanted: string, path: Path): Finding => ({
  severity: 'error',
  code: 'unknown-node-template',
  message: `the node template ${name} is commissioned in version ${commissioned}, not ${wanted}`,
  hint: `write version: ${commissioned}, or none`,
  path: formatPath(path),
})

const unknownNode = (name: string, nearest: string | undefined, path: Path): Finding => ({
  severity: 'error',
  code: 'unknown-node-template',
  message: `the commissioned service template has no node template ${name}`,
  ...(nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }),
  path: formatPath(path),
})

const typeHas = ({ elements }: ControlLoopType, names: readonly string[]): boolean =>
  names.length > 0 && names.every((name) => elements.some(({ definition }) => definition.name === name))

export const instanceSuffix = (number: number): string => `_Instance${number}`

/** `PMSH` for `org.onap.domain.pmsh.PMSHControlLoopDefinition`: what the original calls its instances. */
export const shortName = ({ name }: Concept): string => {
  const last = name.slice(name.lastIndexOf('.') + 1)
  return last.replace(/(ControlLoop)?Definition$/, '') || last
}

/**
 * All elements of the type, with the properties that are given for them. The template that the original's clients fill in has the
 * type's own properties, too; those are passed over.
 * @param newId of an element
 */
export const instanceOf = (
  wanted: InstanceTemplate,
  type: ControlLoopType,
  number: number,
  newId: () => string,
): WantedLoop => {
  const { node_templates: nodes } = wanted.topology_template
  const elements = type.elements.map(({ definition, commonProperties, nodeTemplate: own }) => {
    const node = Object.hasOwn(nodes, definition.name) ? nodes[definition.name] : undefined
    const given = Object.entries(node?.properties ?? {}).filter(
      ([property, value]) => value !== null && !Object.hasOwn(commonProperties, property),
    )
    const id = newId()
    const description = typeof own['description'] === 'string' ? own['description'] : ''
    return [id, { id, definition, description, propertiesMap: Object.fromEntries(given) }] as const
  })
  return {
    name: `${shortName(type.definition)}${instanceSuffix(number)}`,
    version: type.definition.version,
    definition: type.definition,
    description: `${type.description ?? type.definition.name} (instance ${number})`,
    elements: Object.fromEntries(elements),
  }
}

/** @throws {Problem} 400 if a name that is made of a commissioned one is longer than names may be */
export const refuseLongNames = (made: readonly Concept[]): void => {
  const tooLong = made.find(({ name }) => !concept.shape.name.safeParse(name).success)
  if (tooLong)
    throw badRequest(
      'name-too-long',
      `the instance would be called ${tooLong.name}: ${tooLong.name.length} characters, and names have at most ${concept.shape.name.maxLength}; POST …/instantiation takes a name of your own`,
    )
}

/** Where in the template it stands what stands at `path` in the loop that was made of it. */
export const placeInTemplate =
  (loop: WantedLoop) =>
  ([_list, _index, _elements, key, field, ...rest]: Path): Path => {
    const element = Object.entries(loop.elements).find(([id]) => id === key)?.[1]
    const nodes = ['topology_template', 'node_templates']
    if (!element) return nodes
    const node = [...nodes, element.definition.name]
    return field === 'propertiesMap' ? [...node, 'properties', ...rest] : node
  }

/** The names that the original gives to the node templates of an instance. */
export const instanceNames = (elements: readonly { readonly definition: Concept }[], suffix: string): Concept[] =>
  elements.map(({ definition }) => ({ name: `${definition.name}${suffix}`, version: definition.version }))
