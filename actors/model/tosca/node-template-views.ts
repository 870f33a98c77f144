/** Node templates as ONAP's API shows them (ToscaNodeTemplate), with functions replaced by their values as far as they are known. */
import { ownEntry } from '../../own-entry.ts'
import { z } from 'zod'
import { properties, type Properties } from '../../../participants/protocol/conversation.ts'
import { recordOf } from '../reading.ts'
import { evaluationOf, type Evaluation } from './evaluation.ts'
import { evaluated } from './function-values.ts'
import { isRecord, NO_VERSION, type NodeTemplate, type ServiceTemplate } from './service-template.ts'
import { isCommon, isOfType, type PropertyDefinitions } from './type-hierarchy.ts'

/** Beside these it has what else the node template has: `metadata`, `artifacts`, `requirements`, … */
export const nodeTemplateView = z.looseObject({
  name: z.string(),
  version: z.string(),
  type: z.string(),
  type_version: z.string(),
  derived_from: z.string().exactOptional(),
  description: z.string().exactOptional(),
  properties,
})
export type NodeTemplateView = z.infer<typeof nodeTemplateView>

export interface NodeTemplateFilter {
  readonly name?: string
  readonly version?: string
  /** The type or one that it derives from. */
  readonly ofType?: string
}

export function nodeTemplates(template: ServiceTemplate, filter: NodeTemplateFilter = {}): readonly NodeTemplateView[] {
  return viewsOf(evaluationOf(template), filter)
}

export function viewsOf(evaluation: Evaluation, filter: NodeTemplateFilter): readonly NodeTemplateView[] {
  return Object.entries(evaluation.template.topology_template.node_templates)
    .filter(([name, node]) => passes(evaluation, filter, name, node))
    .map(([name, node]) => viewOf(evaluation, name, node))
}

function passes({ types }: Evaluation, filter: NodeTemplateFilter, name: string, node: NodeTemplate): boolean {
  if (filter.name !== undefined && filter.name !== name) return false
  if (filter.version !== undefined && filter.version !== node.version) return false
  return filter.ofType === undefined || isOfType(types, 'node_types', node.type, filter.ofType)
}

export function viewOf(evaluation: Evaluation, name: string, node: NodeTemplate): NodeTemplateView {
  const { version, type, type_version: typeVersion, derived_from: derivedFrom, description, ...rest } = node
  const values = evaluated(evaluation, rest, name, [])
  return {
    name,
    version,
    type,
    type_version: typeVersion ?? evaluation.types.find('node_types', type)?.version ?? NO_VERSION,
    ...(derivedFrom === undefined ? {} : { derived_from: derivedFrom }),
    ...(description === undefined ? {} : { description }),
    ...(isRecord(values) ? values : {}),
    properties: propertiesIn(values),
  }
}

const propertiesIn = (values: unknown): Properties =>
  isRecord(values) && isRecord(values['properties']) ? values['properties'] : {}

/** The values of the properties that are set once per type; defaults where nothing is set. */
export function commonProperties(evaluation: Evaluation, name: string, node: NodeTemplate): Properties {
  return valuesOf(evaluation, name, node, (definition) => definition !== undefined && isCommon(definition))
}

/** Set values and defaults of some properties. Undeclared ones have no definition. */
function valuesOf(
  evaluation: Evaluation,
  name: string,
  node: NodeTemplate,
  isWanted: (definition: ReturnType<PropertyDefinitions['get']>) => boolean,
): Properties {
  const definitions = evaluation.types.properties('node_types', node.type)
  const names = new Set([...definitions.keys(), ...Object.keys(node.properties)])
  return recordOf(
    [...names].flatMap((property) => {
      const definition = definitions.get(property)
      const value = ownEntry(node.properties, property) ?? definition?.default
      if (value === undefined || !isWanted(definition)) return []
      return [[property, evaluated(evaluation, value, name, [])] as const]
    }),
  )
}

/**
 * Node templates with only those properties that are set once per type (`common`), or only those that are set per
 * instance: then the ones that aren't set are there, too, as null, and those that no type declares. Node templates that
 * have none aren't there.
 */
export function commonOrInstanceProperties(
  template: ServiceTemplate,
  which: 'common' | 'instance',
  filter: NodeTemplateFilter = {},
): Readonly<Record<string, NodeTemplateView>> {
  const evaluation = evaluationOf(template)
  const nodes = template.topology_template.node_templates
  return recordOf(
    viewsOf(evaluation, filter).flatMap((view) => {
      const node = ownEntry(nodes, view.name)
      if (node === undefined) return []
      const properties =
        which === 'common'
          ? commonProperties(evaluation, view.name, node)
          : instanceProperties(evaluation, view.name, node)
      return Object.keys(properties).length === 0 ? [] : [[view.name, { ...view, properties }] as const]
    }),
  )
}

function instanceProperties(evaluation: Evaluation, name: string, node: NodeTemplate): Properties {
  const declared = [...evaluation.types.properties('node_types', node.type)].filter(([, one]) => !isCommon(one))
  const unset = recordOf(declared.map(([property]) => [property, null]))
  return { ...unset, ...valuesOf(evaluation, name, node, (one) => one === undefined || !isCommon(one)) }
}
