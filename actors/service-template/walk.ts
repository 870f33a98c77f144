/**
 * How a template and its definitions come to agree: it asks one after the other, each a whole commissioning or decommissioning at
 * a time, and only then tells all of them what becomes of it.
 *
 * One after the other, because whoever ordered it waits for the reply: the right to give it goes along with each question and
 * each answer, and so is with the last. Somebody who orders the same meanwhile goes the same way behind, asking again what
 * isn't answered yet, which changes nothing.
 */
import { type Concept, conceptText } from '../../participants/protocol/concept.ts'
import type { Effect } from '../../runtime/entity.ts'
import { definitionRef } from '../addresses.ts'
import type { DefinitionCommand, Refusal } from '../control-loop-definition/protocol.ts'
import { ownEntry } from '../own-entry.ts'
import { definitionsOf, isChanged, loopTypeOf } from './content.ts'
import type { TemplateState } from './protocol.ts'

export interface Question {
  readonly definition: Concept
  readonly kind: 'claim' | 'retire'
}

export const isUnderWay = ({ presence }: TemplateState): boolean =>
  presence === 'commissioning' || presence === 'decommissioning'

/** All that have to agree to what is under way. */
export const questionsOf = ({ presence, content, next }: TemplateState): readonly Question[] => {
  switch (presence) {
    case 'absent':
    case 'commissioned':
      return []
    case 'commissioning':
      return [
        ...definitionsOf(content)
          .filter((definition) => !loopTypeOf(next, definition))
          .map((definition): Question => ({ definition, kind: 'retire' })),
        ...definitionsOf(next).map((definition): Question => ({ definition, kind: 'claim' })),
      ]
    case 'decommissioning':
      return definitionsOf(content).map((definition) => ({ definition, kind: 'retire' }))
  }
}

/** The first that hasn't answered; `undefined`: all have. */
export const openQuestion = (state: TemplateState): Question | undefined =>
  questionsOf(state).find(({ definition }) => !Object.hasOwn(state.answers, conceptText(definition)))

/** The first that doesn't agree. */
export const objectionOf = ({
  answers,
}: TemplateState): { readonly by: string; readonly refusal: Refusal } | undefined => {
  for (const by of Object.keys(answers)) {
    const refusal = ownEntry(answers, by)
    if (refusal) return { by, refusal }
  }
  return undefined
}

export const ask = (state: TemplateState, question: Question): Effect => ({
  type: 'tell',
  to: definitionRef(question.definition),
  message: messageOf(state, question),
  forwardReply: true,
})

const messageOf = (state: TemplateState, { definition, kind }: Question): DefinitionCommand => {
  const { id: template, lastRevision: revision, content, next } = state
  const loopType = loopTypeOf(next, definition)
  if (kind === 'retire' || !next || !loopType) return { type: 'prepare-to-retire', template, revision }
  return { type: 'claim', template, revision, definition: loopType.type, isChanged: isChanged(content, next, loopType) }
}
