/** What a service template's content means for one type of participant, and for one type of loop. */
import { isDeepStrictEqual } from 'node:util'
import { type Concept, conceptText, isSameConcept } from '../../participants/protocol/concept.ts'
import type { ElementDefinition } from '../../participants/protocol/conversation.ts'
import type { Content } from './protocol.ts'

export type LoopType = Content['loopTypes'][number]

export const loopTypeOf = (content: Content | null, definition: Concept): LoopType | undefined =>
  content?.loopTypes.find((one) => isSameConcept(one.definition, definition))

export const definitionsOf = (content: Content | null): readonly Concept[] =>
  content?.loopTypes.map(({ definition }) => definition) ?? []

/** Types of participants that it concerns, each once. */
export const participantTypesOf = (content: Content | null): readonly Concept[] => {
  const types = content?.elements.map(({ participantType }) => participantType) ?? []
  return [...new Map(types.map((type) => [conceptText(type), type])).values()]
}

export const elementsFor = (content: Content, participantType: Concept): readonly ElementDefinition[] =>
  content.elements.flatMap((one) => (isSameConcept(one.participantType, participantType) ? [one.element] : []))

/** Types of loops that have elements on participants of this type. */
export const definitionsFor = ({ loopTypes }: Content, participantType: Concept): readonly Concept[] =>
  loopTypes.flatMap(({ definition, type }) =>
    type.elements.some((facts) => isSameConcept(facts.participantType, participantType)) ? [definition] : [],
  )

/** Whether the loops of a type would be carried by other elements than before, or in another way. */
export const isChanged = (before: Content | null, after: Content, { definition, type }: LoopType): boolean => {
  const known = loopTypeOf(before, definition)
  if (!before || !known || !isDeepStrictEqual(known.type, type)) return true
  if (type.elements.some(({ needsFragment }) => needsFragment) && !isDeepStrictEqual(before.fragment, after.fragment))
    return true
  const [was, is] = [elementsByName(before), elementsByName(after)]
  return type.elements.some((facts) => {
    const name = conceptText(facts.definition)
    return !isDeepStrictEqual(was.get(name), is.get(name))
  })
}

const elementsByName = ({ elements }: Content): ReadonlyMap<string, ElementDefinition> =>
  new Map(elements.map(({ element }) => [conceptText(element.definition), element]))
