/** What a loop type and its elements are, as definitions of control loops store them. */
import { z } from 'zod'
import { concept } from '../../../participants/protocol/concept.ts'
import { properties } from '../../../participants/protocol/conversation.ts'
import { TRANSITIONS } from '../../../participants/protocol/states.ts'

export const elementType = z.object({
  definition: concept,
  description: z.string().exactOptional(),
  /** Name of its node type. */
  type: z.string(),
  typeVersion: z.string(),
  /** Which participants can carry it. */
  participantType: concept,
  /** The one participant that carries it, where the template says so. */
  participantId: concept.exactOptional(),
  /** Elements of a phase start together, lower phases first; they stop the other way round. */
  startPhase: z.number().int().min(0),
  startDelayMs: z.number().int().min(0),
  /** How long a change of state may take. */
  timeoutsMs: z.record(z.enum(TRANSITIONS), z.number().int().min(0)),
  /** Properties that are set once per type, by name. */
  commonProperties: properties,
  /** As it is sent to participants: `name`, `version`, `type`, `type_version`, `description`, `properties`, … */
  nodeTemplate: properties,
  /** It is about a policy, so its participant needs policy types and policies as well (`templateFragment`). */
  needsFragment: z.boolean(),
})
export type ElementType = z.infer<typeof elementType>

export const controlLoopType = z.object({
  definition: concept,
  description: z.string().exactOptional(),
  provider: z.string().exactOptional(),
  elements: z.array(elementType),
})
export type ControlLoopType = z.infer<typeof controlLoopType>
