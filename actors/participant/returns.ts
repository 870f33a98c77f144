/** Participants that are back and up to date: a worker tells each of their loops, which then sends what was missed. */
import { z } from 'zod'
import { concept } from '../../participants/protocol/concept.ts'

export const PARTICIPANT_RETURNS_TOPIC = 'participant-returns'
export const PARTICIPANT_RETURNS_PARTITIONS = 8

/** Keyed by the participant. At least once: a loop that is told twice looks twice. */
export const participantReturn = z.object({
  participantId: concept,
  /** Each has a higher number than all before. */
  arrival: z.number().int(),
})
export type ParticipantReturn = z.infer<typeof participantReturn>
