/** Orders, as they come from our runtime or from the original's. */
import { z } from 'zod'
import type { ParticipantIdentity } from '../addressee.ts'
import { concept, type Concept, isSameConcept } from '../concept.ts'
import { type ElementDefinition, type ElementOrder, type Order, properties } from '../conversation.ts'
import { participantState } from '../states.ts'
import type { Decoded } from '../wire.ts'
import { isOrderType, type OrderType } from './message-types.ts'
import {
  addresseeOf,
  decoded,
  elementId,
  head,
  instant,
  messageId,
  messageTypeOf,
  wireLoopState,
  wireOrderedState,
} from './shape.ts'
import { propertyValues } from './tosca-property.ts'

export const decodeOrder = (value: unknown, reader?: ParticipantIdentity): Decoded<Order> => {
  const type = messageTypeOf(value)
  if (type.kind !== 'message') return type
  return isOrderType(type.message) ? READ[type.message](value, reader) : { kind: 'foreign' }
}

type Read = (value: unknown, reader: ParticipantIdentity | undefined) => Decoded<Order>
type Head = z.infer<z.ZodObject<typeof head>>

const headOf = (given: Head) => ({
  messageId: given.messageId,
  atMs: given.timestamp ?? 0,
  to: addresseeOf(given),
})

const acknowledgementShape = z.object({
  responseTo: messageId,
  result: z.boolean().nullish(),
  messageId: messageId.nullish(),
  timestamp: instant.nullish(),
  participantType: concept.nullish(),
  participantId: concept.nullish(),
})

/** It has no id of its own on the wire, so what it answers names it. One that says no registers nobody: it is asked again. */
const acknowledgement =
  (type: 'registered' | 'deregistered'): Read =>
  (value) =>
    decoded(acknowledgementShape, value, (given) =>
      type === 'registered' && given.result === false
        ? undefined
        : {
            ...headOf({ ...given, messageId: given.messageId ?? given.responseTo }),
            type,
            responseTo: given.responseTo,
          },
    )

const definitionShape = z.object({
  clElementDefinitionId: concept,
  controlLoopElementToscaNodeTemplate: properties.nullish(),
  commonPropertiesMap: properties.nullish(),
})
const updateShape = z.object({
  ...head,
  participantDefinitionUpdates: z
    .array(
      z.object({
        participantType: concept,
        controlLoopElementDefinitionList: z.array(definitionShape).nullish(),
      }),
    )
    .nullish(),
})

const elementShape = z.object({
  id: elementId,
  definition: concept,
  participantType: concept.nullish(),
  participantId: concept.nullish(),
  description: z.string().nullish(),
  state: wireLoopState.nullish(),
  orderedState: wireOrderedState.nullish(),
  toscaServiceTemplateFragment: properties.nullish(),
  propertiesMap: properties.nullish(),
})
const instantiateShape = z
  .object({
    ...head,
    controlLoopId: concept,
    startPhase: z.number().int().nullish(),
    participantUpdatesList: z
      .array(z.object({ participantId: concept, controlLoopElementList: z.array(elementShape).nullish() }))
      .nullish(),
  })
  .superRefine(({ participantType, participantUpdatesList }, context) => {
    // Where neither the element nor the message says it, there is nobody to carry it.
    const path = ['participantUpdatesList']
    for (const { controlLoopElementList } of participantUpdatesList ?? [])
      if (!participantType && controlLoopElementList?.some((element) => !element.participantType))
        context.addIssue({ code: 'custom', path, message: 'an element has no participantType' })
  })

const stateChangeShape = z.object({
  ...head,
  controlLoopId: concept,
  orderedState: wireOrderedState,
  startPhase: z.number().int().nullish(),
})

const READ: Readonly<Record<OrderType, Read>> = {
  PARTICIPANT_REGISTER_ACK: acknowledgement('registered'),
  PARTICIPANT_DEREGISTER_ACK: acknowledgement('deregistered'),
  PARTICIPANT_UPDATE: (value, reader) => decoded(updateShape, value, (given) => definitionsOf(given, reader)),
  CONTROL_LOOP_UPDATE: (value) =>
    decoded(instantiateShape, value, (given) => ({
      ...headOf(given),
      type: 'instantiate',
      loop: given.controlLoopId,
      startPhase: given.startPhase ?? 0,
      participants: (given.participantUpdatesList ?? []).map(({ participantId, controlLoopElementList }) => ({
        participantId,
        elements: (controlLoopElementList ?? []).map((element) =>
          elementOf(element, participantId, given.participantType),
        ),
      })),
    })),
  CONTROL_LOOP_STATE_CHANGE: (value) =>
    decoded(stateChangeShape, value, (given) => ({
      ...headOf(given),
      type: 'change-state',
      loop: given.controlLoopId,
      orderedState: given.orderedState,
      ...(given.startPhase !== undefined && given.startPhase !== null && { startPhase: given.startPhase }),
    })),
  PARTICIPANT_STATUS_REQ: (value) => decoded(z.object(head), value, askStatus),
  /** The question of the releases before; the same is wanted. */
  PARTICIPANT_HEALTH_CHECK: (value) => decoded(z.object(head), value, askStatus),
  PARTICIPANT_STATE_CHANGE: (value) =>
    decoded(z.object({ ...head, state: participantState }), value, (given) => ({
      ...headOf(given),
      type: 'set-mode',
      state: given.state,
    })),
}

const askStatus = (given: Head): Order => ({ ...headOf(given), type: 'ask-status' })

/** No list, an empty one, or one with nothing in it for the reader's type: what it knew is decommissioned. */
const definitionsOf = (
  given: z.infer<typeof updateShape>,
  reader: ParticipantIdentity | undefined,
): Order | undefined => {
  const updates = given.participantDefinitionUpdates ?? []
  const participantType = reader?.participantType ?? updates[0]?.participantType
  if (participantType === undefined || updates.length === 0) return { ...headOf(given), type: 'undefine' }
  const own = updates.filter((update) => isSameConcept(update.participantType, participantType))
  if (own.length === 0) return undefined
  const elements = own.flatMap((update) => update.controlLoopElementDefinitionList ?? []).map(definitionOf)
  return elements.length === 0
    ? { ...headOf(given), type: 'undefine' }
    : { ...headOf(given), type: 'define', participantType, elements }
}

const definitionOf = (given: z.infer<typeof definitionShape>): ElementDefinition => {
  const nodeTemplate = given.controlLoopElementToscaNodeTemplate ?? {}
  const own = properties.safeParse(nodeTemplate['properties'])
  return {
    definition: given.clElementDefinitionId,
    nodeTemplate,
    commonProperties: propertyValues(given.commonPropertiesMap ?? {}, own.success ? own.data : {}),
  }
}

const elementOf = (
  given: z.infer<typeof elementShape>,
  participantId: Concept,
  messageParticipantType: Concept | null | undefined,
): ElementOrder => ({
  elementId: given.id,
  definition: given.definition,
  // The shape has made sure that one of them is there.
  participantType: given.participantType ?? (messageParticipantType as Concept),
  participantId: given.participantId ?? participantId,
  ...(given.description && { description: given.description }),
  state: given.state ?? 'UNINITIALISED',
  orderedState: given.orderedState ?? 'PASSIVE',
  properties: propertyValues(given.propertiesMap ?? {}),
  ...(given.toscaServiceTemplateFragment && { templateFragment: given.toscaServiceTemplateFragment }),
})
