/** The elements that a loop lists, and the node templates that they are. */
import { ownEntry } from '../../own-entry.ts'
import { concept, conceptText, type Concept } from '../../../participants/protocol/concept.ts'
import type { Path } from '../json-path.ts'
import type { Reading } from '../reading.ts'
import type { Evaluation } from './evaluation.ts'
import type { NodeTemplateView } from './node-template-views.ts'
import type { NodeTemplate } from './service-template.ts'
import { described } from './simple-value-checks.ts'
import { nameHint } from './tosca-reading.ts'
import { isNormative, isOfType } from './type-hierarchy.ts'

const CONTROL_LOOP_ELEMENT = 'org.onap.policy.clamp.controlloop.ControlLoopElement'

/** More would not fit into the messages that tell of them: one tells of all elements of a loop that a participant has. */
export const ELEMENTS_MAX = 1_000

export function elementNames(reading: Reading, view: NodeTemplateView): readonly (readonly [Concept, Path])[] {
  const path = ['topology_template', 'node_templates', view.name, 'properties', 'elements']
  const { elements } = view.properties
  if (!Array.isArray(elements) || elements.length === 0) {
    const message = `the loop '${view.name}' needs a list of elements, but here is ${
      Array.isArray(elements) ? 'an empty one' : described(elements)
    }`
    reading.error(path, { code: 'no-elements', message })
    return []
  }
  if (elements.length > ELEMENTS_MAX) {
    const message = `the loop '${view.name}' has ${elements.length} elements; ${ELEMENTS_MAX} are the most`
    reading.error(path, { code: 'too-many-elements', message, hint: 'make several loops of it' })
    return []
  }
  const seen = new Set<string>()
  return elements.flatMap((item: unknown, index) => {
    const at = [...path, index]
    const parsed = concept.safeParse(item)
    if (!parsed.success) {
      const message = `an element is a name and a version, but here is ${described(item)}`
      reading.error(at, {
        code: 'wrong-type',
        message,
        hint: 'for instance {name: org.example.Element, version: 1.0.0}',
      })
      return []
    }
    const element = parsed.data
    if (seen.has(conceptText(element))) {
      reading.error(at, { code: 'duplicate-element', message: `the element '${element.name}' is there twice` })
      return []
    }
    seen.add(conceptText(element))
    return [[element, at] as const]
  })
}

export function elementNode(
  { template, types }: Evaluation,
  reading: Reading,
  { name, version }: Concept,
  path: Path,
): NodeTemplate | undefined {
  const nodes = template.topology_template.node_templates
  const node = ownEntry(nodes, name)
  if (node === undefined) {
    const hint = nameHint(reading, name, Object.keys(nodes))
    reading.error(path, { code: 'unknown-element', message: `there is no node template '${name}'`, hint })
    return undefined
  }
  if (node.version !== version) {
    const message = `the node template '${name}' has the version ${node.version}, not ${version}`
    reading.error(path, { code: 'unknown-element', message, hint: `write version: ${node.version}` })
    return undefined
  }
  if (isOfType(types, 'node_types', node.type, CONTROL_LOOP_ELEMENT)) return node
  const { undeclared } = types.lineage('node_types', node.type)
  const isOpen = undeclared !== undefined && !isNormative(undeclared)
  const hint = isOpen ? `declare '${undeclared}'` : `its type has to derive from ${CONTROL_LOOP_ELEMENT}`
  reading.error(path, { code: 'not-an-element', message: `'${name}' is not a control loop element`, hint })
  return undefined
}
