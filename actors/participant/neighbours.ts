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
export const farewells = ({ id, participantType, templates }: ParticipantState): readonly Effect[] => {
  const definitions = Object.values(templates).flatMap((commissioning) => commissioning.definitions)
  const message: DefinitionCommand = { type: 'participant-gone', participantId: id }
  return [
    ...(participantType ? [tellType(participantType, { type: 'participant-gone', participantId: id })] : []),
    ...unique(definitions).map((to): Effect => ({ type: 'tell', to: definitionRef(to), message })),
  ]
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
