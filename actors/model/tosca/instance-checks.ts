/** The properties of one instance of an element, against the element's type. */
import { ownEntry } from '../../own-entry.ts'
import type { Concept } from '../../../participants/protocol/concept.ts'
import type { Properties } from '../../../participants/protocol/conversation.ts'
import type { Finding } from '../descriptor.ts'
import { evaluationOf } from './evaluation.ts'
import type { ServiceTemplate } from './service-template.ts'
import { createToscaReading, nameHint } from './tosca-reading.ts'
import { areKnown, isCommon, isRequired } from './type-hierarchy.ts'
import { checkedValue, isUnset, type ValueChecks } from './value-checks.ts'

export interface CheckedInstance {
  readonly findings: readonly Finding[]
  /** As their types want them (a number for `'5'`), functions left as they are. */
  readonly properties: Properties
}

/**
 * Paths are `$.properties.<name>…`. Functions in the values are those of the template (`get_input`, …).
 * @param textAt single values as they were written, where there is a text
 */
export function checkedInstance(
  template: ServiceTemplate,
  element: Concept,
  properties: Properties,
  textAt?: ValueChecks['textAt'],
): CheckedInstance {
  const reading = createToscaReading()
  const nodes = template.topology_template.node_templates
  const node = ownEntry(nodes, element.name)
  if (node?.version !== element.version) {
    const message = `there is no element '${element.name}' in version ${element.version}`
    reading.error([], { code: 'unknown-element', message, hint: nameHint(reading, element.name, Object.keys(nodes)) })
    return { findings: reading.findings, properties }
  }
  const evaluation = evaluationOf(template, reading)
  const checks: ValueChecks = { evaluation, reading, self: element.name, textAt }
  const checked: Record<string, unknown> = { ...properties }
  const definitions = evaluation.types.properties('node_types', node.type)
  // Where the template itself gives a property that no type declares, or ancestors aren't known, the type is open.
  const isOpen = !areKnown(evaluation.types, 'node_types', node.type)
  for (const [name, value] of Object.entries(properties)) {
    const path = ['properties', name]
    const definition = definitions.get(name)
    if (definition !== undefined && isCommon(definition)) {
      const message = `'${name}' is set once per type, when it is commissioned: no instance can set it`
      reading.error(path, { code: 'common-property', message, atKey: true })
    } else if (definition !== undefined) checked[name] = checkedValue(checks, definition, value, path)
    else {
      const severity = isOpen || ownEntry(node.properties, name) !== undefined ? 'warning' : 'error'
      const hint = nameHint(
        reading,
        name,
        [...definitions].flatMap(([known, one]) => (isCommon(one) ? [] : [known])),
      )
      const message = `'${node.type}' has no property '${name}'`
      reading[severity](path, { code: 'unknown-property', message, hint, atKey: true })
      checkedValue(checks, { type: 'any' }, value, path)
    }
  }
  for (const [name, definition] of definitions) {
    const isGiven = !isUnset(properties, name) || !isUnset(node.properties, name) || definition.default !== undefined
    if (isGiven || isCommon(definition) || !isRequired(definition)) continue
    reading.warning(['properties'], { code: 'missing-property', message: `the property '${name}' is missing` })
  }
  return { findings: reading.findings, properties: checked }
}
