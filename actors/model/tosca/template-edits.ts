/** Changes of a template: each gives a new one that is checked as a whole, or says what is wrong with it. */
import { ownEntry } from '../../own-entry.ts'
import { conceptText } from '../../../participants/protocol/concept.ts'
import type { Properties } from '../../../participants/protocol/conversation.ts'
import type { Finding } from '../descriptor.ts'
import { recordOf, type Reading } from '../reading.ts'
import { checkExport } from './export-size.ts'
import type { NodeTemplate, ServiceTemplate } from './service-template.ts'
import { checkedTemplate } from './template-checks.ts'
import { createToscaReading, hasErrors, nameHint } from './tosca-reading.ts'
import { isCommon, typesOf } from './type-hierarchy.ts'

export interface TemplateEdit {
  /** Absent if there is an error among the findings. */
  readonly template?: ServiceTemplate
  /** Of the change: what was wrong or odd before isn't repeated. Paths are those of the template. */
  readonly findings: readonly Finding[]
}

/**
 * Sets properties that are set once per type (`metadata.common`). Null takes a value away, so that the default counts.
 *
 * @param changes by `conceptText` of the node template
 */
export function withCommonProperties(
  template: ServiceTemplate,
  changes: ReadonlyMap<string, Properties>,
): TemplateEdit {
  const reading = createToscaReading()
  const nodes = template.topology_template.node_templates
  const byConcept = new Map(
    Object.entries(nodes).map(([name, node]) => [conceptText({ name, version: node.version }), name]),
  )
  const edited = new Map<string, NodeTemplate>()
  for (const [text, properties] of changes) {
    const name = byConcept.get(text)
    const node = name === undefined ? undefined : ownEntry(nodes, name)
    if (name === undefined || node === undefined) {
      const hint = nameHint(reading, text, byConcept.keys())
      const message = `there is no node template '${text.slice(0, 100)}'`
      reading.error(['topology_template', 'node_templates'], { code: 'unknown-node', message, hint })
      continue
    }
    refuseOthers(reading, template, name, node, properties)
    const set = Object.entries({ ...node.properties, ...properties }).filter(([, value]) => value !== null)
    edited.set(name, { ...node, properties: recordOf(set) })
  }
  const node_templates = recordOf(Object.entries(nodes).map(([name, node]) => [name, edited.get(name) ?? node]))
  return checkedEdit(template, reading, { ...template.topology_template, node_templates })
}

function refuseOthers(
  reading: Reading,
  template: ServiceTemplate,
  name: string,
  node: NodeTemplate,
  properties: Properties,
): void {
  const definitions = typesOf(template).properties('node_types', node.type)
  const common = [...definitions].filter(([, definition]) => isCommon(definition)).map(([property]) => property)
  for (const property of Object.keys(properties)) {
    if (common.includes(property)) continue
    const path = ['topology_template', 'node_templates', name, 'properties', property]
    const isInstance = definitions.has(property)
    const code = isInstance ? 'instance-property' : 'unknown-property'
    const message = isInstance
      ? `'${property}' is set per instance, not once per type`
      : `'${node.type}' has no property '${property}'`
    reading.error(path, { code, message, hint: nameHint(reading, property, common) })
  }
}

function checkedEdit(
  before: ServiceTemplate,
  reading: Reading,
  topology_template: ServiceTemplate['topology_template'],
): TemplateEdit {
  const known = createToscaReading()
  checkedTemplate(before, known)
  const old = new Set(known.findings.map(keyOf))
  const after = createToscaReading()
  const template = checkedTemplate({ ...before, topology_template }, after)
  if (!hasErrors(after.findings)) checkExport(template, after)
  const findings = [...reading.findings, ...after.findings.filter((finding) => !old.has(keyOf(finding)))]
  return { ...(hasErrors(findings) ? {} : { template }), findings }
}

const keyOf = ({ path, code, message }: Finding): string => `${path} ${code} ${message}`
