/**
 * What may be said to an assembly, what it remembers, and what it is. Its entity id is its instance name. A root
 * (`asm`) owns the whole topology below it; a nested assembly (`asm__A`) is told of its own state by the root.
 */
import { z } from 'zod'
import { intendedState, intent } from '../model/intent.ts'
import { plan } from '../model/plan.ts'
import { assemblyState, descriptorSet, instance, propertyValues, resourceState, topology } from './topology-shape.ts'

/** Of a process, as clients know it. */
export const processStatus = z.enum(['Planned', 'Pending', 'In Progress', 'Completed', 'Cancelled', 'Failed'])
export type ProcessStatus = z.infer<typeof processStatus>
export const endedStatus = z.enum(['Completed', 'Cancelled', 'Failed'])
export type EndedStatus = z.infer<typeof endedStatus>

/** So that a repeated order (same key) finds the process of the first, and a different one with the same key is told. */
export const idempotency = z.object({ key: z.string().max(256), fingerprint: z.string().max(256) })

const rejection = z.object({
  code: z.string(),
  reason: z.string(),
  details: z.record(z.string(), z.unknown()).exactOptional(),
})

/** A policy that orders: it is told what became of the order, whether accepted or not. */
export const orderingPolicy = z.object({ kind: z.enum(['heal-policy', 'scale-policy']), id: z.string() })

export const command = z.discriminatedUnion('type', [
  /**
   * An order. The reply, `intentReply`, comes from the process once it exists. Refusals: see `refusals.ts`.
   * May be said to the root or to the nested assembly that it is about (`intent.assemblyName`).
   */
  z.object({
    type: z.literal('request-intent'),
    /** Placed with the root: `placedId(placementOfName(assemblyName), …)`. */
    processId: z.string(),
    intent,
    /** For `CreateAssembly`: the descriptor and all below it. */
    descriptors: descriptorSet.exactOptional(),
    idempotency: idempotency.exactOptional(),
    policy: orderingPolicy.exactOptional(),
  }),
  /** Takes it out of the topology, whatever the infrastructure holds: no driver is called. Refused while a process runs. */
  z.object({ type: z.literal('remove-forcibly') }),

  // The rest is said inside the system.
  /** From a resource: what it is now. */
  z.object({
    type: z.literal('instance-changed'),
    instance: z.string(),
    id: z.string(),
    state: resourceState,
    properties: propertyValues,
  }),
  /** From the process. */
  z.object({
    type: z.literal('relationship-changed'),
    processId: z.string(),
    relationship: z.string(),
    state: z.enum(['Created']).nullable(),
    properties: propertyValues,
  }),
  /** From the process: what it heals isn't there any more. Answered with the process's `extend-plan` or `refuse-extension`. */
  z.object({ type: z.literal('request-fuller-heal'), processId: z.string(), brokenComponent: z.string() }),
  z.object({ type: z.literal('process-ended'), processId: z.string(), status: endedStatus, reason: z.string() }),
  /** From the root to a nested assembly: what it is now. */
  z.object({
    type: z.literal('observe'),
    id: z.string(),
    descriptorName: z.string(),
    state: assemblyState,
    properties: propertyValues,
  }),
  /** From the root to a nested assembly. */
  z.object({ type: z.literal('vanish') }),
  /** Its own timer, long after it has become absent. */
  z.object({ type: z.literal('forget') }),
])
export type AssemblyCommand = z.infer<typeof command>

/** What is known of the latest (or running) process. */
export const transitionSummary = z.object({
  id: z.string(),
  intentType: z.string(),
  status: processStatus,
  startedAtMs: z.number(),
  endedAtMs: z.number().exactOptional(),
})

/** What the assembly keeps of a plan while it is carried out; the process has the rest. */
export const planOutline = plan.omit({ tasks: true })
export type PlanOutline = z.infer<typeof planOutline>

/** What is told, after it is gone. */
export const removedInstance = instance.pick({ name: true, id: true, kind: true }).extend({
  /** Names of the scale policies that it had. */
  policies: z.array(z.string()),
})
export type RemovedInstance = z.infer<typeof removedInstance>

export const event = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('intent-accepted'),
    atMs: z.number(),
    processId: z.string(),
    intent,
    outline: planOutline,
    /** Of a creation: what it is made from, and the id that it has until it is deleted. */
    created: z.object({ id: z.string(), descriptors: descriptorSet }).exactOptional(),
    idempotency: idempotency.exactOptional(),
    policy: orderingPolicy.exactOptional(),
  }),
  /** An order with an idempotency key: whatever copy of it is still under way must be refused, too. */
  z.object({ type: z.literal('order-refused'), atMs: z.number(), idempotency, rejection }),
  z.object({
    type: z.literal('plan-extended'),
    atMs: z.number(),
    processId: z.string(),
    outline: planOutline,
  }),
  z.object({
    type: z.literal('instance-changed'),
    atMs: z.number(),
    instance: z.string(),
    state: resourceState,
    properties: propertyValues,
  }),
  /** It, or an assembly nested in it, has another state now, as derived from what is below it. */
  z.object({
    type: z.literal('assembly-state-changed'),
    atMs: z.number(),
    assembly: z.string(),
    from: assemblyState,
    to: assemblyState,
  }),
  z.object({
    type: z.literal('relationship-changed'),
    atMs: z.number(),
    relationship: z.string(),
    state: z.enum(['Created']).nullable(),
    properties: propertyValues,
  }),
  z.object({
    type: z.literal('process-ended'),
    atMs: z.number(),
    processId: z.string(),
    status: endedStatus,
    reason: z.string(),
    /** Instances and relationships that are gone now. */
    removed: z.array(removedInstance),
    removedRelationships: z.array(z.string()),
    /** By assembly instance: properties that are what has been put out inside it. */
    updates: z.record(z.string(), propertyValues),
    /** Instances that the process brought into being. */
    created: z.array(z.string()),
    policy: orderingPolicy.exactOptional(),
  }),
  /** Deleted, or removed forcibly. Its name may be used again. */
  z.object({
    type: z.literal('became-absent'),
    atMs: z.number(),
    cause: z.enum(['deleted', 'removed-forcibly', 'vanished']),
    /** What went with it, apart from what was gone before. */
    removed: z.array(removedInstance),
  }),
  /** Of a nested assembly: what the root said. */
  z.object({
    type: z.literal('observed'),
    atMs: z.number(),
    id: z.string(),
    descriptorName: z.string(),
    state: assemblyState,
    properties: propertyValues,
  }),
])
export type AssemblyEvent = z.infer<typeof event>

export const runningProcess = z.object({
  id: z.string(),
  intent,
  startedAtMs: z.number(),
  outline: planOutline,
  policy: orderingPolicy.exactOptional(),
})
export type RunningProcess = z.infer<typeof runningProcess>

export const state = z.object({
  /** Its instance name, which is its entity id. */
  name: z.string(),
  presence: z.enum(['absent', 'present']),
  role: z.enum(['root', 'nested']),
  /** Its instance id; another one after it was deleted and created again. */
  id: z.string(),
  descriptorName: z.string(),
  state: assemblyState,
  /** Properties that it was ordered with (root), or that it has now (nested). */
  properties: propertyValues,
  createdAtMs: z.number(),
  lastModifiedAtMs: z.number(),

  // Of a root only; empty in a nested one.
  intendedState: intendedState.nullable(),
  descriptors: descriptorSet,
  topology,
  process: runningProcess.nullable(),
  lastTransition: transitionSummary.nullable(),
  /** The latest orders that had an idempotency key, oldest first. */
  orders: z.array(idempotency.extend({ processId: z.string() })),
  /** The latest of those that were refused. */
  refusals: z.array(idempotency.extend({ rejection })).default([]),
})
export type AssemblyState = z.infer<typeof state>

/** The value of a successful reply to `request-intent`. */
export const intentReply = z.object({
  processId: z.string(),
  assemblyId: z.string(),
  assemblyName: z.string(),
  /** True if this order (by its idempotency key) had been accepted before. */
  repeated: z.boolean(),
})
export type IntentReply = z.infer<typeof intentReply>
