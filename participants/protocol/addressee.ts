/** Who a message is for: every process sees every message, and drops what isn't for it. */
import { type Concept, isSameConcept } from './concept.ts'
import type { Addressee } from './conversation.ts'

export interface ParticipantIdentity {
  readonly participantId: Concept
  readonly participantType: Concept
}

/**
 * Istanbul's `appliesTo`: no type, and everybody is meant, whatever id it holds; else the types must be equal; then no id, and all of
 * that type are meant; else the ids must be equal.
 */
export const appliesTo = (to: Addressee, { participantType, participantId }: ParticipantIdentity): boolean => {
  if (to.participantType === undefined) return true
  if (!isSameConcept(to.participantType, participantType)) return false
  return to.participantId === undefined || isSameConcept(to.participantId, participantId)
}

/** It is for this participant and no other. */
export const isInPerson = (to: Addressee, identity: ParticipantIdentity): boolean =>
  to.participantType !== undefined && to.participantId !== undefined && appliesTo(to, identity)
