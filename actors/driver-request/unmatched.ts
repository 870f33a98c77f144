/**
 * Completion events that nobody claimed: how many there were, and the latest of them. A few are normal (a caller that
 * crashed at the wrong moment, another system's work on the same topic); many mean that a driver doesn't name in its
 * events what it answered with.
 */
import { z } from 'zod'
import { completion } from '../../drivers/protocol.ts'
import { defineEntity, type EntityRef } from '../../runtime/entity.ts'

export const UNMATCHED_COMPLETIONS = 'unmatched-completions'
/** There is one for the whole system. */
export const unmatchedRef = (): EntityRef => ({ kind: UNMATCHED_COMPLETIONS, id: 'all' })

const LATEST_MAX = 20

const one = z.object({
  /** The driver's. */
  requestId: z.string(),
  status: completion.shape.status,
  heardAtMs: z.number(),
  /** When it was given up. */
  atMs: z.number(),
})
const command = one.extend({ type: z.literal('note') })
const event = one.extend({ type: z.literal('noted') })
/** `latest`: newest last. */
const state = z.object({ count: z.number(), latest: z.array(one) })
export type UnmatchedCommand = z.infer<typeof command>
export type UnmatchedState = z.infer<typeof state>

export const unmatchedEntity = () =>
  defineEntity({
    kind: UNMATCHED_COMPLETIONS,
    version: 1,
    command,
    event,
    state,
    initial: (): UnmatchedState => ({ count: 0, latest: [] }),
    decide: (_state, note) => ({ events: [{ ...note, type: 'noted' as const }] }),
    evolve: ({ count, latest }, { requestId, status, heardAtMs, atMs }) => ({
      count: count + 1,
      latest: [...latest, { requestId, status, heardAtMs, atMs }].slice(-LATEST_MAX),
    }),
    react: () => [],
    limits: { historyEventsMax: LATEST_MAX },
  })
