/** A service template as text again. What is written loads to the same template. */
import { stringify } from 'yaml'
import type { Properties } from '../../../participants/protocol/conversation.ts'
import { isRecord, TYPE_SECTIONS, type ServiceTemplate } from './service-template.ts'
import { TOSCA_LIMITS, type ToscaFormat } from './tosca-text.ts'

/** In TOSCA's words and the usual order, without sections that are empty. */
export function writtenTemplate(template: ServiceTemplate): Properties {
  const { tosca_definitions_version, name, version, description, metadata, topology_template: topology } = template
  const { namespace, repositories, imports, artifact_types, interface_types, group_types } = template
  const types = TYPE_SECTIONS.map((section) => [section, template[section]] as const)
  const { inputs, node_templates, policies, ...rest } = topology
  return present({
    tosca_definitions_version,
    name,
    version,
    description,
    metadata,
    namespace,
    repositories,
    imports,
    artifact_types,
    ...Object.fromEntries(types.map(([section, entities]) => [section, filled(entities)])),
    interface_types,
    group_types,
    topology_template: filled(
      present({
        ...rest,
        inputs: filled(inputs),
        node_templates: filled(node_templates),
        policies: policies.length === 0 ? undefined : policies,
      }),
    ),
  })
}

const present = (fields: Properties): Properties =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const filled = (section: unknown): unknown =>
  isRecord(section) && Object.keys(section).length === 0 ? undefined : section

/** A template that is too large to be read again if its lines are indented is JSON in one line, which is YAML, too. */
export function exportTosca(template: ServiceTemplate, format: ToscaFormat): string {
  const written = writtenTemplate(template)
  const text = format === 'json' ? `${JSON.stringify(written, undefined, 2)}\n` : yamlOf(written)
  return Buffer.byteLength(text) <= TOSCA_LIMITS.bytesMax ? text : `${JSON.stringify(written)}\n`
}

/** `compat`: what an older parser would take for something else (yes, 1:30) is put in quotes. No line is folded. */
const yamlOf = (written: Properties): string =>
  stringify(written, { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' })
