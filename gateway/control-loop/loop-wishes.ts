/** Loops of a request, all of them checked against what is commissioned before any of them is carried out. */
import type { LoopSpec } from '../../actors/control-loop/protocol.ts'
import type { Finding } from '../../actors/model/descriptor.ts'
import { formatPath, parsePath, type Path } from '../../actors/model/json-path.ts'
import type { ControlLoopType } from '../../actors/model/tosca/element-type.ts'
import { type Concept, conceptText } from '../../participants/protocol/concept.ts'
import { findingText } from '../lifecycle/descriptors.ts'
import { nearestNames } from '../hints.ts'
import { Problem } from '../problem.ts'
import type { Commissioned } from './commissioned.ts'
import { warningsIn } from './findings.ts'
import { checkLoop, type LoopKnowledge } from './loop-checks.ts'
import { elementIdOf, type WantedLoop } from './onap/shapes.ts'
import type { RegisteredParticipants } from './registered-participants.ts'

/** Later ones are left out: nobody reads them. */
const FINDINGS_MAX = 100
const LIST = 'controlLoopList'

export interface CheckedWish {
  readonly id: Concept
  readonly spec: LoopSpec
}

export interface CheckedWishes {
  readonly wishes: readonly CheckedWish[]
  readonly warnings: readonly Finding[]
}

/** Of a body that is no list of loops, but became one. */
export interface LoopSource {
  /** Where in the body it stands what stands there in the list (`$.controlLoopList[0]…`). */
  readonly placed: (path: Path) => Path
  /** Line and column of what stands there in the body. */
  readonly locate: (path: Path) => Pick<Finding, 'line' | 'column'>
  /** A single value there as it was written. */
  readonly textAt: (path: Path) => string | undefined
}

/** Throws a `Problem`: 400 with everything that is wrong with any of them. */
export type CheckWishes = (loops: readonly WantedLoop[], source?: LoopSource) => Promise<CheckedWishes>

export const wishChecks = (commissioned: Commissioned, registry: RegisteredParticipants): CheckWishes => {
  /** Of each definition that the request names, once. */
  const knowledge = async (loops: readonly WantedLoop[]): Promise<ReadonlyMap<string, LoopKnowledge>> => {
    const definitions = new Map(loops.map(({ definition }) => [conceptText(definition), definition]))
    const found = await Promise.all(
      [...definitions].map(async ([text, id]) => {
        const definition = await commissioned.definition(id)
        const template = definition && (await commissioned.templateOf(definition))
        const type = template?.types.get(text)
        if (!template || !type) return undefined
        const own = loops.filter((loop) => conceptText(loop.definition) === text)
        const { fragmentBytes } = template
        const participants = await registered(type, own)
        return [text, { template: template.template, type, fragmentBytes, participants }] as const
      }),
    )
    return new Map(found.filter((one) => one !== undefined))
  }

  /** Only of types where somebody leaves it to us to choose. */
  const registered = async (type: ControlLoopType, loops: readonly WantedLoop[]) => {
    const open = new Set(
      loops.flatMap(({ elements }) =>
        Object.values(elements).flatMap(({ definition, participantId }) =>
          participantId ? [] : [conceptText(definition)],
        ),
      ),
    )
    const types = new Map(
      type.elements
        .filter(({ definition, participantId }) => !participantId && open.has(conceptText(definition)))
        .map(({ participantType }) => [conceptText(participantType), participantType]),
    )
    return new Map(
      await Promise.all([...types].map(async ([text, one]) => [text, await registry.ofType(one)] as const)),
    )
  }

  return async (loops, source) => {
    const known = await knowledge(loops)
    const findings: Finding[] = [...duplicates(loops)]
    const wishes: CheckedWish[] = []
    for (const [index, loop] of loops.entries()) {
      const path = [LIST, index]
      const own = known.get(conceptText(loop.definition))
      if (!own) {
        findings.push(await unknownDefinition(loop, path, commissioned))
        continue
      }
      const checked = checkLoop(loop, path, own, source && ((inList) => source.textAt(source.placed(inList))))
      findings.push(...checked.findings)
      const { name, version } = loop
      if (checked.spec) wishes.push({ id: { name, version }, spec: checked.spec })
    }
    const told = source
      ? findings.map((finding) => {
          const placed = source.placed(parsePath(finding.path))
          return { ...finding, path: formatPath(placed), ...source.locate(placed) }
        })
      : findings
    refuseErrors(told)
    return { wishes, warnings: warningsIn(told).slice(0, FINDINGS_MAX) }
  }
}

const unknownDefinition = async (
  { definition }: WantedLoop,
  path: Path,
  commissioned: Commissioned,
): Promise<Finding> => {
  const [nearest] = nearestNames(conceptText(definition), await commissioned.definitionNames())
  return {
    severity: 'error',
    code: 'definition-not-commissioned',
    message: `Commissioned control loop definition not found: ${conceptText(definition)}`,
    ...(nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }),
    path: formatPath([...path, 'definition']),
  }
}

/** The same loop, or an id of an element in several loops of one request. */
const duplicates = (loops: readonly WantedLoop[]): readonly Finding[] => {
  const names = new Set<string>()
  const loopOfElement = new Map<string, number>()
  return loops.flatMap((loop, index) => {
    const found: Finding[] = []
    const add = (code: string, at: Path, message: string): void => {
      found.push({ severity: 'error', code, message, path: formatPath([LIST, index, ...at]) })
    }
    const text = conceptText(loop)
    if (names.has(text)) add('duplicate-loop', [], `${text} is there twice`)
    names.add(text)
    for (const [key, element] of Object.entries(loop.elements)) {
      const elementId = elementIdOf(key, element)
      const other = loopOfElement.get(elementId)
      if (other !== undefined && other !== index)
        add('duplicate-element', ['elements', key], `the id ${elementId} is an element's of another loop, too`)
      loopOfElement.set(elementId, index)
    }
    return found
  })
}

const refuseErrors = (findings: readonly Finding[]): void => {
  const errors = findings.filter(({ severity }) => severity === 'error')
  const [first] = errors
  if (!first) return
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  throw new Problem({
    status: 400,
    code: 'control-loops-invalid',
    message: `nothing was done: ${findingText(first)}${more}`,
    details: { findings: findings.slice(0, FINDINGS_MAX) },
  })
}
