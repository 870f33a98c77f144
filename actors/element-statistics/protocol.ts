/** What may be said to the statistics of a loop's elements, and what they are. Their history is the entity's, and bounded. */
import { z } from 'zod'
import { concept } from '../../participants/protocol/concept.ts'
import { elementStatistics } from '../../participants/protocol/conversation.ts'

export const command = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('elements-reported'),
    participantId: concept,
    elements: z.array(elementStatistics).min(1),
  }),
  /** The loop is gone. */
  z.object({ type: z.literal('forget') }),
])
export type ElementStatisticsCommand = z.infer<typeof command>

export const event = z.object({
  type: z.literal('elements-reported'),
  atMs: z.number(),
  participantId: concept,
  elements: z.array(elementStatistics),
})
export type ElementStatisticsEvent = z.infer<typeof event>

export const state = z.object({
  /** The latest of each element, by its id. */
  latest: z.record(z.string(), elementStatistics.extend({ participantId: concept })),
})
export type ElementStatisticsState = z.infer<typeof state>
