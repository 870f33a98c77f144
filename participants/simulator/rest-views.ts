/** Participants and elements as Istanbul's REST interfaces show them, and what these are told. */
import { z } from 'zod'
import type { ElementView } from '../intermediary/participant.ts'
import { concept } from '../protocol/concept.ts'
import { toscaProperties } from '../protocol/istanbul/tosca-property.ts'
import { loopState, participantState, withS } from '../protocol/states.ts'
import type { SimulatedParticipant } from './simulator-participant.ts'

export const participantView = (participant: SimulatedParticipant) => {
  const { participantId, participantType } = participant.identity
  return {
    ...participantId,
    definition: participantType,
    participantType,
    participantState: participant.state(),
    healthStatus: participant.statistics().healthStatus,
  }
}

export const elementView = (element: ElementView) => ({
  id: element.elementId,
  definition: element.definition,
  participantType: element.participantType,
  participantId: element.participantId,
  state: element.state,
  orderedState: element.orderedState,
  ...(element.description !== undefined && { description: element.description }),
  propertiesMap: toscaProperties(element.properties),
})

/** Of a whole participant, and of a whole element, what can be changed here; the rest is ignored. */
export const participantChange = z.object({ ...concept.shape, participantState })
export const elementChange = z.object({ id: z.string().min(1), state: z.preprocess(withS, loopState) })
