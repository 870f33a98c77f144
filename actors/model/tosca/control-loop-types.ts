/** The types of control loops that a template defines, with their elements. */
import { ownEntry } from '../../own-entry.ts'
import { conceptText } from '../../../participants/protocol/concept.ts'
import type { Finding } from '../descriptor.ts'
import { formatPath } from '../json-path.ts'
import type { Reading } from '../reading.ts'
import { elementTypeOf } from './element-reader.ts'
import type { ControlLoopType, ElementType } from './element-type.ts'
import { evaluationOf, type Evaluation } from './evaluation.ts'
import { elementNames, elementNode } from './loop-elements.ts'
import { viewsOf, type NodeTemplateView } from './node-template-views.ts'
import type { NodeTemplate, ServiceTemplate } from './service-template.ts'
import { createToscaReading, hasErrors, type Locate } from './tosca-reading.ts'

export const CONTROL_LOOP = 'org.onap.policy.clamp.controlloop.ControlLoop'

export interface ControlLoopTypes {
  /** Those without an error. */
  readonly types: readonly ControlLoopType[]
  readonly findings: readonly Finding[]
}

interface ElementRead {
  readonly type: ElementType | undefined
  readonly findings: readonly Finding[]
}

/**
 * Every node template whose type is or derives from `ControlLoop`. A template may define any number of them.
 *
 * @param locate where things stand in the text, if there is one
 */
export function controlLoopTypes(template: ServiceTemplate, locate?: Locate): ControlLoopTypes {
  const evaluation = evaluationOf(template)
  // Each element is read once, of however many loops it is a part.
  const elements = new Map<string, ElementRead>()
  const elementOf = (name: string, node: NodeTemplate): ElementRead => {
    const read = elements.get(name) ?? readElement(evaluation, createToscaReading(locate), name, node)
    elements.set(name, read)
    return read
  }
  const types: ControlLoopType[] = []
  const findings: Finding[] = []
  for (const view of viewsOf(evaluation, { ofType: CONTROL_LOOP })) {
    const reading = createToscaReading(locate)
    const parts = elementNames(reading, view).flatMap(([element, path]) => {
      const node = elementNode(evaluation, reading, element, path)
      return node === undefined ? [] : [elementOf(element.name, node)]
    })
    findings.push(...reading.findings)
    if (hasErrors(reading.findings) || parts.some((part) => hasErrors(part.findings))) continue
    types.push(
      loopTypeOf(
        view,
        parts.flatMap(({ type }) => type ?? []),
      ),
    )
  }
  // Then functions were left as they are, and participants would get those instead of values.
  if (evaluation.work.left < 0) return { types: [], findings: [tooLarge(locate)] }
  return { types, findings: [...findings, ...[...elements.values()].flatMap((element) => element.findings)] }
}

function tooLarge(locate: Locate | undefined): Finding {
  const path = ['topology_template', 'node_templates']
  const place = locate?.(path, 'key') ?? { path: formatPath(path) }
  const message = 'too many values, or too long texts, once references are replaced by what they refer to'
  return { severity: 'error', code: 'too-large', message, ...place }
}

function loopTypeOf(view: NodeTemplateView, elements: readonly ElementType[]): ControlLoopType {
  const { provider } = view.properties
  return {
    definition: { name: view.name, version: view.version },
    ...(view.description === undefined ? {} : { description: view.description }),
    ...(typeof provider === 'string' ? { provider } : {}),
    elements: [...elements],
  }
}

function readElement(evaluation: Evaluation, reading: Reading, name: string, node: NodeTemplate): ElementRead {
  const type = elementTypeOf(evaluation, reading, name, node)
  if (type !== undefined) checkParticipant(evaluation, reading, type)
  return { type, findings: reading.findings }
}

/** Participants may be known elsewhere; one that the template itself defines in another version looks like a slip. */
function checkParticipant(
  { template }: Evaluation,
  reading: Reading,
  { definition, participantType }: ElementType,
): void {
  const participant = ownEntry(template.topology_template.node_templates, participantType.name)
  if (participant === undefined || participant.version === participantType.version) return
  const message = `'${definition.name}' asks for ${conceptText(participantType)}, but the template has version ${participant.version} of it`
  const path = ['topology_template', 'node_templates', definition.name, 'properties']
  reading.warning(path, { code: 'participant-version', message, hint: `is ${participant.version} what was meant?` })
}
