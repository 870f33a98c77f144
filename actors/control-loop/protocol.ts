/** What may be said to a control loop, what it remembers, and what it is. Entity id: `<name>:<version>`. */
import { z } from 'zod'
import { concept } from '../../participants/protocol/concept.ts'
import { elementResult, elementStatistics, properties } from '../../participants/protocol/conversation.ts'
import { loopState, orderedState, TRANSITIONS } from '../../participants/protocol/states.ts'
import { arrival, elementFacts } from '../control-loop-definition/protocol.ts'

const text = z.string().max(4_000)

/** What whoever orders something calls the order. */
const orderKey = z.string().max(256)

/** An element as its owner wants it. */
export const elementSpec = z.object({
  elementId: z.string(),
  definition: concept,
  participantType: concept,
  participantId: concept,
  description: text,
  properties,
})
export type ElementSpec = z.infer<typeof elementSpec>

/** A loop as its owner wants it, checked against its definition by whoever sends it. */
export const loopSpec = z.object({
  definition: concept,
  description: text,
  elements: z.array(elementSpec).min(1),
})
export type LoopSpec = z.infer<typeof loopSpec>

const participant = { participantId: concept }

/** What its definition says when the loop may go to its participants. */
const permit = z.object({
  template: concept,
  revision: z.number(),
  elements: z.array(elementFacts),
  /** Of each participant, by `name:version`: the last that came before. */
  arrivals: z.record(z.string(), arrival).default({}),
})

const elementsChanged = z.object({
  ...participant,
  type: z.literal('elements-changed'),
  responseTo: z.string().exactOptional(),
  isKnownAlready: z.boolean(),
  ok: z.boolean(),
  message: text,
  results: z.array(elementResult),
})

export const command = z.discriminatedUnion('type', [
  // From people. Reply of the first three: `LoopReply`.
  z.object({ type: z.literal('create'), spec: loopSpec, key: orderKey.exactOptional() }),
  /** While it is UNINITIALISED. */
  z.object({ type: z.literal('edit'), spec: loopSpec }),
  /** `key`: sent again with the same, it is taken once, however late it comes. */
  z.object({ type: z.literal('order'), orderedState, key: orderKey.exactOptional() }),
  /** While it is UNINITIALISED. Reply: `LoopReply`. */
  z.object({ type: z.literal('delete') }),
  // From its definition.
  z.object({ type: z.literal('admission-answered'), refused: text.exactOptional() }),
  z.object({
    type: z.literal('permit-answered'),
    /** Absent: not yet. */
    permit: permit.exactOptional(),
    /** Why not yet. */
    reason: text,
    // What was asked, and who answers; nodes of releases before 0.2 don't say.
    wish: z.number().exactOptional(),
    definition: concept.exactOptional(),
  }),
  // From participants.
  elementsChanged,
  /** Several of these that came together, in their order. */
  z.object({ type: z.literal('several-changed'), words: z.array(elementsChanged).min(1) }),
  z.object({
    ...participant,
    type: z.literal('elements-reported'),
    /** When it was so, by the participant's clock. */
    sentAtMs: z.number(),
    elements: z.array(elementStatistics),
  }),
  /** It has started anew, or was away: what it has of this loop isn't known. */
  z.object({ ...participant, type: z.literal('participant-returned'), arrival }),
  // Its own timers.
  z.object({ type: z.literal('attempt-over'), step: z.number(), attempt: z.number() }),
  z.object({ type: z.literal('ask-permit') }),
  z.object({ type: z.literal('forget') }),
])
export type LoopCommand = z.infer<typeof command>

/** Why a message of a participant changes nothing. */
export const ignoredReason = z.enum([
  /** It says what is known. */
  'repeated',
  /** It answers an order that is no longer in force. */
  'late',
  /** It speaks of an element that isn't here, or is another participant's. */
  'foreign',
  /** It says that an element is where nobody has sent it. */
  'implausible',
])
export type IgnoredReason = z.infer<typeof ignoredReason>

export const step = z.object({
  /** Counts the steps of the loop: timers and answers of others are out of date. */
  number: z.number(),
  transition: z.enum(TRANSITIONS),
  startPhase: z.number(),
  elementIds: z.array(z.string()),
  startedAtMs: z.number(),
  attempt: z.number(),
  attemptedAtMs: z.number(),
  /** When those that haven't answered are asked again. */
  dueMs: z.number(),
  /** When those that have failed are asked again; `null`: none has. */
  retryMs: z.number().nullable(),
})
export type Step = z.infer<typeof step>

/** An order as it goes to participants: who, and about which elements. */
export const sending = z.object({
  messageId: z.string(),
  /** `null`: all participants that have elements in it. */
  to: concept.nullable(),
  elementIds: z.array(z.string()),
})
export type Sending = z.infer<typeof sending>

const elementChange = z.object({
  elementId: z.string(),
  state: orderedState,
  message: text,
  /** It may be the word of a participant that is gone since: it doesn't say which order it answers. */
  isUnsure: z.literal(true).exactOptional(),
})
export type ElementChange = z.infer<typeof elementChange>

const at = { atMs: z.number() }

export const event = z.discriminatedUnion('type', [
  z.object({ ...at, type: z.literal('creation-requested'), spec: loopSpec, key: orderKey.exactOptional() }),
  z.object({ ...at, type: z.literal('creation-refused'), reason: text }),
  z.object({ ...at, type: z.literal('created') }),
  z.object({ ...at, type: z.literal('edited'), spec: loopSpec }),
  z.object({ ...at, type: z.literal('deleted') }),
  /** By whom is in the event's cause. */
  z.object({ ...at, type: z.literal('ordered'), orderedState, key: orderKey.exactOptional() }),
  z.object({ ...at, type: z.literal('permit-missing'), reason: text, askAgainMs: z.number() }),
  z.object({
    ...at,
    type: z.literal('permitted'),
    permit,
  }),
  /** And sent to participants for the first time. */
  z.object({ ...at, type: z.literal('step-started'), step, sendings: z.array(sending) }),
  z.object({
    ...at,
    type: z.literal('sent-again'),
    attempt: z.number(),
    dueMs: z.number(),
    sendings: z.array(sending),
  }),
  /** One after the other. */
  z.object({ ...at, type: z.literal('elements-changed'), elements: z.array(elementChange).min(1) }),
  /** The participant couldn't do what was ordered. */
  z.object({ ...at, type: z.literal('element-failed'), elementId: z.string(), message: text, retryMs: z.number() }),
  z.object({ ...at, type: z.literal('alarm-raised'), alarmId: z.string(), problem: text }),
  z.object({ ...at, type: z.literal('alarm-cleared'), alarmId: z.string(), reason: text }),
  /** All elements are where they were ordered. `released`: its definition isn't held any longer. */
  z.object({ ...at, type: z.literal('settled'), released: z.boolean() }),
  /** Elements are found in another state than they were left in. */
  z.object({
    ...at,
    type: z.literal('drifted'),
    elements: z.array(z.object({ elementId: z.string(), state: orderedState, asked: orderedState.nullable() })),
    reason: text,
    /** They are sent what their participant has missed, who has arrived anew. */
    returned: z.object({ ...participant, arrival }).exactOptional(),
  }),
  /** A participant's word that isn't taken for granted: it is asked how it is. */
  z.object({ ...at, ...participant, type: z.literal('doubted'), elementId: z.string() }),
  z.object({ ...at, ...participant, type: z.literal('ignored'), reason: ignoredReason, what: text }),
])
export type LoopEvent = z.infer<typeof event>

export const elementState = z.object({
  /** Where it is, as far as is known. */
  state: orderedState,
  /** Where it was sent, as long as its participant hasn't said that it is there: it may be there, or on its way. */
  asked: orderedState.nullable(),
  /**
   * The messages that said so, since it was ordered and since its participant was last away: answers to others are out of date.
   * The oldest are forgotten.
   */
  askedBy: z.array(z.string()),
  changedAtMs: z.number(),
  /** What its participant said last. */
  message: text,
  /** What was ordered last couldn't be done. */
  failed: z.boolean(),
  /** Whoever said that it is in `state` was ordered so since the last arrival that the permit has. */
  isSure: z.boolean().default(false),
})
export type ElementState = z.infer<typeof elementState>

export const state = z.object({
  id: concept,
  presence: z.enum(['absent', 'creating', 'present', 'deleted']),
  spec: loopSpec.nullable(),
  createdAtMs: z.number(),
  orderedState,
  orderedAtMs: z.number(),
  state: loopState,
  sinceMs: z.number(),
  /** By element id. */
  elements: z.record(z.string(), elementState),
  /** What its definition says, from the order to PASSIVE until it is UNINITIALISED again. */
  permit: permit.nullable(),
  /** Set while the definition doesn't permit it yet. */
  permitMissing: z
    .object({ reason: text, sinceMs: z.number(), askAgainMs: z.number(), attempt: z.number() })
    .nullable(),
  step: step.nullable(),
  /** Steps so far. */
  steps: z.number(),
  /** Counts what was ordered, under this name: a permit that was asked for before is for something else. */
  wishes: z.number().default(0),
  alarm: z.object({ id: z.string(), raisedAtMs: z.number(), problem: text }).nullable(),
  doubtedAtMs: z.number(),
  /** What was ordered with a key, the oldest first; the oldest are forgotten. */
  keys: z.array(z.object({ key: orderKey, what: orderedState.or(z.literal('create')) })).default([]),
  /** Messages of participants that changed nothing. */
  ignored: z.record(ignoredReason, z.number()),
})
export type LoopState = z.infer<typeof state>

export interface LoopReply {
  readonly name: string
  readonly version: string
  readonly state: z.infer<typeof loopState>
  readonly orderedState: z.infer<typeof orderedState>
}
