/**
 * What is said between a resource and a driver, whatever carries it: a request on the topic `driver-requests`, and
 * reports back to the resource. Shapes follow the resource driver API of the lifecycle managers in the field
 * (lifecycle execute, and its completion events), so that an HTTP driver is a translation without loss.
 */
import { z } from 'zod'

export const DRIVER_REQUESTS_TOPIC = 'driver-requests'
export const DRIVER_WORKERS_GROUP = 'driver-workers'

export const failureCode = z.enum([
  'RESOURCE_ALREADY_EXISTS',
  'RESOURCE_NOT_FOUND',
  'INFRASTRUCTURE_ERROR',
  'INSUFFICIENT_CAPACITY',
  'INTERNAL_ERROR',
  'UNKNOWN',
])
export type FailureCode = z.infer<typeof failureCode>

export const propertyValue = z.union([z.string(), z.array(z.string())])
export type PropertyValue = z.infer<typeof propertyValue>
export type PropertyValues = Readonly<Record<string, PropertyValue>>

/** Which drivers a descriptor names for a transition or operation: driver type → infrastructure types (`*`: any). */
export const driverSelectors = z.record(z.string(), z.array(z.string()))
export type DriverSelectors = z.infer<typeof driverSelectors>

export const driverRequest = z.object({
  /**
   * Stable: the same id always means the same piece of work. A repeated request (no answer in time, a crash between
   * call and note of it) has the same id; a new attempt after a failure has a new one. Drivers must do a piece of work
   * once per id and answer a repetition with the outcome they know.
   */
  requestId: z.string(),
  resourceId: z.string(),
  resourceName: z.string(),
  /** Descriptor name, `resource::<name>::<version>`. */
  resourceType: z.string(),
  /** A lifecycle transition (`Create`, `Install`, …), a relationship operation's name, or `FindReference`. */
  transition: z.string(),
  deploymentLocation: z.string(),
  resourceManager: z.string(),
  drivers: driverSelectors,
  resourceProperties: z.record(z.string(), propertyValue),
  requestProperties: z.record(z.string(), propertyValue),
  associatedTopology: z.record(z.string(), z.unknown()),
  /** The resource type's read-only properties: what the driver's outputs are expected to fill. */
  outputNames: z.array(z.string()).optional(),
  /**
   * The lifecycle transitions that the resource type declares. The others change the state without a call, so a driver
   * that checks the order needs to know which calls it will never see.
   */
  declaredTransitions: z.array(z.string()).optional(),
  /** When the resource stops waiting for this attempt, milliseconds since the epoch. */
  deadlineMs: z.number(),
})
export type DriverRequest = z.infer<typeof driverRequest>

export const driverReport = z.object({
  requestId: z.string(),
  resourceId: z.string(),
  status: z.enum(['IN_PROGRESS', 'COMPLETE', 'FAILED']),
  outputs: z.record(z.string(), propertyValue).default({}),
  failure: z.object({ code: failureCode, description: z.string() }).optional(),
  /** Entry: added or changed; `null`: removed; absent: as it was. */
  associatedTopology: z.record(z.string(), z.unknown()).default({}),
})
export type DriverReport = z.infer<typeof driverReport>

/** What a completion event of an external driver says, apart from whose it is. */
export const completion = driverReport.omit({ requestId: true, resourceId: true })
export type Completion = z.infer<typeof completion>

/**
 * The entity that brings the two halves of a call to an external driver together. Its id is the request id that the
 * **driver** chose: the completion event names nothing else, not even the driver's type.
 */
export const DRIVER_REQUEST = 'driver-request'
/** Ids of drivers are UUIDs by custom; whoever sends one longer than this is refused. */
export const DRIVER_REQUEST_ID_CHARS_MAX = 200

export const acceptedMessage = z.object({
  type: z.literal('accepted'),
  /** Ours. */
  requestId: z.string(),
  resourceId: z.string(),
  /** Of our request. */
  deadlineMs: z.number(),
  /** What the driver said about it when it took the request on. */
  associatedTopology: driverReport.shape.associatedTopology,
})
export type AcceptedMessage = z.infer<typeof acceptedMessage>

export const completionMessage = z.object({ type: z.literal('completion'), completion })
export type CompletionMessage = z.infer<typeof completionMessage>

/** Where a request goes, as the deployment location says. */
export interface ResolvedLocation {
  readonly name: string
  /** Infrastructure type, for instance `Kubernetes`. */
  readonly type: string
  readonly resourceManager: string
  readonly properties: Readonly<Record<string, unknown>>
}

/**
 * The driver SPI. `execute` resolves when the driver has taken the request on (durably, if it has anything to lose);
 * the outcome comes later, or at once, through the `report` that the driver was made with: at least once, in any order,
 * even before `execute` resolves. It throws `DriverRefusal` for a request that can never work; any other error means
 * that it may work later, and the request is repeated.
 */
export interface Driver {
  readonly type: string
  /** `trace`: the order that the request belongs to; its reports carry it, so that histories name their cause. */
  execute(request: DriverRequest, location: ResolvedLocation, trace?: string): Promise<void>
  close(): Promise<void>
}

export type ReportSink = (report: DriverReport, trace?: string) => Promise<void>

export class DriverRefusal extends Error {
  readonly code: FailureCode
  constructor(code: FailureCode, description: string) {
    super(description)
    this.name = 'DriverRefusal'
    this.code = code
  }
}
