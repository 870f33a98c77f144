/**
 * What runtime and participants say to each other, whatever the generation of the protocol: entities and the intermediary
 * speak in these terms, and a file per generation (`istanbul.ts`) turns them into its messages and back. So another generation is a
 * file of its own.
 */
import { z } from 'zod'
import { concept } from './concept.ts'
import { healthStatus, loopState, orderedState, participantState } from './states.ts'

/** Who is meant. A type alone: every participant of that type. Neither: everybody. */
export const addressee = z.object({
  participantType: concept.exactOptional(),
  participantId: concept.exactOptional(),
})
export type Addressee = z.infer<typeof addressee>

/** Named properties: JSON values, in TOSCA's simple form. */
export const properties = z.record(z.string(), z.unknown())
export type Properties = z.infer<typeof properties>

/** A type of element, as participants get to know it when a definition is commissioned on them. */
export const elementDefinition = z.object({
  definition: concept,
  /** As it stands in the service template: `name`, `version`, `type`, `type_version`, `properties`, … */
  nodeTemplate: properties,
  /** What is set once per type: the properties whose `metadata.common` is true, by name. */
  commonProperties: properties,
})
export type ElementDefinition = z.infer<typeof elementDefinition>

/** An element of a loop, as the participant that carries it gets it. */
export const elementOrder = z.object({
  elementId: z.string(),
  definition: concept,
  participantType: concept,
  participantId: concept,
  description: z.string().exactOptional(),
  /** Where it is now, as far as is known. */
  state: loopState,
  orderedState,
  /** Set per instance. */
  properties,
  /** Policy types, data types and policies that it needs beside its own node template (policy elements only). */
  templateFragment: properties.exactOptional(),
})
export type ElementOrder = z.infer<typeof elementOrder>

const head = {
  /** A UUID; the same when the same message is sent again after a crash. */
  messageId: z.string(),
  atMs: z.number(),
  to: addressee,
}

/** From the runtime to participants. */
export const order = z.discriminatedUnion('type', [
  /** Answers `register`. */
  z.object({ ...head, type: z.literal('registered'), responseTo: z.string() }),
  /** Answers `deregister`. */
  z.object({ ...head, type: z.literal('deregistered'), responseTo: z.string() }),
  /** Commissions types of elements on participants of one type. Answered by `definitions-known`. */
  z.object({
    ...head,
    type: z.literal('define'),
    participantType: concept,
    elements: z.array(elementDefinition).min(1),
  }),
  /** No definition is left that concerns the participant: it forgets all. Answered by `definitions-known`. */
  z.object({ ...head, type: z.literal('undefine') }),
  /** Brings elements from UNINITIALISED to PASSIVE. Answered by `elements-changed`. */
  z.object({
    ...head,
    type: z.literal('instantiate'),
    loop: concept,
    startPhase: z.number().int(),
    participants: z.array(z.object({ participantId: concept, elements: z.array(elementOrder) })),
  }),
  /** All other changes of state. Answered by `elements-changed`. */
  z.object({
    ...head,
    type: z.literal('change-state'),
    loop: concept,
    orderedState,
    /** Only elements of this phase. Participants of the first releases overlook it, and change all of theirs at once. */
    startPhase: z.number().int().exactOptional(),
  }),
  /** Answered by `status`. */
  z.object({ ...head, type: z.literal('ask-status') }),
  /** Puts the participant in another mode. Participants of the first releases overlook it. */
  z.object({ ...head, type: z.literal('set-mode'), state: participantState }),
])
export type Order = z.infer<typeof order>

export const elementResult = z.object({
  elementId: z.string(),
  /** Where the element is. */
  state: loopState,
  /** False: what was ordered couldn't be done. */
  ok: z.boolean(),
  /** What was done, would have been done, or went wrong. */
  message: z.string(),
})
export type ElementResult = z.infer<typeof elementResult>

export const participantStatistics = z.object({
  atMs: z.number(),
  state: participantState,
  healthStatus,
  eventCount: z.number(),
  lastExecutionTimeMs: z.number(),
  averageExecutionTimeMs: z.number(),
  upTimeMs: z.number(),
  /** Milliseconds since the epoch, as the next. */
  lastEnterTimeMs: z.number(),
  lastStartMs: z.number(),
})
export type ParticipantStatistics = z.infer<typeof participantStatistics>

export const elementStatistics = z.object({
  elementId: z.string(),
  atMs: z.number(),
  state: loopState,
  upTimeMs: z.number(),
})
export type ElementStatistics = z.infer<typeof elementStatistics>

/** A loop, as one participant has it. */
const loopReport = z.object({
  loop: concept,
  state: loopState,
  elements: z.array(elementStatistics),
})
export type LoopReport = z.infer<typeof loopReport>

const from = { participantId: concept, participantType: concept }

/** From a participant to the runtime. */
export const report = z.discriminatedUnion('type', [
  /** It has just started, or hasn't heard `registered` yet. */
  z.object({ ...from, type: z.literal('register'), messageId: z.string() }),
  /** It stops as it should. */
  z.object({ ...from, type: z.literal('deregister'), messageId: z.string() }),
  z.object({
    ...from,
    type: z.literal('definitions-known'),
    responseTo: z.string(),
    ok: z.boolean(),
    message: z.string(),
    state: participantState.exactOptional(),
  }),
  /** Elements have reached another state, or couldn't. */
  z.object({
    ...from,
    type: z.literal('elements-changed'),
    loop: concept,
    /** The order that it answers. Participants of the first releases don't say. */
    responseTo: z.string().exactOptional(),
    /** It has the loop already: the answer of the first releases to a repeated `instantiate`, with no word about elements. */
    isKnownAlready: z.boolean(),
    ok: z.boolean(),
    message: z.string(),
    results: z.array(elementResult),
  }),
  /** From time to time, and when it is asked. */
  z.object({
    ...from,
    type: z.literal('status'),
    messageId: z.string(),
    atMs: z.number(),
    state: participantState,
    healthStatus,
    statistics: participantStatistics.exactOptional(),
    loops: z.array(loopReport),
  }),
])
export type Report = z.infer<typeof report>
