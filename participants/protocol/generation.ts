/**
 * The generations of the protocol that are spoken here. Another one is a file of its own beside `istanbul.ts`, and a line
 * below.
 */
import { istanbul } from './istanbul.ts'
import type { Generation } from './wire.ts'

export { appliesTo, isInPerson, type ParticipantIdentity } from './addressee.ts'
export { decodeText, encodeText } from './record-text.ts'
export type { Decoded, Generation, WireMessage } from './wire.ts'

export type GenerationName = Generation['name']

export const GENERATIONS: Readonly<Record<GenerationName, Generation>> = { istanbul }

/** Both directions travel on it. */
export const PARTICIPANT_TOPIC = 'POLICY-CLRUNTIME-PARTICIPANT'
