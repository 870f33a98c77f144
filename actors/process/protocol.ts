/** What may be said to a process (the execution of one intent), what it remembers, and what it is. */
import { z } from 'zod'
import { endedStatus, processStatus } from '../assembly/protocol.ts'
import { propertyValues, resourceState, topology } from '../assembly/topology-shape.ts'
import { intent } from '../model/intent.ts'
import { plan } from '../model/plan.ts'
import { outcome, taskError } from '../resource/protocol.ts'

export const assemblyIdentity = z.object({
  name: z.string(),
  id: z.string(),
  /** Descriptor name. */
  type: z.string(),
})

export const command = z.discriminatedUnion('type', [
  /** From the root assembly. Its reply goes to whoever ordered. */
  z.object({
    type: z.literal('start'),
    /** The assembly that the intent is about. */
    assembly: assemblyIdentity,
    root: assemblyIdentity,
    intent,
    plan,
    /** The topology before; `null` for a creation. */
    previous: topology.nullable(),
    requestedBy: z.string(),
  }),
  /** From a resource: a new attempt has begun, or one has failed and the next is due at `nextAtMs`. */
  z.object({
    type: z.literal('task-attempted'),
    taskId: z.string(),
    attempt: z.number(),
    error: taskError.exactOptional(),
    nextAtMs: z.number().exactOptional(),
  }),
  /** From a resource. `properties`: what it shows now. */
  z.object({ type: z.literal('task-ended'), outcome, properties: propertyValues }),
  /** From the root assembly, the answers to `request-fuller-heal`. */
  z.object({ type: z.literal('extend-plan'), plan }),
  z.object({ type: z.literal('refuse-extension'), reason: z.string() }),
  /** Begins no new task; ends as Cancelled when the running ones have ended. Refused once it has ended. */
  z.object({ type: z.literal('cancel') }),
  // Its own timers.
  z.object({ type: z.literal('watch') }),
  z.object({ type: z.literal('forget') }),
])
export type ProcessCommand = z.infer<typeof command>

export const taskStatus = z.enum(['Pending', 'In Progress', 'Completed', 'Failed', 'Skipped'])
export type TaskStatus = z.infer<typeof taskStatus>

export const event = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('started'),
    atMs: z.number(),
    assembly: assemblyIdentity,
    root: assemblyIdentity,
    intent,
    plan,
    previous: topology.nullable(),
    requestedBy: z.string(),
  }),
  z.object({ type: z.literal('task-started'), atMs: z.number(), taskId: z.string() }),
  z.object({
    type: z.literal('task-attempted'),
    atMs: z.number(),
    taskId: z.string(),
    attempt: z.number(),
    error: taskError.exactOptional(),
    nextAtMs: z.number().exactOptional(),
  }),
  z.object({
    type: z.literal('task-ended'),
    atMs: z.number(),
    taskId: z.string(),
    attempt: z.number(),
    /** The instance's state and shown properties afterwards; absent for tasks that no instance carries out. */
    instance: z.object({ name: z.string(), state: resourceState, properties: propertyValues }).exactOptional(),
    /** Of a relationship task: the relationship's properties. */
    properties: propertyValues.exactOptional(),
    error: taskError.exactOptional(),
  }),
  /** What runs has ended: the assembly is asked for a fuller heal. */
  z.object({ type: z.literal('extension-requested'), atMs: z.number(), brokenComponent: z.string() }),
  z.object({ type: z.literal('plan-extended'), atMs: z.number(), plan }),
  z.object({ type: z.literal('cancel-requested'), atMs: z.number() }),
  /** No new task begins any more. `fullerHealOf`: what it heals isn't there, so there may be another way to heal it. */
  z.object({
    type: z.literal('failure-noted'),
    atMs: z.number(),
    reason: z.string(),
    fullerHealOf: z.string().exactOptional(),
  }),
  z.object({ type: z.literal('finished'), atMs: z.number(), status: endedStatus, reason: z.string() }),
])
export type ProcessEvent = z.infer<typeof event>

export const taskProgress = z.object({
  status: taskStatus,
  startedAtMs: z.number().exactOptional(),
  endedAtMs: z.number().exactOptional(),
  /** Attempts begun so far. */
  attempt: z.number(),
  /** While it is between attempts: when the next begins. */
  nextAtMs: z.number().exactOptional(),
  /** The latest failure, also of a task that then succeeded. */
  error: taskError.exactOptional(),
})
export type TaskProgress = z.infer<typeof taskProgress>

export const state = z.object({
  id: z.string(),
  status: processStatus,
  statusReason: z.string(),
  assembly: assemblyIdentity,
  root: assemblyIdentity,
  /** `null` until it is started. */
  intent: intent.nullable(),
  /** With what it was extended by. */
  plan,
  previous: topology.nullable(),
  requestedBy: z.string(),
  startedAtMs: z.number(),
  /** By task id. Those that aren't in it are Pending. */
  tasks: z.record(z.string(), taskProgress),
  /** What instances have become since it started, by name. */
  changed: z.record(z.string(), z.object({ state: resourceState, properties: propertyValues })),
  /**
   * `running`: begins what is ready. `draining`: waits for what runs, then ends. `drained-for-heal`: waits for what
   * runs, then asks for a fuller heal. `extending`: has asked, and waits for the plan.
   */
  phase: z.enum(['running', 'draining', 'drained-for-heal', 'extending', 'ended']),
  /** What it will end as, once drained. */
  verdict: z.enum(['Failed', 'Cancelled']),
  /** Component that a fuller heal is (or was) asked for; empty if none was needed. It is asked for once. */
  fullerHealOf: z.string(),
  endedAtMs: z.number().exactOptional(),
})
export type ProcessState = z.infer<typeof state>
