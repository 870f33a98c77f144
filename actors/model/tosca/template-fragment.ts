/** Parts of a template that others get: policy elements, and those who only want to see what control loops need. */
import { ownEntry } from '../../own-entry.ts'
import type { Properties } from '../../../participants/protocol/conversation.ts'
import { recordOf } from '../reading.ts'
import { CONTROL_LOOP, controlLoopTypes } from './control-loop-types.ts'
import { evaluationOf } from './evaluation.ts'
import { evaluated } from './function-values.ts'
import { functionsIn } from './functions.ts'
import { nodeTemplates } from './node-template-views.ts'
import { isRecord, type EntityType, type ServiceTemplate } from './service-template.ts'
import { writtenTemplate } from './template-export.ts'
import { typesOf } from './type-hierarchy.ts'
import { schemasOf, usedDataTypes } from './used-types.ts'

/** What policy elements get beside their node template (ONAP: `toscaServiceTemplateFragment`). */
export function templateFragment(template: ServiceTemplate): Properties {
  const { policies } = template.topology_template
  return {
    tosca_definitions_version: template.tosca_definitions_version,
    policy_types: template.policy_types,
    data_types: template.data_types,
    topology_template: { policies: evaluated(evaluationOf(template), policies, undefined, []) },
  }
}

/**
 * Only what control loops need: the loops, their elements, the node templates to which functions in them refer, the
 * inputs, and the types of all that. Policies are there if an element needs them.
 */
export function reducedTemplate(template: ServiceTemplate): Properties {
  const nodes = reachedNodes(template)
  const node_templates = recordOf(
    Object.entries(template.topology_template.node_templates).filter(([name]) => nodes.has(name)),
  )
  const needsPolicies = controlLoopTypes(template).types.some(({ elements }) =>
    elements.some(({ needsFragment }) => needsFragment),
  )
  const node_types = usedNodeTypes(
    template,
    Object.values(node_templates).map(({ type }) => type),
  )
  const policy_types = needsPolicies ? template.policy_types : {}
  const schemas = [
    ...Object.values(template.topology_template.inputs),
    ...[...Object.values(node_types), ...Object.values(policy_types)].flatMap(schemasOf),
  ]
  return writtenTemplate({
    ...template,
    data_types: usedDataTypes(template, schemas),
    node_types,
    policy_types,
    capability_types: {},
    relationship_types: {},
    topology_template: {
      inputs: template.topology_template.inputs,
      node_templates,
      policies: needsPolicies ? template.topology_template.policies : [],
    },
  })
}

function reachedNodes(template: ServiceTemplate): ReadonlySet<string> {
  const nodes = template.topology_template.node_templates
  const loops = nodeTemplates(template, { ofType: CONTROL_LOOP })
  const pending = loops.flatMap(({ name, properties }) => [name, ...elementsIn(properties['elements'])])
  const reached = new Set<string>()
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = ownEntry(nodes, name)
    if (node === undefined || reached.has(name)) continue
    reached.add(name)
    for (const { parameters } of functionsIn(node)) if (typeof parameters[0] === 'string') pending.push(parameters[0])
  }
  return reached
}

const elementsIn = (elements: unknown): readonly string[] =>
  Array.isArray(elements)
    ? elements.flatMap((item: unknown) => (isRecord(item) && typeof item['name'] === 'string' ? [item['name']] : []))
    : []

function usedNodeTypes(template: ServiceTemplate, names: readonly string[]): Record<string, EntityType> {
  const types = typesOf(template)
  const used = new Set(names.flatMap((name) => types.lineage('node_types', name).types.map(([type]) => type)))
  return recordOf(Object.entries(template.node_types).filter(([name]) => used.has(name)))
}
