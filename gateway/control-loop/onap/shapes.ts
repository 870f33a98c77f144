/** What is sent and answered on ONAP's paths: the fields of its classes that mean something here. */
import { z } from 'zod'
import { ELEMENTS_MAX } from '../../../actors/model/tosca/loop-elements.ts'
import { concept } from '../../../participants/protocol/concept.ts'
import { properties } from '../../../participants/protocol/conversation.ts'
import { loopState, ORDERED_STATES, orderedState, TRANSITIONS, withS } from '../../../participants/protocol/states.ts'

/** Loops in one request; more gets 400. */
export const LOOPS_MAX = 1_000
const DESCRIPTION_CHARS_MAX = 4_000

const spelledWithS = 'UNINITIALIZED is read, too'
export const readLoopState = z
  .preprocess(withS, loopState)
  .meta({ type: 'string', enum: [...ORDERED_STATES, ...TRANSITIONS], description: spelledWithS })
export const readOrderedState = z
  .preprocess(withS, orderedState)
  .meta({ type: 'string', enum: [...ORDERED_STATES], description: spelledWithS })

export const identifier = concept.meta({ id: 'ToscaConceptIdentifier' })
const description = z.string().max(DESCRIPTION_CHARS_MAX).nullish()

/** UUIDs of any version; the original reads no other ids. */
const elementId = z.guid('an id of an element is a UUID')
const NO_UUID = 'the key of an element is a UUID, or the element has an id that is one'

const wantedElement = z
  .object({
    id: elementId
      .nullish()
      .meta({ description: 'absent: the key under which the element stands; else this one counts' }),
    definition: concept,
    participantType: concept
      .nullish()
      .meta({ description: 'the one of the definition counts; another one is answered with a warning' }),
    participantId: concept.nullish().meta({
      description: 'absent: the one that the definition names, else the only registered participant of its type',
    }),
    state: readLoopState.nullish().meta({ description: 'read over: a new loop is UNINITIALISED' }),
    orderedState: readOrderedState.nullish().meta({ description: 'read over' }),
    description,
    propertiesMap: properties
      .nullish()
      .meta({ description: 'what is set per instance: values, or ToscaProperty objects with the value as default' }),
  })
  .meta({ id: 'NewControlLoopElement' })
export type WantedElement = z.infer<typeof wantedElement>

/** Participants may write a UUID either way, so here it has one spelling. */
export const elementIdOf = (key: string, { id }: Pick<WantedElement, 'id'>): string => (id ?? key).toLowerCase()

const hasUuid = (key: string, { id }: WantedElement): boolean => elementId.safeParse(id ?? key).success

const wantedLoop = z
  .object({
    name: concept.shape.name,
    version: concept.shape.version,
    definition: concept,
    state: readLoopState.nullish().meta({ description: 'read over: a new loop is UNINITIALISED' }),
    orderedState: readOrderedState.nullish().meta({ description: 'read over; order with PUT …/instantiation/command' }),
    description,
    elements: z
      .record(z.string(), wantedElement)
      .refine((record) => Object.keys(record).length > 0, 'a control loop has at least one element')
      .refine((record) => Object.keys(record).length <= ELEMENTS_MAX, `more than ${ELEMENTS_MAX} elements`)
      .superRefine((record, context) => {
        for (const [key, element] of Object.entries(record))
          if (!hasUuid(key, element)) context.addIssue({ code: 'custom', path: [key], message: NO_UUID })
      }),
  })
  .meta({ id: 'NewControlLoop' })
export type WantedLoop = z.infer<typeof wantedLoop>

export const wantedLoops = z
  .object({ controlLoopList: z.array(wantedLoop).min(1, 'no control loop is in it').max(LOOPS_MAX) })
  .meta({ id: 'NewControlLoops' })

export const loopElement = z
  .object({
    id: z.string(),
    definition: concept,
    participantType: concept,
    participantId: concept,
    state: loopState.meta({ description: 'its transition while it is on its way' }),
    orderedState,
    description: z.string(),
    propertiesMap: properties.exactOptional(),
  })
  .meta({ id: 'ControlLoopElement' })

export const loop = z
  .object({
    ...concept.shape,
    definition: concept,
    state: loopState,
    orderedState,
    description: z.string(),
    primed: z.boolean(),
    elements: z.record(z.string(), loopElement).meta({ description: 'by their ids' }),
  })
  .meta({ id: 'ControlLoop' })

export const loops = z
  .object({
    controlLoopList: z.array(loop),
    partial: z.boolean().exactOptional().meta({ description: 'true: there are more than one answer holds' }),
  })
  .meta({ id: 'ControlLoops' })

const finding = z
  .object({
    severity: z.enum(['error', 'warning']),
    code: z.string(),
    message: z.string(),
    hint: z.string().exactOptional(),
    path: z.string().meta({ description: 'JSON path' }),
    file: z.string().exactOptional(),
    line: z.number().int().exactOptional(),
    column: z.number().int().exactOptional(),
  })
  .meta({ id: 'Finding' })
export const warnings = z
  .array(finding)
  .exactOptional()
  .meta({ description: 'what is odd and was accepted all the same; not in the original' })

export const commissioningResponse = z
  .object({
    affectedControlLoopDefinitions: z.array(concept).meta({ description: 'all node templates of the template' }),
    warnings,
  })
  .meta({ id: 'CommissioningResponse' })

export const instantiationResponse = z
  .object({ affectedControlLoops: z.array(concept), warnings })
  .meta({ id: 'InstantiationResponse' })

export const command = z
  .object({
    orderedState: readOrderedState.nullish(),
    controlLoopIdentifierList: z.array(concept).max(LOOPS_MAX).nullish(),
  })
  .meta({ id: 'InstantiationCommand' })
