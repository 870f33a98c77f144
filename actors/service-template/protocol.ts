/**
 * What may be said to a service template, what it remembers, and what it is. Entity id: `<name>:<version>`. Whoever commissions one
 * has read and checked it (`model/tosca`); here it is stored, and what follows from it is brought to those concerned.
 */
import { z } from 'zod'
import { concept } from '../../participants/protocol/concept.ts'
import { elementDefinition, order, properties } from '../../participants/protocol/conversation.ts'
import { definitionType, refusal } from '../control-loop-definition/protocol.ts'
import { generation } from '../participant/protocol.ts'

const text = z.string().max(4_000)

/** A type of loop in it. */
export const loopType = z.object({ definition: concept, type: definitionType })

export const content = z.object({
  /** `ServiceTemplate` of `model/tosca`, as it was read. */
  source: z.record(z.string(), z.unknown()),
  loopTypes: z.array(loopType).max(1_000),
  /** Types of elements, each with the type of participant that carries it. */
  elements: z.array(z.object({ participantType: concept, element: elementDefinition })).max(10_000),
  /** Policy types, data types and policies: what elements with `needsFragment` are sent. */
  fragment: properties,
})
export type Content = z.infer<typeof content>

export const command = z.discriminatedUnion('type', [
  // From people. Reply: `TemplateReply`.
  /**
   * New, the same again (changes nothing), or with other common properties. Refused while anything else is under way with it, if
   * one of its types belongs to another template, or if a loop of a type that changes is with its participants.
   */
  z.object({ type: z.literal('commission'), content }),
  /** Refused while there are loops of its types. */
  z.object({ type: z.literal('decommission') }),
  // From its definitions. `refused`: why not.
  z.object({
    type: z.literal('claim-answered'),
    definition: concept,
    revision: z.number(),
    refused: refusal.exactOptional(),
  }),
  z.object({
    type: z.literal('retire-answered'),
    definition: concept,
    revision: z.number(),
    refused: refusal.exactOptional(),
  }),
  // From a type of participant: a participant has to be told. From a participant that didn't acknowledge in time: again.
  z.object({ type: z.literal('define-for'), participantId: concept, participantType: concept }),
  // From a loop: its order needs the fragment, which is put into each element before it is published.
  z.object({ type: z.literal('publish-order'), generation, key: z.string(), order }),
  // Its own timer.
  z.object({ type: z.literal('forget') }),
])
export type TemplateCommand = z.infer<typeof command>

const at = { atMs: z.number() }
export const event = z.discriminatedUnion('type', [
  z.object({ ...at, type: z.literal('commissioning'), revision: z.number(), content }),
  z.object({ ...at, type: z.literal('claim-answered'), definition: concept, refused: refusal.exactOptional() }),
  z.object({
    ...at,
    type: z.literal('commissioned'),
    /** Definitions that are the template's at this revision. */
    claimed: z.array(concept),
    /** Those that were its own before. */
    retired: z.array(concept),
    /** Types of participants that it concerned before, and no longer does. */
    leftTypes: z.array(concept),
  }),
  z.object({
    ...at,
    type: z.literal('commissioning-failed'),
    reason: text,
    /** Definitions that are told that nothing comes of it. */
    claimed: z.array(concept),
    retired: z.array(concept),
  }),
  z.object({ ...at, type: z.literal('decommissioning'), revision: z.number() }),
  z.object({ ...at, type: z.literal('retire-answered'), definition: concept, refused: refusal.exactOptional() }),
  z.object({
    ...at,
    type: z.literal('decommissioned'),
    retired: z.array(concept),
    leftTypes: z.array(concept),
  }),
  z.object({ ...at, type: z.literal('decommissioning-failed'), reason: text, retired: z.array(concept) }),
])
export type TemplateEvent = z.infer<typeof event>

export const state = z.object({
  id: concept,
  presence: z.enum(['absent', 'commissioning', 'commissioned', 'decommissioning']),
  /** The one in force. */
  revision: z.number(),
  /** The highest that was given to anything that was begun, whatever became of it: answers with another are late. */
  lastRevision: z.number(),
  content: content.nullable(),
  /** What it becomes when all its types are claimed. */
  next: content.nullable(),
  /** Answers of its definitions to what is under way or was last, by `name:version`; `null`: yes. */
  answers: z.record(z.string(), refusal.nullable()),
  /** When what is under way was begun. */
  begunAtMs: z.number(),
  commissionedAtMs: z.number(),
})
export type TemplateState = z.infer<typeof state>

export interface TemplateReply {
  readonly name: string
  readonly version: string
  readonly revision: number
  /** It was there already, and nothing has changed. */
  readonly repeated: boolean
}
