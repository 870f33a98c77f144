/**
 * Where participants and what is commissioned meet: a type of participant knows those of its type that are registered, and the
 * service templates that need it. Entity id: `<name>:<version>` of the type.
 */
import { z } from 'zod'
import { concept } from '../../participants/protocol/concept.ts'

export const command = z.discriminatedUnion('type', [
  /** From a service template, when it is commissioned, and again when it is changed. */
  z.object({ type: z.literal('template-commissioned'), template: concept, revision: z.number() }),
  z.object({ type: z.literal('template-decommissioned'), template: concept }),
  /** From a participant, when it registers, and again when it registers again. */
  z.object({ type: z.literal('participant-here'), participantId: concept }),
  z.object({ type: z.literal('participant-gone'), participantId: concept }),
])
export type ParticipantTypeCommand = z.infer<typeof command>

const at = { atMs: z.number() }
export const event = z.discriminatedUnion('type', [
  z.object({ ...at, type: z.literal('template-commissioned'), template: concept, revision: z.number() }),
  z.object({ ...at, type: z.literal('template-decommissioned'), template: concept }),
  z.object({ ...at, type: z.literal('participant-here'), participantId: concept }),
  z.object({ ...at, type: z.literal('participant-gone'), participantId: concept }),
])
export type ParticipantTypeEvent = z.infer<typeof event>

export const state = z.object({
  id: concept,
  /** By `name:version`. */
  templates: z.record(z.string(), z.object({ template: concept, revision: z.number() })),
  participants: z.record(z.string(), concept),
})
export type ParticipantTypeState = z.infer<typeof state>
