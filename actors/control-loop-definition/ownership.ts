/** Whose a definition is, and whether its template may change it or take it away. */
import { type Concept, conceptText, isSameConcept } from '../../participants/protocol/concept.ts'
import type { DefinitionCommand, DefinitionState, Refusal } from './protocol.ts'

export const isOwnedBy = ({ template }: DefinitionState, other: Concept): boolean =>
  template !== null && isSameConcept(template, other)

/** Why it can't be claimed; `undefined`: it can. */
export const claimRefusal = (
  state: DefinitionState,
  { template, definition, isChanged }: Extract<DefinitionCommand, { type: 'claim' }>,
): Refusal | undefined => {
  const name = conceptText(state.id)
  if (state.template && !isOwnedBy(state, template))
    return {
      code: 'definition-exists',
      reason: `control loop definition ${name} belongs to service template ${conceptText(state.template)} already`,
    }
  if (!isChanged || state.presence === 'absent' || state.presence === 'claimed') return undefined
  if (state.deployed > 0)
    return {
      code: 'definition-in-use',
      reason:
        `${loopsText(state.deployed)} of ${name} ${areText(state.deployed)} with participants, so it can't be changed: ` +
        'order them to UNINITIALISED first',
    }
  const gone = state.definition?.elements.find(
    (before) => !definition.elements.some((after) => isSameConcept(after.definition, before.definition)),
  )
  if (!gone || state.loops === 0) return undefined
  return {
    code: 'definition-in-use',
    reason:
      `${name} loses its element ${conceptText(gone.definition)}, and there ${areText(state.loops)} ` +
      `${loopsText(state.loops)} of it: delete them first`,
  }
}

/** Why it can't be retired; `undefined`: it can, or it isn't this template's (any more). */
export const retireRefusal = (state: DefinitionState, template: Concept): Refusal | undefined => {
  if (!isOwnedBy(state, template) || state.loops === 0) return undefined
  return {
    code: 'definition-in-use',
    reason: `there ${areText(state.loops)} ${loopsText(state.loops)} of ${conceptText(state.id)}: delete them first`,
  }
}

const loopsText = (count: number): string => (count === 1 ? '1 control loop' : `${count} control loops`)
const areText = (count: number): string => (count === 1 ? 'is' : 'are')
