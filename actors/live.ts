/**
 * What entities publish for whoever watches: one topic with one partition, keyed by the root assembly's name, so that
 * what concerns one assembly arrives in order. At least once: readers drop what has an `eventId` that they know.
 * The first two shapes are those of the lifecycle managers in the field.
 */
import { z } from 'zod'
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
