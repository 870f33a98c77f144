/** What may be said to a resource (a VNFC instance, or something referenced), what it remembers, and what it is. */
import { z } from 'zod'
import type { DriverReport } from '../../drivers/protocol.ts'
import { driverReport, driverSelectors } from '../../drivers/protocol.ts'
import { propertyValues, resourceState } from '../assembly/topology-shape.ts'

/** Who it is; the same in all messages. */
export const identity = z.object({
  /** Instance name, for instance `asm__B__1`. */
  name: z.string(),
  kind: z.enum(['resource', 'reference']),
  /** Descriptor name. */
  type: z.string(),
  rootName: z.string(),
  rootId: z.string(),
})
export type ResourceIdentity = z.infer<typeof identity>

/** What its descriptor says that matters while it runs. */
export const traits = z.object({
  /** Properties that drivers fill; other outputs are kept and passed on, but not shown. */
  readOnly: z.array(z.string()),
  /** Properties that are shown to nobody but drivers. */
  private: z.array(z.string()),
  /** Lifecycle transitions that it declares; the others change its state without a call. */
  transitions: z.array(z.string()),
  /** Its heal policies: integrity metric, consecutive breaches, publication period (0: none). */
  heal: z.array(z.object({ metric: z.string(), smoothing: z.number(), periodMs: z.number() })),
  /** Metrics that it may publish. */
  metrics: z.record(z.string(), z.enum(['integrity', 'load'])),
  /** Load metric → ids of the scale policies that watch it. */
  watchers: z.record(z.string(), z.array(z.string())),
})
export type ResourceTraits = z.infer<typeof traits>

/** A driver call with all its values known. */
export const resolvedCall = z.object({
  drivers: driverSelectors,
  deploymentLocation: z.string(),
  resourceManager: z.string(),
  resourceProperties: propertyValues,
  requestProperties: propertyValues,
})
export type ResolvedCall = z.infer<typeof resolvedCall>

export const taskOrder = z.object({
  processId: z.string(),
  taskId: z.string(),
  kind: z.enum(['transition', 'operation', 'mark-broken']),
  /** Name of the transition or operation, as drivers know it. */
  name: z.string(),
  from: resourceState,
  /** State after success; for operations: the state that it has. */
  to: resourceState,
  onFailure: resourceState,
  /** Absent: nothing is called, only the state changes. */
  call: resolvedCall.exactOptional(),
  /** What it is given as its own properties from now on. Absent: as before. */
  inputs: propertyValues.exactOptional(),
  /** True: a driver's RESOURCE_NOT_FOUND means that there is nothing left to do. */
  absenceIsSuccess: z.boolean(),
  /** How long one request waits for its answer. */
  timeoutMs: z.number(),
  /** Requests with the same id before the attempt is given up as unanswered. */
  sendsMax: z.number(),
  /** Attempts (each with a request id of its own) after a driver's FAILED. */
  attemptsMax: z.number(),
  backoffFirstMs: z.number(),
  backoffMaxMs: z.number(),
})
export type TaskOrder = z.infer<typeof taskOrder>

export const taskError = z.object({
  /** A driver's failure code, or one of ours (`NO_ANSWER`, `RESOURCE_BUSY`, `WRONG_STATE`). */
  code: z.string(),
  description: z.string(),
})
export type TaskError = z.infer<typeof taskError>

export const metricReport = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('integrity'),
    metricName: z.string(),
    value: z.enum(['OK', 'BROKEN']),
    message: z.string().exactOptional(),
  }),
  z.object({ kind: z.literal('load'), metricName: z.string(), value: z.number(), message: z.string().exactOptional() }),
])
export type MetricReport = z.infer<typeof metricReport>

export const command = z.discriminatedUnion('type', [
  /** From the root assembly (`traits` absent: its type is unknown), when the instance comes into being, and whenever one of these may have changed. */
  z.object({ type: z.literal('define'), identity, traits: traits.exactOptional() }),
  /** From a process. Repeated for the same task, it is answered again if the task has ended, and else changes nothing. */
  z.object({ type: z.literal('perform'), identity, order: taskOrder }),
  /** From a driver worker: late, repeated and foreign ones change nothing. */
  z.object({ type: z.literal('driver-reported'), report: driverReport }),
  /** From whoever hears metrics. Reply: `{ passedTo }`, the addresses of the policies that got it. */
  z.object({ type: z.literal('metric-reported'), metric: metricReport }),
  /** From the root assembly: it is no part of the topology any more. */
  z.object({ type: z.literal('release') }),
  // Its own timers.
  z.object({ type: z.literal('task-due'), requestId: z.string() }),
  z.object({ type: z.literal('forget') }),
])
export type ResourceCommand = z.infer<typeof command>

/** How a driver's report reaches its resource. */
export const driverReportMessage = (report: DriverReport): ResourceCommand => ({ type: 'driver-reported', report })

export const outcome = z.object({
  processId: z.string(),
  taskId: z.string(),
  state: resourceState,
  attempt: z.number(),
  /** Absent: it succeeded. */
  error: taskError.exactOptional(),
})

export const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('defined'), atMs: z.number(), identity, traits }),
  z.object({ type: z.literal('task-taken'), atMs: z.number(), identity: identity.exactOptional(), order: taskOrder }),
  z.object({
    type: z.literal('request-sent'),
    atMs: z.number(),
    requestId: z.string(),
    attempt: z.number(),
    /** 1 for the first time, more for repetitions of the same request. */
    send: z.number(),
    deadlineMs: z.number(),
  }),
  /** The driver says that it is at it: the deadline moves. */
  z.object({ type: z.literal('progress-reported'), atMs: z.number(), requestId: z.string(), deadlineMs: z.number() }),
  z.object({
    type: z.literal('attempt-failed'),
    atMs: z.number(),
    requestId: z.string(),
    attempt: z.number(),
    error: taskError,
    /** When the next attempt begins. */
    retryAtMs: z.number(),
  }),
  /** What a driver's final report brought, apart from success or failure. */
  z.object({
    type: z.literal('reported'),
    atMs: z.number(),
    requestId: z.string(),
    outputs: propertyValues,
    associatedTopology: z.record(z.string(), z.unknown()),
  }),
  z.object({
    type: z.literal('task-ended'),
    atMs: z.number(),
    from: resourceState,
    outcome,
  }),
  z.object({ type: z.literal('released'), atMs: z.number() }),
])
export type ResourceEvent = z.infer<typeof event>

export const runningTask = taskOrder.extend({
  takenAtMs: z.number(),
  phase: z.enum(['waiting', 'backing-off']),
  requestId: z.string(),
  attempt: z.number(),
  send: z.number(),
  progress: z.number(),
  sentAtMs: z.number(),
  /** When the request is repeated or given up (waiting), or the next attempt begins (backing off). */
  dueMs: z.number(),
  error: taskError.exactOptional(),
})
export type RunningTask = z.infer<typeof runningTask>

export const state = z.object({
  id: z.string(),
  identity: identity.nullable(),
  traits,
  state: resourceState,
  released: z.boolean(),
  /** What it was last given. What clients see (`shownProperties`) is this and what drivers put out for it. */
  inputs: propertyValues,
  /** All that drivers put out; passed on with each later request. */
  outputs: propertyValues,
  associatedTopology: z.record(z.string(), z.unknown()),
  deploymentLocation: z.string(),
  resourceManager: z.string(),
  task: runningTask.nullable(),
  /** How the latest task ended, for a process that asks again. */
  ended: outcome.nullable(),
  lastModifiedAtMs: z.number(),
})
export type ResourceEntityState = z.infer<typeof state>
