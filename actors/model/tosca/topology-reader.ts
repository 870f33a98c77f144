/** The topology template: inputs, node templates with their artifacts, and policies. */
import { entriesOf, recordOf, textOf, type Cursor, type Reading } from '../reading.ts'
import { checkConceptName, checkRepeatedName, completedVersion, readTypeVersion } from './concept-names.ts'
import type { DefinitionReading } from './definition-reading.ts'
import { jsonOf } from './json-values.ts'
import { readInputs, readMetadata } from './property-definitions.ts'
import { readArtifacts } from './artifact-reader.ts'
import { NO_VERSION, type NodeTemplate, type Policy, type TopologyTemplate } from './service-template.ts'
import { keptOf, namedEntries, toscaFields } from './tosca-fields.ts'

const KEPT_KEYS = ['outputs', 'relationship_templates', 'groups', 'substitution_mappings', 'workflows'] as const
const KEYS = ['description', 'inputs', 'node_templates', 'policies', ...KEPT_KEYS] as const

const TEMPLATE_KEYS = [
  'name',
  'type',
  'type_version',
  'version',
  'derived_from',
  'description',
  'metadata',
  'properties',
] as const
const NODE_KEPT_KEYS = ['requirements', 'capabilities', 'interfaces', 'directives', 'node_filter', 'copy'] as const
const POLICY_KEPT_KEYS = ['targets', 'triggers'] as const

export function readTopology(reading: DefinitionReading, cursor: Cursor | undefined): TopologyTemplate {
  const fields = toscaFields(reading, cursor, `'topology_template'`, KEYS)
  const description = textOf(reading, fields.description, `'description'`)
  const nodes = entriesOf(reading, fields.node_templates, `'node_templates'`)
  const policies = namedEntries(reading, fields.policies, `'policies'`)
  return {
    ...(description === undefined ? {} : { description }),
    inputs: readInputs(reading, fields.inputs),
    node_templates: recordOf(nodes.map(([name, node]) => [name, readNodeTemplate(reading, node, name)])),
    policies: policies.map(([name, policy]) => recordOf([[name, readPolicy(reading, policy, name)]])),
    ...keptOf(fields, KEPT_KEYS),
  }
}

function readNodeTemplate(reading: Reading, cursor: Cursor, name: string): NodeTemplate {
  const what = `the node template '${name}'`
  const keys = [...TEMPLATE_KEYS, 'attributes', 'artifacts', ...NODE_KEPT_KEYS] as const
  const fields = toscaFields(reading, cursor, what, keys)
  const attributes = valuesOf(reading, fields.attributes, `the attributes of '${name}'`)
  const artifacts = readArtifacts(reading, fields.artifacts)
  return {
    ...readTemplate(reading, cursor, fields, name, what),
    ...(fields.attributes === undefined ? {} : { attributes }),
    ...(Object.keys(artifacts).length === 0 ? {} : { artifacts }),
    ...keptOf(fields, NODE_KEPT_KEYS),
  }
}

function readPolicy(reading: Reading, cursor: Cursor, name: string): Policy {
  const what = `the policy '${name}'`
  const fields = toscaFields(reading, cursor, what, [...TEMPLATE_KEYS, ...POLICY_KEPT_KEYS])
  return { ...readTemplate(reading, cursor, fields, name, what), ...keptOf(fields, POLICY_KEPT_KEYS) }
}

type TemplateFields = Readonly<Partial<Record<(typeof TEMPLATE_KEYS)[number], Cursor>>>

function readTemplate(reading: Reading, cursor: Cursor, fields: TemplateFields, name: string, what: string) {
  checkConceptName(reading, cursor, name, what)
  checkRepeatedName(reading, fields.name, name, what)
  const type = textOf(reading, fields.type, `the type of ${what}`)
  if (type === undefined) reading.error(cursor.path, { code: 'no-type', message: `${what} has no type` })
  const typeVersion = readTypeVersion(reading, fields.type_version)
  const derivedFrom = textOf(reading, fields.derived_from, `'derived_from'`)
  const description = textOf(reading, fields.description, `'description'`)
  return {
    type: type ?? '',
    ...(typeVersion === undefined ? {} : { type_version: typeVersion }),
    version: completedVersion(reading, fields.version) ?? NO_VERSION,
    ...(derivedFrom === undefined ? {} : { derived_from: derivedFrom }),
    ...(description === undefined ? {} : { description }),
    ...readMetadata(reading, fields.metadata),
    properties: valuesOf(reading, fields.properties, `the properties of '${name}'`),
  }
}

function valuesOf(reading: Reading, cursor: Cursor | undefined, what: string): Record<string, unknown> {
  return recordOf(entriesOf(reading, cursor, what).map(([name, value]) => [name, jsonOf(value.node)]))
}
