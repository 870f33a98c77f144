/** The states of control loops, their elements and participants, spelled as ONAP's messages spell them. */
import { z } from 'zod'

/** What can be ordered, in rising order. */
export const ORDERED_STATES = ['UNINITIALISED', 'PASSIVE', 'RUNNING'] as const
export const orderedState = z.enum(ORDERED_STATES)
export type OrderedState = z.infer<typeof orderedState>

export const TRANSITIONS = [
  'UNINITIALISED2PASSIVE',
  'PASSIVE2RUNNING',
  'RUNNING2PASSIVE',
  'PASSIVE2UNINITIALISED',
] as const
export type Transition = (typeof TRANSITIONS)[number]

export const loopState = z.enum([...ORDERED_STATES, ...TRANSITIONS])
export type LoopState = z.infer<typeof loopState>

const SPELLINGS: Readonly<Record<string, string>> = {
  UNINITIALIZED: 'UNINITIALISED',
  UNINITIALIZED2PASSIVE: 'UNINITIALISED2PASSIVE',
  PASSIVE2UNINITIALIZED: 'PASSIVE2UNINITIALISED',
}
/** The S is written, both are read. For zod's `preprocess`. */
export const withS = (value: unknown): unknown =>
  typeof value === 'string' && Object.hasOwn(SPELLINGS, value) ? SPELLINGS[value] : value

/**
 * How a participant handles control loops. PASSIVE: rejects. SAFE: says what it would have done, and does nothing. TEST: does it
 * in a test environment. ACTIVE: does it. TERMINATED: isn't available.
 */
export const PARTICIPANT_STATES = ['UNKNOWN', 'PASSIVE', 'SAFE', 'TEST', 'ACTIVE', 'TERMINATED'] as const
export const participantState = z.enum(PARTICIPANT_STATES)
export type ParticipantState = z.infer<typeof participantState>

const HEALTH_STATES = ['HEALTHY', 'NOT_HEALTHY', 'TEST_IN_PROGRESS', 'UNKNOWN', 'OFF_LINE'] as const
export const healthStatus = z.enum(HEALTH_STATES)
export type HealthStatus = z.infer<typeof healthStatus>
