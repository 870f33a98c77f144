/**
 * A type of control loop that is commissioned. It belongs to one service template, counts the loops that rely on it, and so knows
 * whether it may be changed or go; and it knows which participants can carry it, and so when a loop may go to them.
 */
import { conceptText } from '../../participants/protocol/concept.ts'
import type { Context, Decision } from '../../runtime/entity.ts'
import { ownEntry } from '../own-entry.ts'
import { admissionRefusal, permitReason } from './admission.ts'
import { claimRefusal, isOwnedBy, retireRefusal } from './ownership.ts'
import type { DefinitionCommand, DefinitionEvent, DefinitionState } from './protocol.ts'
import { answerAdmission, answerClaim, answerNotYet, answerPermit, answerRetire } from './reactions.ts'

type Decided = Decision<DefinitionEvent>
const NOTHING: Decided = { events: [] }

export const decide = (state: DefinitionState, command: DefinitionCommand, { nowMs: atMs }: Context): Decided => {
  switch (command.type) {
    case 'claim': {
      const { template, revision, definition } = command
      const refused = claimRefusal(state, command)
      const isNews = !refused && (state.claim?.revision !== revision || !isOwnedBy(state, template))
      const events: DefinitionEvent[] = isNews ? [{ type: 'claimed', atMs, template, revision, definition }] : []
      return { events, effects: [answerClaim(state.id, template, revision, refused)] }
    }
    case 'give-up-claim':
      return isClaimed(state, command) ? { events: [{ type: 'claim-given-up', atMs }] } : NOTHING
    case 'confirm-claim': {
      const { template, revision } = command
      return isClaimed(state, command) ? { events: [{ type: 'commissioned', atMs, template, revision }] } : NOTHING
    }
    case 'prepare-to-retire': {
      const { template, revision } = command
      const refused = retireRefusal(state, template)
      const isNews = !refused && state.presence === 'commissioned' && isOwnedBy(state, template)
      const events: DefinitionEvent[] = isNews ? [{ type: 'retiring', atMs }] : []
      return { events, effects: [answerRetire(state.id, template, revision, refused)] }
    }
    case 'stay':
      return isRetiring(state, command) ? { events: [{ type: 'stayed', atMs }] } : NOTHING
    case 'retire':
      return isRetiring(state, command) ? { events: [{ type: 'retired', atMs }] } : NOTHING
    case 'admit': {
      const { loop, elements } = command
      const refused = admissionRefusal(state, elements)
      if (refused !== undefined) return { events: [], effects: [answerAdmission(loop, refused)] }
      return { events: [{ type: 'loop-admitted', atMs, loop }] }
    }
    case 'dismiss':
      return state.loops > 0 ? { events: [{ type: 'loop-dismissed', atMs, loop: command.loop }] } : NOTHING
    case 'permit': {
      const { loop } = command
      const reason = permitReason(state, command.participants)
      if (reason !== undefined) return { events: [], effects: [answerNotYet(state, command, reason)] }
      return { events: [{ type: 'loop-permitted', atMs, loop }], effects: [answerPermit(state, command)] }
    }
    case 'release':
      return state.deployed > 0 ? { events: [{ type: 'loop-released', atMs, loop: command.loop }] } : NOTHING
    case 'known-by':
      return knownBy(state, command, atMs)
    case 'participant-gone': {
      const { participantId } = command
      const isKnown = ownEntry(state.knownBy, conceptText(participantId)) !== undefined
      return isKnown ? { events: [{ type: 'participant-gone', atMs, participantId }] } : NOTHING
    }
    case 'forget':
      return state.presence === 'absent' ? { events: [], effects: [{ type: 'forget' }] } : NOTHING
  }
}

const isClaimed = (
  state: DefinitionState,
  { template, revision }: Extract<DefinitionCommand, { type: 'confirm-claim' | 'give-up-claim' }>,
): boolean => state.claim?.revision === revision && isOwnedBy(state, template)

const isRetiring = (
  state: DefinitionState,
  { template }: Extract<DefinitionCommand, { type: 'stay' | 'retire' }>,
): boolean => state.presence === 'retiring' && isOwnedBy(state, template)

/**
 * A revision that isn't in force yet is noted, too: its template tells this definition and the participants at the same time, and
 * the answer of a participant may be here first.
 */
const knownBy = (
  state: DefinitionState,
  { participantId, revision, state: how, message, arrival }: Extract<DefinitionCommand, { type: 'known-by' }>,
  atMs: number,
): Decided => {
  if (state.presence === 'absent') return NOTHING
  const known = ownEntry(state.knownBy, conceptText(participantId))
  if (known && known.revision > revision) return NOTHING
  const isNews =
    known?.revision !== revision || known.state !== how || known.message !== message || known.arrival !== arrival
  return isNews
    ? { events: [{ type: 'known-by', atMs, participantId, revision, state: how, message, arrival }] }
    : NOTHING
}
