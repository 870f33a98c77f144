/** What follows from a service template's events: its definitions hear what became of it, and types of participants what is new. */
import type { Concept } from '../../participants/protocol/concept.ts'
import type { Effect } from '../../runtime/entity.ts'
import { definitionRef, participantRef, participantTypeRef } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import type { DefinitionCommand } from '../control-loop-definition/protocol.ts'
import type { ParticipantTypeCommand } from '../participant-type/protocol.ts'
import type { ParticipantCommand } from '../participant/protocol.ts'
import { definitionsFor, elementsFor, participantTypesOf } from './content.ts'
import type { TemplateCommand, TemplateEvent, TemplateState } from './protocol.ts'

const FORGET_TIMER = 'forget'

export const react =
  (config: Pick<ActorsConfig, 'removedRetentionMs'>) =>
  (state: TemplateState, event: TemplateEvent): readonly Effect[] => {
    const { id: template, revision, lastRevision } = state
    switch (event.type) {
      case 'commissioning':
        return [{ type: 'cancel-timer', name: FORGET_TIMER }]
      case 'claim-answered':
      case 'retire-answered':
      case 'decommissioning':
        return []
      case 'commissioned':
        return [
          ...tellAll(event.claimed, { type: 'confirm-claim', template, revision }),
          ...tellAll(event.retired, { type: 'retire', template }),
          ...tellTypes(event.leftTypes, { type: 'template-decommissioned', template }),
          ...tellTypes(participantTypesOf(state.content), { type: 'template-commissioned', template, revision }),
        ]
      case 'commissioning-failed':
        return [
          ...tellAll(event.claimed, { type: 'give-up-claim', template, revision: lastRevision }),
          ...tellAll(event.retired, { type: 'stay', template }),
          ...(state.presence === 'absent' ? [forgetTimer(event.atMs, config)] : []),
        ]
      case 'decommissioned':
        return [
          ...tellAll(event.retired, { type: 'retire', template }),
          ...tellTypes(event.leftTypes, { type: 'template-decommissioned', template }),
          forgetTimer(event.atMs, config),
        ]
      case 'decommissioning-failed':
        return tellAll(event.retired, { type: 'stay', template })
    }
  }

/** What a participant has to know of it; nothing if it doesn't concern its type (any more). */
export const define = (
  { id: template, revision, content }: TemplateState,
  participantId: Concept,
  participantType: Concept,
): readonly Effect[] => {
  const elements = content ? elementsFor(content, participantType) : []
  if (!content || elements.length === 0) return []
  const message: ParticipantCommand = {
    type: 'define',
    template,
    revision,
    participantType,
    elements: [...elements],
    definitions: [...definitionsFor(content, participantType)],
  }
  return [{ type: 'tell', to: participantRef(participantId), message }]
}

const tellAll = (definitions: readonly Concept[], message: DefinitionCommand): readonly Effect[] =>
  definitions.map((definition) => ({ type: 'tell', to: definitionRef(definition), message }))

const tellTypes = (types: readonly Concept[], message: ParticipantTypeCommand): readonly Effect[] =>
  types.map((type) => ({ type: 'tell', to: participantTypeRef(type), message }))

const forgetTimer = (atMs: number, { removedRetentionMs }: Pick<ActorsConfig, 'removedRetentionMs'>): Effect => {
  const message: TemplateCommand = { type: 'forget' }
  return { type: 'set-timer', name: FORGET_TIMER, dueMs: atMs + removedRetentionMs, message }
}
