/** Settings of a participant that is a process of its own, beside those of Kafka. */
import { z } from 'zod'
import { setting } from '../runtime/settings.ts'
import { type Concept, concept } from './protocol/concept.ts'
import { GENERATIONS, PARTICIPANT_TOPIC } from './protocol/generation.ts'
import { PARTICIPANT_STATES } from './protocol/states.ts'

const named = (example: string) =>
  z.string().transform((text, context): Concept => {
    const at = text.lastIndexOf(':')
    const parsed = concept.safeParse({ name: text.slice(0, Math.max(0, at)), version: text.slice(at + 1) })
    if (parsed.success) return parsed.data
    context.addIssue({ code: 'custom', message: `must be <name>:<version>, for instance ${example}` })
    return z.NEVER
  })

const generations = Object.keys(GENERATIONS) as (keyof typeof GENERATIONS)[]

/** @param defaults as `<name>:<version>` */
export const participantSettings = (defaults: { readonly participantId: string; readonly participantType: string }) =>
  ({
    participantId: setting(
      'HOMEOSTAT_PARTICIPANT_ID',
      'who it is, `<name>:<version>`; no other participant may have the same',
      named(defaults.participantId).prefault(defaults.participantId),
    ),
    participantType: setting(
      'HOMEOSTAT_PARTICIPANT_TYPE',
      'the type whose elements it carries, `<name>:<version>`',
      named(defaults.participantType).prefault(defaults.participantType),
    ),
    mode: setting(
      'HOMEOSTAT_PARTICIPANT_MODE',
      'in which it begins: ACTIVE does what is ordered, TEST does it in a test environment, SAFE only says what it would do, PASSIVE rejects',
      z.enum(PARTICIPANT_STATES).default('ACTIVE'),
    ),
    reportingIntervalMs: setting(
      'HOMEOSTAT_PARTICIPANT_REPORTING_INTERVAL_MS',
      'between two periodic reports of how it is',
      z.coerce.number().int().min(100).max(3_600_000).default(60_000),
    ),
    operationsMax: setting(
      'HOMEOSTAT_PARTICIPANT_OPERATIONS_MAX',
      'operations at the same time; further elements wait in line',
      z.coerce.number().int().min(1).max(100_000).default(256),
    ),
    topic: setting(
      'HOMEOSTAT_PARTICIPANT_TOPIC',
      'the topic on which runtime and participants speak',
      z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,249}$/, 'up to 249 letters, digits, dots, dashes and underscores')
        .default(PARTICIPANT_TOPIC),
    ),
    generation: setting(
      'HOMEOSTAT_PARTICIPANT_PROTOCOL',
      'the generation of the protocol that is spoken on it',
      z.enum(generations).default('istanbul'),
    ),
  }) as const
