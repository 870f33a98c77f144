/**
 * What may be said to a type of control loop that is commissioned, what it remembers, and what it is. Entity id: `<name>:<version>`.
 * It is small: what participants are sent is with its service template.
 */
import { z } from 'zod'
import { concept } from '../../participants/protocol/concept.ts'
import { TRANSITIONS, type Transition } from '../../participants/protocol/states.ts'

/** What a loop must know of a type of element to carry it from state to state. */
export const elementFacts = z.object({
  definition: concept,
  participantType: concept,
  /** Elements of a lower phase go first on the way up, and last on the way down. */
  startPhase: z.number().int(),
  startDelayMs: z.number(),
  /** How long a participant may take for a transition. */
  timeoutsMs: z.record(z.enum(TRANSITIONS), z.number()),
  /** Its orders need what only the service template has (policy types and policies). */
  needsFragment: z.boolean(),
})
export type ElementFacts = Omit<z.infer<typeof elementFacts>, 'timeoutsMs'> & {
  readonly timeoutsMs: Readonly<Record<Transition, number>>
}

const text = z.string().max(4_000)
export const definitionType = z.object({
  description: text,
  provider: text,
  elements: z.array(elementFacts),
})
export type DefinitionType = z.infer<typeof definitionType>

/** Why a definition can't be claimed or retired. */
export const refusal = z.object({ code: text, reason: text })
export type Refusal = z.infer<typeof refusal>

/** The number of a participant's last arrival (it registered, or came back) by then: what was ordered later, it hasn't missed. */
export const arrival = z.number().int().default(0)

/** How far one of its participants knows it. */
export const knownBy = z.object({
  revision: z.number(),
  state: z.enum(['sent', 'known', 'refused']),
  message: text,
  sinceMs: z.number(),
  arrival,
})

export const command = z.discriminatedUnion('type', [
  // From a service template that is being commissioned or changed: answers `claim-answered`, and hands the reply on.
  z.object({
    type: z.literal('claim'),
    template: concept,
    revision: z.number(),
    definition: definitionType,
    /** False: neither it nor what its participants are sent differs from the revision before. */
    isChanged: z.boolean(),
  }),
  /** The claim is taken back: another of the template's types could not be claimed. */
  z.object({ type: z.literal('give-up-claim'), template: concept, revision: z.number() }),
  /** All types are claimed: from now on this revision counts. */
  z.object({ type: z.literal('confirm-claim'), template: concept, revision: z.number() }),
  // When it is decommissioned: answers `retire-answered`, and hands the reply on; from then on nothing new is admitted.
  z.object({ type: z.literal('prepare-to-retire'), template: concept, revision: z.number() }),
  z.object({ type: z.literal('stay'), template: concept }),
  z.object({ type: z.literal('retire'), template: concept }),
  // From a loop.
  /** It is about to exist: answers `admission-answered`, and hands the reply on. */
  z.object({ type: z.literal('admit'), loop: concept, elements: z.array(concept) }),
  /** It is gone. */
  z.object({ type: z.literal('dismiss'), loop: concept }),
  /** It is about to be brought to its participants: answers `permit-answered`. */
  z.object({
    type: z.literal('permit'),
    loop: concept,
    participants: z.array(concept),
    /** The loop's own number for what it wants; comes back. */
    wish: z.number().exactOptional(),
  }),
  /** It is UNINITIALISED again. */
  z.object({ type: z.literal('release'), loop: concept }),
  // From a participant.
  z.object({
    type: z.literal('known-by'),
    participantId: concept,
    revision: z.number(),
    state: knownBy.shape.state,
    message: text,
    arrival,
  }),
  z.object({ type: z.literal('participant-gone'), participantId: concept }),
  /** Its own timer. */
  z.object({ type: z.literal('forget') }),
])
export type DefinitionCommand = z.infer<typeof command>

const at = { atMs: z.number() }
export const event = z.discriminatedUnion('type', [
  z.object({
    ...at,
    type: z.literal('claimed'),
    template: concept,
    revision: z.number(),
    definition: definitionType,
  }),
  z.object({ ...at, type: z.literal('claim-given-up') }),
  z.object({ ...at, type: z.literal('commissioned'), template: concept, revision: z.number() }),
  z.object({ ...at, type: z.literal('retiring') }),
  z.object({ ...at, type: z.literal('stayed') }),
  z.object({ ...at, type: z.literal('retired') }),
  z.object({ ...at, type: z.literal('loop-admitted'), loop: concept }),
  z.object({ ...at, type: z.literal('loop-dismissed'), loop: concept }),
  z.object({ ...at, type: z.literal('loop-permitted'), loop: concept }),
  z.object({ ...at, type: z.literal('loop-released'), loop: concept }),
  z.object({
    ...at,
    type: z.literal('known-by'),
    participantId: concept,
    revision: z.number(),
    state: knownBy.shape.state,
    message: text,
    arrival,
  }),
  z.object({ ...at, type: z.literal('participant-gone'), participantId: concept }),
])
export type DefinitionEvent = z.infer<typeof event>

export const state = z.object({
  id: concept,
  /** `claimed`: its template is being commissioned. `retiring`: it is being decommissioned. */
  presence: z.enum(['absent', 'claimed', 'commissioned', 'retiring']),
  /** What it belongs to. */
  template: concept.nullable(),
  revision: z.number(),
  definition: definitionType.nullable(),
  /** What it becomes when the change of its template is confirmed. */
  claim: z.object({ revision: z.number(), definition: definitionType }).nullable(),
  commissionedAtMs: z.number(),
  /** Loops of this type. */
  loops: z.number(),
  /** Those of them that are with their participants. */
  deployed: z.number(),
  /** By the participant's `name:version`. */
  knownBy: z.record(z.string(), knownBy),
})
export type DefinitionState = z.infer<typeof state>
