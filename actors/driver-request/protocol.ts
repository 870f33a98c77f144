/**
 * What may be said to a driver request, what it remembers, and what it is: the place where the two halves of a call to
 * an external driver meet, whichever comes first. Its id is the request id that the driver chose, because that is all
 * that a completion event names. Drivers make them as random UUIDs, so they are unique across drivers without a common
 * counter; should two drivers ever use the same id, the newer call has it, and a resource drops whatever doesn't
 * name the request that it waits for.
 */
import { z } from 'zod'
import { acceptedMessage, completion, completionMessage } from '../../drivers/protocol.ts'

export const command = z.discriminatedUnion('type', [
  /** From whoever called the driver, once it has taken the request on. Repeated: what is known is told again. */
  acceptedMessage,
  /** From the reader of completion events: perhaps before `accepted`, perhaps repeated, perhaps nobody's. */
  completionMessage,
  /** Its own timer. */
  z.object({ type: z.literal('expire') }),
])
export type DriverRequestCommand = z.infer<typeof command>

export const event = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('accepted'),
    atMs: z.number(),
    /** Ours. */
    requestId: z.string(),
    resourceId: z.string(),
    deadlineMs: z.number(),
    /** The order that the request belongs to. */
    trace: z.string(),
    /** When all this is forgotten. */
    untilMs: z.number(),
  }),
  z.object({ type: z.literal('heard'), atMs: z.number(), completion, untilMs: z.number() }),
])
export type DriverRequestEvent = z.infer<typeof event>

export const state = z.object({
  id: z.string(),
  /** `null`: nobody has said yet whose it is. */
  accepted: z
    .object({
      requestId: z.string(),
      resourceId: z.string(),
      trace: z.string(),
      atMs: z.number(),
      deadlineMs: z.number(),
    })
    .nullable(),
  /** As long as nobody has said whose it is: all that was heard. Afterwards: the final one, if it has come. */
  completions: z.array(completion),
  /** When it was first heard of. */
  sinceMs: z.number(),
  untilMs: z.number(),
})
export type DriverRequestState = z.infer<typeof state>
