/**
 * Brings together whoever is new with what is there already: a participant gets all that is commissioned for its type, a template
 * gets to all participants of the type. It sends them to each other, and carries nothing itself: the pair agrees on what is sent.
 */
import { type Concept, conceptOf, conceptText } from '../../participants/protocol/concept.ts'
import type { Context, Decision, Effect } from '../../runtime/entity.ts'
import { participantRef, serviceTemplateRef } from '../addresses.ts'
import { ownEntry } from '../own-entry.ts'
import type { ParticipantCommand } from '../participant/protocol.ts'
import type { TemplateCommand } from '../service-template/protocol.ts'
import type { ParticipantTypeCommand, ParticipantTypeEvent, ParticipantTypeState } from './protocol.ts'

type Decided = Decision<ParticipantTypeEvent>
const NOTHING: Decided = { events: [] }

export const initial = (id: string): ParticipantTypeState => ({ id: conceptOf(id), templates: {}, participants: {} })

export const decide = (
  state: ParticipantTypeState,
  command: ParticipantTypeCommand,
  { nowMs: atMs }: Context,
): Decided => {
  switch (command.type) {
    case 'template-commissioned': {
      const { template, revision } = command
      const known = ownEntry(state.templates, conceptText(template))?.revision ?? 0
      return revision > known ? { events: [{ type: 'template-commissioned', atMs, template, revision }] } : NOTHING
    }
    case 'template-decommissioned': {
      const { template } = command
      const isKnown = ownEntry(state.templates, conceptText(template)) !== undefined
      return isKnown ? { events: [{ type: 'template-decommissioned', atMs, template }] } : NOTHING
    }
    case 'participant-here': {
      const { participantId } = command
      const isKnown = ownEntry(state.participants, conceptText(participantId)) !== undefined
      const effects = meetTemplates(state, participantId)
      return { events: isKnown ? [] : [{ type: 'participant-here', atMs, participantId }], effects }
    }
    case 'participant-gone': {
      const { participantId } = command
      const isKnown = ownEntry(state.participants, conceptText(participantId)) !== undefined
      return isKnown ? { events: [{ type: 'participant-gone', atMs, participantId }] } : NOTHING
    }
  }
}

export const evolve = (state: ParticipantTypeState, event: ParticipantTypeEvent): ParticipantTypeState => {
  switch (event.type) {
    case 'template-commissioned': {
      const { template, revision } = event
      return { ...state, templates: { ...state.templates, [conceptText(template)]: { template, revision } } }
    }
    case 'template-decommissioned': {
      const { [conceptText(event.template)]: _, ...templates } = state.templates
      return { ...state, templates }
    }
    case 'participant-here': {
      const { participantId } = event
      return { ...state, participants: { ...state.participants, [conceptText(participantId)]: participantId } }
    }
    case 'participant-gone': {
      const { [conceptText(event.participantId)]: _, ...participants } = state.participants
      return { ...state, participants }
    }
  }
}

export const react = (state: ParticipantTypeState, event: ParticipantTypeEvent): readonly Effect[] => {
  switch (event.type) {
    case 'template-commissioned':
      return Object.values(state.participants).map((participantId) =>
        defineFor(event.template, participantId, state.id),
      )
    case 'template-decommissioned': {
      const isLast = Object.keys(state.templates).length === 0
      const message: ParticipantCommand = { type: 'undefine', template: event.template, isLast }
      const told = Object.values(state.participants).map((participantId) => tellParticipant(participantId, message))
      return [...told, ...forgottenIfEmpty(state)]
    }
    case 'participant-here':
      return []
    case 'participant-gone':
      return forgottenIfEmpty(state)
  }
}

/** Each time that it is here: it may have started anew, and has then forgotten everything. */
const meetTemplates = ({ id, templates }: ParticipantTypeState, participantId: Concept): Effect[] => {
  const all = Object.values(templates).map(({ template }) => template)
  return [
    tellParticipant(participantId, { type: 'templates-needed', templates: all }),
    ...all.map((template) => defineFor(template, participantId, id)),
  ]
}

const tellParticipant = (participantId: Concept, message: ParticipantCommand): Effect => ({
  type: 'tell',
  to: participantRef(participantId),
  message,
})

const defineFor = (template: Concept, participantId: Concept, participantType: Concept): Effect => {
  const message: TemplateCommand = { type: 'define-for', participantId, participantType }
  return { type: 'tell', to: serviceTemplateRef(template), message }
}

const forgottenIfEmpty = ({ templates, participants }: ParticipantTypeState): readonly Effect[] =>
  Object.keys(templates).length === 0 && Object.keys(participants).length === 0 ? [{ type: 'forget' }] : []
