/** What a service template's entity stores, from the template itself. Pure. */
import type { ControlLoopType, ElementType } from '../../actors/model/tosca/element-type.ts'
import type { ServiceTemplate } from '../../actors/model/tosca/service-template.ts'
import { templateFragment } from '../../actors/model/tosca/template-fragment.ts'
import type { DefinitionType } from '../../actors/control-loop-definition/protocol.ts'
import type { Content } from '../../actors/service-template/protocol.ts'
import { conceptText } from '../../participants/protocol/concept.ts'

/** The definition's entity takes no longer texts; the whole text stays in the template. */
const TEXT_CHARS_MAX = 4_000

/** `types`: all of the template's, without an error. */
export const contentOf = (template: ServiceTemplate, types: readonly ControlLoopType[]): Content => ({
  source: { ...template },
  loopTypes: types.map((type) => ({ definition: type.definition, type: definitionTypeOf(type) })),
  elements: [...elementsOf(types).values()].map(({ definition, participantType, nodeTemplate, commonProperties }) => ({
    participantType,
    element: { definition, nodeTemplate, commonProperties },
  })),
  fragment: templateFragment(template),
})

/** Of all loops, each once: several may share one. */
const elementsOf = (types: readonly ControlLoopType[]): ReadonlyMap<string, ElementType> =>
  new Map(types.flatMap(({ elements }) => elements.map((element) => [conceptText(element.definition), element])))

const definitionTypeOf = ({ description, provider, elements }: ControlLoopType): DefinitionType => ({
  description: (description ?? '').slice(0, TEXT_CHARS_MAX),
  provider: (provider ?? '').slice(0, TEXT_CHARS_MAX),
  elements: elements.map(({ definition, participantType, startPhase, startDelayMs, timeoutsMs, needsFragment }) => ({
    definition,
    participantType,
    startPhase,
    startDelayMs,
    timeoutsMs,
    needsFragment,
  })),
})
