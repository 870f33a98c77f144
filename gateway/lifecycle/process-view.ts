/** Processes (the execution of intents) as clients know them. Pure. */
import { z } from 'zod'
import { processStatus } from '../../actors/assembly/protocol.ts'
import type { DescriptorSet } from '../../actors/model/descriptor.ts'
import type { Intent } from '../../actors/model/intent.ts'
import { plan as planShape, type Plan, type Task } from '../../actors/model/plan.ts'
import { withoutInstances, withPlanAccepted } from '../../actors/model/topology-state.ts'
import { EMPTY_TOPOLOGY, type Topology } from '../../actors/model/topology.ts'
import { taskStatus, type ProcessState, type TaskProgress } from '../../actors/process/protocol.ts'
import { taskTitle } from '../../actors/process/machine.ts'
import { phaseOf } from '../../actors/process/progress.ts'
import { instanceOf, waitsFor } from '../../actors/model/plan-schedule.ts'
import { timeText } from '../routes.ts'
import { assemblyView, viewTopology } from './topology-view.ts'

const taskView = z
  .object({
    id: z.string(),
    type: z.string(),
    what: z.string().meta({ description: 'the task in words' }),
    instance: z.string().optional(),
    status: taskStatus,
    startTime: z.string().optional(),
    endTime: z.string().optional(),
    attempts: z.number().int(),
    nextAttemptAt: z.string().optional(),
    error: z.object({ code: z.string(), description: z.string() }).optional(),
    after: z.array(z.object({ task: z.string(), reason: z.string(), note: z.string().optional() })),
    waitsFor: z.array(z.object({ on: z.string(), reason: z.string(), note: z.string().optional() })).meta({
      description: 'now: the tasks that must end first, or the instance that is at it',
    }),
  })
  .meta({ id: 'Task' })

export const executionPlan = z
  .object({
    tasks: z.array(taskView),
    creates: z.array(z.string()).meta({ description: 'instances that come into being' }),
    removes: z.array(z.string()).meta({ description: 'instances that are gone afterwards' }),
  })
  .meta({ id: 'ExecutionPlan' })

export const processView = z
  .object({
    id: z.string(),
    assemblyId: z.string(),
    assemblyName: z.string(),
    assemblyType: z.string().meta({ description: 'descriptor name' }),
    lifecycleAction: z.string(),
    intent: z.record(z.string(), z.unknown()),
    intentType: z.string(),
    status: processStatus,
    statusReason: z.string(),
    startTime: z.string(),
    endTime: z.string().optional(),
    assemblyProperties: z.record(z.string(), z.string()),
    context: z.object({ requestedBy: z.string(), rootAssemblyName: z.string(), rootAssemblyId: z.string() }),
    previousInstance: z.union([assemblyView, z.null()]).optional(),
    desiredInstance: z.union([assemblyView, z.null()]).optional(),
    executionPlan: executionPlan.optional(),
  })
  .meta({ id: 'Process' })

const NOT_BEGUN: TaskProgress = { status: 'Pending', attempt: 0 }

type WaitsFor = z.infer<typeof taskView>['waitsFor']

const waitsNowFor = (process: ProcessState, task: Task, { status }: TaskProgress): WaitsFor => {
  const instance = instanceOf(task)
  if (status === 'In Progress') return instance === undefined ? [] : [{ on: instance, reason: 'driver' }]
  if (status !== 'Pending' || process.phase === 'ended') return []
  return waitsFor(process.plan, phaseOf(process), task.id).map(({ task: on, reason, note }) => ({
    on,
    reason,
    ...(note === undefined ? {} : { note }),
  }))
}

const viewTask = (process: ProcessState, task: Task): z.infer<typeof taskView> => {
  const progress = process.tasks[task.id] ?? NOT_BEGUN
  const instance = instanceOf(task)
  return {
    id: task.id,
    type: task.type,
    what: taskTitle(task),
    ...(instance === undefined ? {} : { instance }),
    status: progress.status,
    ...(progress.startedAtMs === undefined ? {} : { startTime: timeText(progress.startedAtMs) }),
    ...(progress.endedAtMs === undefined ? {} : { endTime: timeText(progress.endedAtMs) }),
    attempts: progress.attempt,
    ...(progress.nextAtMs === undefined ? {} : { nextAttemptAt: timeText(progress.nextAtMs) }),
    ...(progress.error === undefined ? {} : { error: progress.error }),
    after: task.after.map(({ task: id, reason, note }) => ({
      task: id,
      reason,
      ...(note === undefined ? {} : { note }),
    })),
    waitsFor: waitsNowFor(process, task, progress),
  }
}

const viewPlan = (process: ProcessState): z.infer<typeof executionPlan> => ({
  tasks: process.plan.tasks.map((task) => viewTask(process, task)),
  creates: process.plan.creates.map(({ name }) => name),
  removes: process.plan.removes,
})

/** What the topology is when a plan has been carried out: names, states and the values that are known before. */
export const topologyAfter = (previous: Topology, plan: Plan, atMs: number): Topology => {
  const { root, instances, relationships } = withPlanAccepted(previous, plan, atMs)
  // The last task of each counts; one pass, because plans and topologies may be large.
  const states = new Map(
    plan.tasks.flatMap((task) => (task.type === 'transition' ? [[task.instance, task.to] as const] : [])),
  )
  const related = new Map(
    plan.tasks.flatMap((task) => (task.type === 'relationship' ? [[task.relationship, task.to] as const] : [])),
  )
  const after: Topology = {
    root,
    instances: mapValues(instances, (one) => ({
      ...one,
      state: states.has(one.name) ? (states.get(one.name) ?? null) : one.state,
    })),
    relationships: mapValues(relationships, (one) => ({
      ...one,
      state: related.has(one.name) ? (related.get(one.name) ?? null) : one.state,
    })),
  }
  return withoutInstances(after, plan.removes, plan.removesRelationships)
}

const mapValues = <Value>(record: Readonly<Record<string, Value>>, change: (value: Value) => Value) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))

/** The request as clients know it: its fields without our tag. */
const viewIntent = ({ type: _type, ...fields }: Intent): Record<string, unknown> => fields

export const viewProcess = (
  state: ProcessState,
  options: {
    /** Leaves out the plan and both instances. */
    readonly shallow: boolean
    readonly descriptors: DescriptorSet
  },
): z.infer<typeof processView> => {
  const { intent, assembly, root, plan, previous } = state
  const intentType = intent?.type ?? ''
  const seen = (topology: Topology) =>
    viewTopology({ topology, descriptors: options.descriptors }, assembly.name) ?? null
  return {
    id: state.id,
    assemblyId: assembly.id,
    assemblyName: assembly.name,
    assemblyType: assembly.type,
    lifecycleAction: intentType.replace(/Assembly/, ''),
    intent: intent ? viewIntent(intent) : {},
    intentType,
    status: state.status,
    statusReason: state.statusReason,
    startTime: timeText(state.startedAtMs),
    ...(state.endedAtMs === undefined ? {} : { endTime: timeText(state.endedAtMs) }),
    assemblyProperties: intent?.type === 'CreateAssembly' ? intent.properties : {},
    context: { requestedBy: state.requestedBy, rootAssemblyName: root.name, rootAssemblyId: root.id },
    ...(options.shallow
      ? {}
      : {
          previousInstance: previous ? seen(previous) : null,
          desiredInstance: seen(topologyAfter(previous ?? EMPTY_TOPOLOGY, plan, state.startedAtMs)),
          executionPlan: viewPlan(state),
        }),
  }
}

/** A plan that nothing carries out: as `planIntent` made it, with each task in words. */
export const planPreview = planShape
  .extend({ summary: z.array(z.string()).meta({ description: 'the tasks in words, in a possible order' }) })
  .meta({ id: 'PlanPreview' })

export const viewPreview = (plan: Plan): z.infer<typeof planPreview> => ({
  ...plan,
  summary: plan.tasks.map(taskTitle),
})
