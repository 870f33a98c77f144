/** Whether a loop may exist, and whether it may go to its participants. */
import { type Concept, conceptText, isSameConcept } from '../../participants/protocol/concept.ts'
import { ownEntry } from '../own-entry.ts'
import type { DefinitionState } from './protocol.ts'

/** Participants that a reason names; of the others it tells how many they are. */
const NAMED_MAX = 10
/** Of what a participant said, a reason repeats no more. */
const QUOTED_CHARS_MAX = 200

const PRESENCE_TEXT: Readonly<Record<DefinitionState['presence'], string>> = {
  absent: 'is not commissioned',
  claimed: 'is being commissioned',
  commissioned: '',
  retiring: 'is being decommissioned',
}

/** Why a loop with such elements can't exist; `undefined`: it can. */
export const admissionRefusal = (state: DefinitionState, elements: readonly Concept[]): string | undefined => {
  const name = `control loop definition ${conceptText(state.id)}`
  const presence = PRESENCE_TEXT[state.presence]
  if (presence !== '') return `${name} ${presence}`
  // While a change is under way, what will be gone is as good as gone.
  const unknown = elements.find((element) => !hasElement(state.definition, element))
  if (unknown) return `${name} has no element ${conceptText(unknown)}`
  const leaving = state.claim && elements.find((element) => !hasElement(state.claim?.definition, element))
  return leaving ? `${name} is being changed, and will have no element ${conceptText(leaving)}` : undefined
}

const hasElement = (definition: DefinitionState['definition'] | undefined, element: Concept): boolean =>
  definition?.elements.some((one) => isSameConcept(one.definition, element)) ?? false

/** Why a loop has to wait before it goes to these participants; `undefined`: it hasn't. */
export const permitReason = (state: DefinitionState, participants: readonly Concept[]): string | undefined => {
  const name = conceptText(state.id)
  const presence = PRESENCE_TEXT[state.presence]
  if (presence !== '') return `its definition ${name} ${presence}`
  if (state.claim) return `its definition ${name} is being changed`
  const missing = participants.flatMap((participant) => {
    const problem = problemOf(state, participant)
    return problem === undefined ? [] : [`${conceptText(participant)} ${problem}`]
  })
  if (missing.length === 0) return undefined
  const rest = missing.length > NAMED_MAX ? `; and ${missing.length - NAMED_MAX} more participants` : ''
  return `its definition ${name} isn't known yet where it is needed: ${missing.slice(0, NAMED_MAX).join('; ')}${rest}`
}

const problemOf = ({ knownBy, revision }: DefinitionState, participant: Concept): string | undefined => {
  const known = ownEntry(knownBy, conceptText(participant))
  if (!known) return 'is not registered'
  if (known.revision !== revision) return 'has not been sent its present revision yet'
  switch (known.state) {
    case 'known':
      return undefined
    case 'sent':
      return 'has not acknowledged it yet'
    case 'refused':
      return `does not accept it${known.message === '' ? '' : `: ${known.message.slice(0, QUOTED_CHARS_MAX)}`}`
  }
}
