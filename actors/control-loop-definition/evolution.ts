/** What the events of a type of control loop make of it. */
import { conceptOf, conceptText } from '../../participants/protocol/concept.ts'
import type { DefinitionEvent, DefinitionState } from './protocol.ts'

export const initial = (id: string): DefinitionState => ({
  id: conceptOf(id),
  presence: 'absent',
  template: null,
  revision: 0,
  definition: null,
  claim: null,
  commissionedAtMs: 0,
  loops: 0,
  deployed: 0,
  knownBy: {},
})

export const evolve = (state: DefinitionState, event: DefinitionEvent): DefinitionState => {
  switch (event.type) {
    case 'claimed': {
      const { template, revision, definition } = event
      const presence = state.presence === 'absent' ? 'claimed' : state.presence
      return { ...state, presence, template, claim: { revision, definition } }
    }
    case 'claim-given-up':
      return state.presence === 'claimed' ? absent(state) : { ...state, claim: null }
    case 'commissioned': {
      const { template, revision, atMs } = event
      const definition = state.claim?.definition ?? state.definition
      return {
        ...state,
        presence: 'commissioned',
        template,
        revision,
        definition,
        claim: null,
        commissionedAtMs: atMs,
      }
    }
    case 'retiring':
      return { ...state, presence: 'retiring' }
    case 'stayed':
      return { ...state, presence: 'commissioned' }
    case 'retired':
      return absent(state)
    case 'loop-admitted':
      return { ...state, loops: state.loops + 1 }
    case 'loop-dismissed':
      return { ...state, loops: Math.max(0, state.loops - 1) }
    case 'loop-permitted':
      return { ...state, deployed: state.deployed + 1 }
    case 'loop-released':
      return { ...state, deployed: Math.max(0, state.deployed - 1) }
    case 'known-by': {
      const { participantId, revision, state: how, message, arrival, atMs } = event
      const known = { revision, state: how, message, sinceMs: atMs, arrival }
      return { ...state, knownBy: { ...state.knownBy, [conceptText(participantId)]: known } }
    }
    case 'participant-gone': {
      const { [conceptText(event.participantId)]: _, ...knownBy } = state.knownBy
      return { ...state, knownBy }
    }
  }
}

const absent = ({ id }: DefinitionState): DefinitionState => initial(conceptText(id))
