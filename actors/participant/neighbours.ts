/** Whom a participant tells of itself: its type, which brings it what is commissioned, and the definitions that rely on it. */
import { type Concept, conceptText } from '../../participants/protocol/concept.ts'
import type { Effect } from '../../runtime/entity.ts'
import { definitionRef, participantTypeRef } from '../addresses.ts'
import type { DefinitionCommand } from '../control-loop-definition/protocol.ts'
import { ownEntry } from '../own-entry.ts'
import type { ParticipantTypeCommand } from '../participant-type/protocol.ts'
import type { ParticipantState } from './protocol.ts'

export const tellType = (participantType: Concept, message: ParticipantTypeCommand): Effect => ({
  type: 'tell',
  to: participantTypeRef(participantType),
  message,
})

/** Its type answers with what is commissioned for it. */
export const here = ({ id, participantType }: ParticipantState): readonly Effect[] =>
  participantType ? [tellType(participantType, { type: 'participant-here', participantId: id })] : []

/** It is gone, or is of another type from now on. */
export const farewells = (state: ParticipantState): readonly Effect[] => {
  const { id, participantType } = state
  return [
    ...(participantType ? [tellType(participantType, { type: 'participant-gone', participantId: id })] : []),
    ...forgotten(state),
  ]
}

/** It knows nothing any more of what it was sent, as far as anybody knows; what it is sent again, its definitions hear again. */
export const forgotten = ({ id, templates }: ParticipantState): readonly Effect[] =>
  gone(
    id,
    Object.values(templates).flatMap(({ definitions }) => definitions),
  )

/** It isn't to know a template any longer. A definition may have moved to another. */
export const undefinedFor = ({ id, templates }: ParticipantState, template: Concept): readonly Effect[] => {
  const name = conceptText(template)
  const others = new Set(
    Object.entries(templates).flatMap(([other, { definitions }]) =>
      other === name ? [] : definitions.map(conceptText),
    ),
  )
  const { definitions = [] } = ownEntry(templates, name) ?? {}
  return gone(
    id,
    definitions.filter((definition) => !others.has(conceptText(definition))),
  )
}

const gone = (participantId: Concept, definitions: readonly Concept[]): readonly Effect[] => {
  const message: DefinitionCommand = { type: 'participant-gone', participantId }
  return unique(definitions).map((to) => ({ type: 'tell', to: definitionRef(to), message }))
}

/** How far it knows what it was sent of a template. */
export const tellDefinitions = (
  { id, templates, lastArrival: arrival }: ParticipantState,
  template: Concept,
  state: Extract<DefinitionCommand, { type: 'known-by' }>['state'],
  reason: string,
): readonly Effect[] => {
  const commissioning = ownEntry(templates, conceptText(template))
  if (!commissioning) return []
  const { revision, definitions } = commissioning
  const message: DefinitionCommand = { type: 'known-by', participantId: id, revision, state, message: reason, arrival }
  return unique(definitions).map((to) => ({ type: 'tell', to: definitionRef(to), message }))
}

const unique = (definitions: readonly Concept[]): readonly Concept[] => [
  ...new Map(definitions.map((definition) => [conceptText(definition), definition])).values(),
]
