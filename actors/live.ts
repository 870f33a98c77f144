/**
 * What entities publish for whoever watches: one topic with one partition, keyed by the name of the root assembly, loop,
 * participant or object that it is about, so that what concerns one arrives in order. At least once: readers drop what has an `eventId` that they know.
 * The first two shapes are those of the lifecycle managers in the field.
 */
import { z } from 'zod'
import { concept } from '../participants/protocol/concept.ts'
import { healthStatus, loopState, orderedState, participantState } from '../participants/protocol/states.ts'
import { alarmType, severity } from './alarm/protocol.ts'
import { registration } from './participant/protocol.ts'
import { taskStatus } from './process/protocol.ts'
import { taskError } from './resource/protocol.ts'

export const LIVE_TOPIC = 'live'
export const LIVE_PARTITIONS = 1

/** ISO 8601. */
const time = z.string()
const base = { eventId: z.string(), eventCreatedAt: time }

export const liveEvent = z.discriminatedUnion('eventType', [
  /** A process has started or ended. */
  z.object({
    ...base,
    eventType: z.literal('ProcessStateChangeEvent'),
    processId: z.string(),
    rootAssemblyName: z.string(),
    assemblyId: z.string(),
    assemblyName: z.string(),
    assemblyDescriptorName: z.string(),
    intentType: z.string(),
    intent: z.unknown(),
    processState: z.string(),
    processStateReason: z.string().exactOptional(),
    processStartedAt: time,
    processFinishedAt: time.exactOptional(),
  }),
  /** A resource has completed a transition, or an assembly has reached another state (then without resource fields). */
  z.object({
    ...base,
    eventType: z.literal('ComponentStateChangeEvent'),
    rootAssemblyId: z.string(),
    rootAssemblyName: z.string(),
    /** The nested assembly that it is about, if it isn't the root. */
    assemblyName: z.string().exactOptional(),
    resourceId: z.string().exactOptional(),
    resourceName: z.string().exactOptional(),
    resourceManager: z.string().exactOptional(),
    deploymentLocation: z.string().exactOptional(),
    processId: z.string(),
    previousState: z.string().nullable(),
    newState: z.string().nullable(),
  }),
  /** A control loop has reached another state, or is on its way to it; `null`: it is deleted. */
  z.object({
    ...base,
    eventType: z.literal('ControlLoopStateChangeEvent'),
    controlLoop: concept,
    state: loopState.nullable(),
    orderedState,
    /** Of the elements that are on their way. */
    startPhase: z.number().exactOptional(),
  }),
  /** An element of a control loop couldn't be brought where it was ordered; it is tried again. */
  z.object({
    ...base,
    eventType: z.literal('ControlLoopElementFailedEvent'),
    controlLoop: concept,
    elementId: z.string(),
    definition: concept,
    participantId: concept,
    attempt: z.number(),
    message: z.string(),
    retryAt: time,
  }),
  /** A participant is registered, gone, or differently well. */
  z.object({
    ...base,
    eventType: z.literal('ParticipantStateChangeEvent'),
    participantId: concept,
    participantType: concept,
    registration,
    state: participantState,
    healthStatus,
  }),
  /** An alarm is raised, acknowledged or cleared, or says something else than before. Fields as in 3GPP TS 28.532. */
  z.object({
    ...base,
    eventType: z.literal('AlarmEvent'),
    notificationType: z.enum(['notifyNewAlarm', 'notifyChangedAlarm', 'notifyAckStateChanged', 'notifyClearedAlarm']),
    alarmId: z.string(),
    objectInstance: z.string(),
    alarmType,
    probableCause: z.string(),
    perceivedSeverity: z.enum([...severity.options, 'CLEARED']),
    specificProblem: z.string(),
    additionalInformation: z.record(z.string(), z.unknown()),
    alarmRaisedTime: time,
    alarmChangedTime: time.exactOptional(),
    alarmClearedTime: time.exactOptional(),
    ackState: z.enum(['ACKNOWLEDGED', 'UNACKNOWLEDGED']),
    ackUserId: z.string().exactOptional(),
  }),
  /** A task of a process has begun, was tried again, or has ended. */
  z.object({
    ...base,
    eventType: z.literal('ProcessTaskStateChangeEvent'),
    processId: z.string(),
    rootAssemblyName: z.string(),
    taskId: z.string(),
    taskState: taskStatus,
    attempt: z.number(),
    startedAt: time.exactOptional(),
    finishedAt: time.exactOptional(),
    error: taskError.exactOptional(),
  }),
])
export type LiveEvent = z.infer<typeof liveEvent>

export const isoTime = (atMs: number): string => new Date(atMs).toISOString()
