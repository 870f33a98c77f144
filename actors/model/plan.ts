/**
 * A plan: the graph of tasks that brings what exists to what is asked for. It is plain data, made by the pure function
 * `planIntent` (`planner.ts`), shown by the preview, carried by the process that executes it. It needs no descriptor
 * any more: whatever a task sends to a driver is in it, except values that earlier tasks will put out.
 */
import { z } from 'zod'
import { driverSelectors, propertyValue } from '../../drivers/protocol.ts'

/** A part of a value: text, or a property that an instance will have by then. */
export const plannedPart = z.union([z.string(), z.object({ instance: z.string(), property: z.string() })])
export type PlannedPart = z.infer<typeof plannedPart>

/**
 * A value that is known, one to be put together when its task starts (unset if a part is unknown then), or a list of
 * those (a property of a cluster, seen from outside).
 */
export const plannedValue = z.union([
  z.object({ value: propertyValue }),
  z.object({ parts: z.array(plannedPart) }),
  z.object({ list: z.array(z.array(plannedPart)) }),
])
export type PlannedValue = z.infer<typeof plannedValue>
export const plannedValues = z.record(z.string(), plannedValue)
export type PlannedValues = z.infer<typeof plannedValues>

/** Why a task comes after another. */
export const dependencyReason = z.enum([
  'state', // the same instance's earlier transition
  'stage', // every component finishes a stage before any begins the next
  'property', // it needs a value that the other puts out
  'relationship', // a relationship's created-before, ceased-before, or the order of its operations
  'reference', // references are resolved before any member is instantiated
  'replacement', // the old is gone before the new comes
])
export type DependencyReason = z.infer<typeof dependencyReason>

export const dependency = z.object({ task: z.string(), reason: dependencyReason, note: z.string().exactOptional() })
export type Dependency = z.infer<typeof dependency>

const resourceState = z.enum(['Created', 'Installed', 'Inactive', 'Active', 'Broken', 'Failed']).nullable()

/** What a driver call needs. Absent on a task: nothing is called, only the state changes. */
export const plannedCall = z.object({
  drivers: driverSelectors,
  deploymentLocation: plannedValue,
  resourceManager: plannedValue,
  resourceProperties: plannedValues,
  requestProperties: plannedValues,
})
export type PlannedCall = z.infer<typeof plannedCall>

const taskBase = { id: z.string(), after: z.array(dependency) }

export const task = z.discriminatedUnion('type', [
  /** A lifecycle transition of a resource, or `FindReference` of a reference. */
  z.object({
    ...taskBase,
    type: z.literal('transition'),
    instance: z.string(),
    transition: z.string(),
    from: resourceState,
    /** State after it succeeded. */
    to: resourceState,
    /** State after it failed. */
    onFailure: resourceState,
    call: plannedCall.exactOptional(),
  }),
  /** An operation of a relationship, on its source or target. */
  z.object({
    ...taskBase,
    type: z.literal('operation'),
    instance: z.string(),
    relationship: z.string(),
    phase: z.enum(['Create', 'Cease']),
    operation: z.string(),
    call: plannedCall.exactOptional(),
  }),
  /** A relationship has come into being (`Created`) or ended (`null`): its operations are done. */
  z.object({
    ...taskBase,
    type: z.literal('relationship'),
    relationship: z.string(),
    to: z.enum(['Created']).nullable(),
    /** Its properties as they were planned. */
    properties: plannedValues,
  }),
  /** A resource is known to be broken: nothing is called. */
  z.object({ ...taskBase, type: z.literal('mark-broken'), instance: z.string() }),
  /** All that it is after has been done: a stage of all components, or a group that something else waits for. */
  z.object({ ...taskBase, type: z.literal('stage'), stage: z.string() }),
])
export type Task = z.infer<typeof task>
export type TaskOf<Type extends Task['type']> = Extract<Task, { type: Type }>

const plannedInstance = z.object({
  name: z.string(),
  id: z.string(),
  kind: z.enum(['assembly', 'resource', 'reference']),
  type: z.string(),
  parent: z.string(),
  component: z.string(),
  index: z.number().exactOptional(),
  /** Inputs that are known from the start (placement of values as in `PlannedValue`). */
  properties: plannedValues,
})
export type PlannedInstance = z.infer<typeof plannedInstance>

const plannedRelationship = z.object({
  name: z.string(),
  relationship: z.string(),
  assembly: z.string(),
  source: z.string(),
  target: z.string(),
})
export type PlannedRelationship = z.infer<typeof plannedRelationship>

export const plan = z.object({
  /** In an order in which no task comes before one that it is `after`. */
  tasks: z.array(task),
  /** Instances that come into being, parents first. They exist, with state null, from the moment the plan is accepted. */
  creates: z.array(plannedInstance),
  createsRelationships: z.array(plannedRelationship),
  /** Instances that are gone when the plan has been carried out, children first. */
  removes: z.array(z.string()),
  removesRelationships: z.array(z.string()),
  /** By assembly instance: properties that differ once the plan has been carried out (outputs of what is inside it). */
  updates: z.record(z.string(), plannedValues),
})
export type Plan = z.infer<typeof plan>

/** No tasks, and nothing that comes or goes: what is asked for is there. */
export const isEmptyPlan = (plan: Plan): boolean =>
  plan.tasks.length === 0 &&
  plan.creates.length === 0 &&
  plan.removes.length === 0 &&
  plan.createsRelationships.length === 0 &&
  plan.removesRelationships.length === 0
