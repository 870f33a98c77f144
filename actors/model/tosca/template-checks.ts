/** The checks of a whole template: types, inputs, node templates and policies against each other. */
import type { Path } from '../json-path.ts'
import { recordOf, type Reading } from '../reading.ts'
import { evaluationOf } from './evaluation.ts'
import {
  isRecord,
  type InputDefinition,
  type NodeTemplate,
  type Policy,
  type ServiceTemplate,
  type TopologyTemplate,
} from './service-template.ts'
import { areKnown, isCommon, isNormative, isRequired, type PropertyDefinitions } from './type-hierarchy.ts'
import { checkedDefinition, checkedTypes, checkTypeVersion } from './type-checks.ts'
import { assignedProperties, checkedValue, checkKept, isUnset, type ValueChecks } from './value-checks.ts'
import { nameHint } from './tosca-reading.ts'

/**
 * The same template with values as their types want them; what is wrong or odd goes to the reading.
 *
 * @param textAt single values as they were written, where there is a text
 */
export function checkedTemplate(
  template: ServiceTemplate,
  reading: Reading,
  textAt?: (path: Path) => string | undefined,
): ServiceTemplate {
  const before: ValueChecks = { evaluation: evaluationOf(template, reading), reading, textAt }
  const types = checkedTypes(before, template)
  const inputs = checkedInputs(before, template.topology_template.inputs)
  const topology = { ...template.topology_template, inputs }
  const typed = { ...template, ...types, topology_template: topology }
  // With the work that is left: one bound for the whole template.
  const evaluation = { ...evaluationOf(typed, reading), work: before.evaluation.work }
  return { ...typed, topology_template: checkedTopology({ ...before, evaluation }, topology) }
}

const TOPOLOGY = 'topology_template'

function checkedInputs(
  checks: ValueChecks,
  inputs: Readonly<Record<string, InputDefinition>>,
): Record<string, InputDefinition> {
  return recordOf(
    Object.entries(inputs).map(([name, input]) => {
      const path = [TOPOLOGY, 'inputs', name]
      const checked = checkedDefinition(checks, input, path)
      if (input.value === undefined) return [name, checked]
      return [name, { ...checked, value: checkedValue(checks, input, input.value, [...path, 'value']) }]
    }),
  )
}

function checkedTopology(checks: ValueChecks, topology: TopologyTemplate): TopologyTemplate {
  const nodes = Object.entries(topology.node_templates)
  checkKept(checks, topology.outputs, [TOPOLOGY, 'outputs'])
  checkRepeatedPolicies(checks, topology.policies)
  return {
    ...topology,
    node_templates: recordOf(nodes.map(([name, node]) => [name, checkedNode({ ...checks, self: name }, name, node)])),
    policies: topology.policies.map((item, index) =>
      recordOf(
        Object.entries(item).map(([name, policy]) => [
          name,
          checkedPolicy(checks, policy, [TOPOLOGY, 'policies', index, name]),
        ]),
      ),
    ),
  }
}

function checkedNode(checks: ValueChecks, name: string, node: NodeTemplate): NodeTemplate {
  const path = [TOPOLOGY, 'node_templates', name]
  const { types } = checks.evaluation
  const type = types.find('node_types', node.type)
  if (type === undefined && !isNormative(node.type) && node.type !== '') {
    const declared = types.names('node_types')
    const some = declared.length === 0 ? 'no node types are declared' : `declared: ${declared.slice(0, 5).join(', ')}`
    const hint = nameHint(checks.reading, node.type, declared) ?? `${some}${declared.length > 5 ? ', …' : ''}`
    const message = `the node type '${node.type}' isn't declared`
    checks.reading.error([...path, 'type'], { code: 'unknown-type', message, hint })
  }
  checkTypeVersion(checks, type, node, path)
  const properties = assigned(checks, 'node_types', node, [...path, 'properties'])
  for (const [property, definition] of types.properties('node_types', node.type)) {
    const isMissing = isRequired(definition) && definition.default === undefined && isUnset(node.properties, property)
    if (!isMissing || !isCommon(definition)) continue
    const message = `the property '${property}' is missing: it is set once per type, so no instance can bring it`
    checks.reading.warning([...path, 'properties'], { code: 'missing-property', message, atKey: true })
  }
  const { attributes, requirements, capabilities, interfaces, artifacts } = node
  for (const [key, value] of Object.entries({ attributes, requirements, capabilities, interfaces, artifacts })) {
    checkKept(checks, value, [...path, key])
  }
  return { ...node, properties }
}

function checkedPolicy(checks: ValueChecks, policy: Policy, path: Path): Policy {
  const { types } = checks.evaluation
  const type = types.find('policy_types', policy.type)
  if (type === undefined && !isNormative(policy.type) && policy.type !== '') {
    const message = `the policy type '${policy.type}' isn't declared: its properties aren't checked`
    const hint =
      nameHint(checks.reading, policy.type, types.names('policy_types')) ?? 'the policy framework has to know it'
    checks.reading.warning([...path, 'type'], { code: 'unknown-type', message, hint })
  }
  checkTypeVersion(checks, type, policy, path)
  checkTargets(checks, policy, [...path, 'targets'])
  const properties = assigned(checks, 'policy_types', policy, [...path, 'properties'])
  for (const [name, definition] of types.properties('policy_types', policy.type)) {
    if (!isRequired(definition) || definition.default !== undefined || !isUnset(policy.properties, name)) continue
    const message = `the property '${name}' is missing`
    checks.reading.warning([...path, 'properties'], { code: 'missing-property', message, atKey: true })
  }
  return { ...policy, properties }
}

/** Node templates, or groups of them. */
function checkTargets({ evaluation, reading }: ValueChecks, { targets }: Policy, path: Path): void {
  if (!Array.isArray(targets)) return
  const { node_templates: nodes, groups } = evaluation.template.topology_template
  const known = new Set([...Object.keys(nodes), ...Object.keys(isRecord(groups) ? groups : {})])
  for (const [index, target] of (targets as readonly unknown[]).entries()) {
    if (typeof target !== 'string' || known.has(target)) continue
    const message = `there is neither a node template nor a group '${target}'`
    reading.warning([...path, index], { code: 'unknown-node', message, hint: nameHint(reading, target, known) })
  }
}

function assigned(
  checks: ValueChecks,
  section: 'node_types' | 'policy_types',
  { type, properties }: NodeTemplate | Policy,
  path: Path,
): Record<string, unknown> {
  const { types } = checks.evaluation
  if (areKnown(types, section, type)) {
    return assignedProperties(checks, types.properties(section, type), properties, path, `'${type}'`)
  }
  // Ancestors may declare more than is known here, so only what is known is checked.
  const known: PropertyDefinitions = types.properties(section, type)
  return recordOf(
    Object.entries(properties).map(([name, value]) => {
      const definition = known.get(name) ?? { type: 'any' }
      return [name, checkedValue(checks, definition, value, [...path, name])]
    }),
  )
}

/** The same name may be there in several versions, not twice in one. */
function checkRepeatedPolicies({ reading }: ValueChecks, policies: TopologyTemplate['policies']): void {
  const seen = new Set<string>()
  for (const [index, item] of policies.entries()) {
    for (const [name, { version }] of Object.entries(item)) {
      const key = `${name} ${version}`
      if (seen.has(key)) {
        const message = `the policy '${name}' is there twice in version ${version}`
        reading.error([TOPOLOGY, 'policies', index, name], { code: 'duplicate-key', message, atKey: true })
      }
      seen.add(key)
    }
  }
}
