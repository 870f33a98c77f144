/** What may be said to a participant of control loops, what it remembers, and what it is. Entity id: `<name>:<version>`. */
import { z } from 'zod'
import { concept } from '../../participants/protocol/concept.ts'
import { elementDefinition, participantStatistics } from '../../participants/protocol/conversation.ts'
import {
  healthStatus,
  participantState,
  type ParticipantState as ParticipantMode,
} from '../../participants/protocol/states.ts'

/** The generation of the protocol that it speaks; each is a file of its own under `participants/protocol`. */
export const generation = z.enum(['istanbul'])
export type GenerationName = z.infer<typeof generation>

/** It is registered, said good-bye, or nothing was ever heard. */
export const registration = z.enum(['Unknown', 'Registered', 'Deregistered'])

const text = z.string().max(4_000)

/** How far the participant knows what was commissioned on it. */
export const commissioning = z.object({
  /** Of the service template: rises with each change. */
  revision: z.number(),
  /** `sent`: it hasn't acknowledged yet. `silent`: it didn't, however often it was sent. */
  state: z.enum(['sent', 'known', 'refused', 'silent']),
  /** Of the message that was sent last; its acknowledgement answers it. */
  messageId: z.string(),
  sentAtMs: z.number(),
  attempt: z.number(),
  /** What the participant said. */
  message: text,
  /** Types of loops that rely on it. */
  definitions: z.array(concept),
})
export type Commissioning = z.infer<typeof commissioning>

export const command = z.discriminatedUnion('type', [
  // From the participant.
  z.object({
    type: z.literal('register'),
    participantType: concept,
    generation,
    messageId: z.string(),
  }),
  z.object({ type: z.literal('deregister'), participantType: concept, generation, messageId: z.string() }),
  z.object({
    type: z.literal('definitions-known'),
    responseTo: z.string(),
    ok: z.boolean(),
    message: text,
    state: participantState.exactOptional(),
  }),
  z.object({
    type: z.literal('status-reported'),
    participantType: concept,
    generation,
    /** When it was sent, by the participant's clock. */
    sentAtMs: z.number(),
    state: participantState,
    healthStatus,
    statistics: participantStatistics.exactOptional(),
  }),
  // From its type.
  /** All that is commissioned for its type: one `define` comes for each. */
  z.object({ type: z.literal('templates-needed'), templates: z.array(concept) }),
  /** From a service template: tells the participant. */
  z.object({
    type: z.literal('define'),
    template: concept,
    revision: z.number(),
    participantType: concept,
    elements: z.array(elementDefinition),
    /** Types of loops that have some of them: they want to know when the participant knows. */
    definitions: z.array(concept),
  }),
  /** It is decommissioned. `isLast`: nothing else is commissioned for its type. */
  z.object({ type: z.literal('undefine'), template: concept, isLast: z.boolean() }),
  // From people. Reply: `ModeReply`.
  z.object({ type: z.literal('set-mode'), state: participantState }),
  /** It is off line and won't come back. Reply: `RemovedReply`. */
  z.object({ type: z.literal('remove') }),
  // From a loop: an element is said to be in another state than it should.
  z.object({ type: z.literal('ask-status') }),
  // Its own timers.
  z.object({ type: z.literal('check-silence') }),
  z.object({ type: z.literal('check-definitions') }),
  z.object({ type: z.literal('stop-waiting') }),
  z.object({ type: z.literal('bring-up-to-date') }),
  z.object({ type: z.literal('forget') }),
])
export type ParticipantCommand = z.infer<typeof command>

export interface RemovedReply {
  readonly name: string
  readonly version: string
}

export interface ModeReply {
  readonly name: string
  readonly version: string
  /** As it said itself last. */
  readonly state: ParticipantMode
  readonly orderedState: ParticipantMode
}

const at = { atMs: z.number() }
export const event = z.discriminatedUnion('type', [
  z.object({
    ...at,
    type: z.literal('registered'),
    participantType: concept,
    generation,
    /** Of its message: the answer names it. */
    messageId: z.string(),
  }),
  /** Once more, before it was answered: the answer names this message. */
  z.object({ ...at, type: z.literal('registered-again'), messageId: z.string() }),
  /** It isn't registered, but it tells how it is. */
  z.object({ ...at, type: z.literal('found'), participantType: concept, generation }),
  z.object({ ...at, type: z.literal('templates-needed'), templates: z.array(concept) }),
  /** Not all that is commissioned for it has come to be sent: what comes later is sent later. */
  z.object({ ...at, type: z.literal('waiting-given-up') }),
  z.object({ ...at, type: z.literal('registration-answered'), messageId: z.string() }),
  z.object({
    ...at,
    type: z.literal('definitions-sent'),
    template: concept,
    revision: z.number(),
    messageId: z.string(),
    attempt: z.number(),
    definitions: z.array(concept),
  }),
  z.object({
    ...at,
    type: z.literal('definitions-answered'),
    template: concept,
    revision: z.number(),
    ok: z.boolean(),
    message: text,
  }),
  /** It didn't acknowledge, however often it was asked. */
  z.object({ ...at, type: z.literal('definitions-given-up'), template: concept, alarmId: z.string() }),
  z.object({ ...at, type: z.literal('undefined'), template: concept, isLast: z.boolean() }),
  z.object({
    ...at,
    type: z.literal('status-reported'),
    state: participantState,
    healthStatus,
    statistics: participantStatistics.exactOptional(),
  }),
  /** Not heard of for too long: asked how it is, for the `question`th time. */
  z.object({ ...at, type: z.literal('asked'), question: z.number(), messageId: z.string() }),
  /** Asked how it is, because a loop wants to know. */
  z.object({ ...at, type: z.literal('status-requested'), messageId: z.string() }),
  z.object({ ...at, type: z.literal('went-off-line'), alarmId: z.string() }),
  /** It was off line, and is heard again. */
  z.object({ ...at, type: z.literal('came-back') }),
  z.object({ ...at, type: z.literal('alarm-cleared'), alarmId: z.string(), reason: text }),
  z.object({ ...at, type: z.literal('mode-ordered'), state: participantState, messageId: z.string() }),
  /** `messageId`: of its message; empty: it was off line, and was removed. */
  z.object({ ...at, type: z.literal('deregistered'), messageId: z.string() }),
  /** Its loops are told, so that they send what it missed. */
  z.object({ ...at, type: z.literal('brought-up-to-date') }),
])
export type ParticipantEvent = z.infer<typeof event>

export const state = z.object({
  id: concept,
  /** `null`: nobody has heard of it. */
  participantType: concept.nullable(),
  generation,
  registration,
  registeredAtMs: z.number(),
  deregisteredAtMs: z.number(),
  /** The message with which it registered last. */
  registrationId: z.string(),
  /** The number of its last arrival (it registered, or came back): each has a higher one than all before. */
  lastArrival: z.number().int().default(0),
  /** It is here (again), and isn't up to date yet; `null`: it is, or it isn't here. */
  arrival: z
    .object({
      sinceMs: z.number(),
      /** The registration that is still to be answered; `null`: none. */
      registrationId: z.string().nullable(),
      /** Templates, by `name:version`, that have yet to be sent to it; `null`: which there are isn't known yet. */
      templates: z.array(z.string()).nullable(),
    })
    .nullable(),
  /** As it says itself. */
  state: participantState,
  healthStatus,
  lastHeardMs: z.number(),
  statistics: participantStatistics.nullable(),
  /** Questions since it was heard last. */
  questions: z.number(),
  askedAtMs: z.number(),
  /** Service templates that it was sent, by `name:version`. */
  templates: z.record(z.string(), commissioning),
  /** Raised while it is off line. */
  alarmId: z.string().nullable(),
  /** Raised while it doesn't acknowledge definitions. */
  definitionsAlarmId: z.string().nullable(),
  orderedMode: participantState.nullable(),
})
export type ParticipantState = z.infer<typeof state>
