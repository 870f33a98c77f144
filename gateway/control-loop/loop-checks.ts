/** Control loops as people want them, against what is commissioned: what an entity is told, or all that is wrong. Pure. */
import type { LoopSpec } from '../../actors/control-loop/protocol.ts'
import type { Finding } from '../../actors/model/descriptor.ts'
import { formatPath, type Path } from '../../actors/model/json-path.ts'
import type { ControlLoopType, ElementType } from '../../actors/model/tosca/element-type.ts'
import { checkedInstance } from '../../actors/model/tosca/instance-checks.ts'
import type { ServiceTemplate } from '../../actors/model/tosca/service-template.ts'
import { type Concept, conceptText, isSameConcept } from '../../participants/protocol/concept.ts'
import { propertyValues } from '../../participants/protocol/istanbul/tosca-property.ts'
import { nearestNames } from '../hints.ts'
import { ordersTooLarge } from './message-sizes.ts'
import { elementIdOf, type WantedElement, type WantedLoop } from './onap/shapes.ts'

export interface LoopKnowledge {
  readonly template: ServiceTemplate
  readonly type: ControlLoopType
  /** Of the policies and types that some elements are sent. */
  readonly fragmentBytes: number
  /** Registered participants of a type, by `name:version` of the type. */
  readonly participants: ReadonlyMap<string, readonly Concept[]>
}

export interface CheckedLoop {
  /** Absent if there is an error among the findings. */
  readonly spec?: LoopSpec
  readonly findings: readonly Finding[]
}

type Remark = (severity: Finding['severity'], code: string, path: Path, message: string, hint?: string) => void

/**
 * @param path where the loop stands in the body
 * @param textAt single values as they were written, where that is known
 */
export const checkLoop = (
  loop: WantedLoop,
  path: Path,
  { template, type, fragmentBytes, participants }: LoopKnowledge,
  textAt?: (path: Path) => string | undefined,
): CheckedLoop => {
  const findings: Finding[] = []
  const remark: Remark = (severity, code, at, message, hint) => {
    findings.push({
      severity,
      code,
      message,
      path: formatPath([...path, ...at]),
      ...(hint === undefined ? {} : { hint }),
    })
  }
  const ids = new Set<string>()
  const specs = Object.entries(loop.elements).flatMap(([key, element]) => {
    const at = ['elements', key]
    const elementId = elementIdOf(key, element)
    if (ids.has(elementId)) remark('error', 'duplicate-element', at, `the id ${elementId} is there twice`)
    ids.add(elementId)
    const elementType = typeOf(type, element.definition, at, remark)
    if (!elementType) return []
    warnOfOtherType(element, elementType, at, remark)
    const participantId = participantOf(element, elementType, participants, at, remark)
    const given = propertyValues(element.propertiesMap ?? {}, propertiesOf(elementType))
    const inMap = [...path, ...at, 'propertiesMap']
    const written = textAt && (([_properties, ...rest]: Path) => textAt([...inMap, ...rest]))
    const { properties, findings: found } = checkedInstance(template, element.definition, given, written)
    for (const finding of found) findings.push(movedInto(finding, formatPath(inMap)))
    if (!participantId) return []
    const { definition, participantType } = elementType
    return [
      { elementId, definition, participantType, participantId, description: element.description ?? '', properties },
    ]
  })
  warnOfNumbers(loop, type, remark)
  const { definition, description } = loop
  const spec: LoopSpec = { definition, description: description ?? '', elements: specs }
  const tooLarge = ordersTooLarge(loop, spec, type, fragmentBytes)
  if (tooLarge !== undefined) remark('error', 'too-large', ['elements'], tooLarge)
  const isWrong = findings.some(({ severity }) => severity === 'error')
  return { ...(isWrong ? {} : { spec }), findings }
}

const propertiesOf = ({ nodeTemplate }: ElementType): Readonly<Record<string, unknown>> => {
  const { properties } = nodeTemplate
  return typeof properties === 'object' && properties !== null ? (properties as Record<string, unknown>) : {}
}

const typeOf = (
  { definition: loop, elements }: ControlLoopType,
  wanted: Concept,
  at: Path,
  remark: Remark,
): ElementType | undefined => {
  const found = elements.find(({ definition }) => isSameConcept(definition, wanted))
  if (found) return found
  const sameName = elements.find(({ definition }) => definition.name === wanted.name)
  const known = elements.map(({ definition }) => conceptText(definition))
  const [nearest] = nearestNames(conceptText(wanted), known)
  remark(
    'error',
    'unknown-element',
    [...at, 'definition'],
    sameName
      ? `the element ${wanted.name} is commissioned in version ${sameName.definition.version}, not ${wanted.version}`
      : `${conceptText(loop)} has no element ${conceptText(wanted)}`,
    sameName ? `write version ${sameName.definition.version}` : nearest && `did you mean ${nearest}?`,
  )
  return undefined
}

/** Real requests name other versions of participant types than their templates; only those of the template can be told apart. */
const warnOfOtherType = ({ participantType }: WantedElement, type: ElementType, at: Path, remark: Remark): void => {
  if (!participantType || isSameConcept(participantType, type.participantType)) return
  const wanted = conceptText(type.participantType)
  remark(
    'warning',
    'participant-type',
    [...at, 'participantType'],
    `the definition asks for a participant of type ${wanted}, not ${conceptText(participantType)}: the definition counts`,
  )
}

/** The one that is named, else the definition's, else the only one that is registered. */
const participantOf = (
  { participantId }: WantedElement,
  type: ElementType,
  participants: LoopKnowledge['participants'],
  at: Path,
  remark: Remark,
): Concept | undefined => {
  const named = participantId ?? type.participantId
  if (named) return named
  const typeText = conceptText(type.participantType)
  const registered = participants.get(typeText) ?? []
  const [only] = registered
  if (only && registered.length === 1) return only
  const names = registered.slice(0, 5).map(conceptText).join(', ')
  const hint = only ? `name one of them as participantId: ${names}` : 'name one as participantId'
  const message = `no participant is named, and ${registered.length || 'none'} of type ${typeText} ${registered.length > 1 ? 'are' : 'is'} registered`
  remark('error', 'no-participant', [...at, 'participantId'], message, hint)
  return undefined
}

/** Real requests leave elements out, and have others twice: that is odd, but it works. */
const warnOfNumbers = (loop: WantedLoop, { elements }: ControlLoopType, remark: Remark): void => {
  for (const { definition } of elements) {
    const count = Object.values(loop.elements).filter((one) => isSameConcept(one.definition, definition)).length
    if (count !== 1)
      remark('warning', 'element-count', ['elements'], `the element ${conceptText(definition)} is there ${count} times`)
  }
}

/** The model's paths begin at the element: `$.properties.x`. */
const movedInto = (finding: Finding, place: string): Finding => ({
  ...finding,
  path: finding.path.replace(/^\$(\.properties)?/, () => place),
})
