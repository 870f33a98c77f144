/** Carries a plan out in virtual time over a topology, with durations and failures as asked: what a test needs of a process. */
import type { PropertyValues } from '../../drivers/protocol.ts'
import type { DescriptorSet } from '../model/descriptor.ts'
import type { Plan, Task } from '../model/plan.ts'
import { readyTasks, resolvedValues } from '../model/plan-schedule.ts'
import type { PropertyLookup, TaskPhase } from '../model/plan-schedule.ts'
import { withInstanceState, withoutInstances, withPlanAccepted, withRelationship } from '../model/topology-state.ts'
import type { Topology } from '../model/topology.ts'
import { entriesFrom } from './trace.ts'
import type { TaskEvent, TraceEntry } from './trace.ts'

export interface ExecutionRequest {
  readonly descriptors: DescriptorSet
  readonly topology: Topology
  readonly plan: Plan
  readonly durationMs: (task: Task) => number
  readonly fails?: (task: Task) => boolean
  /** Begins no more than this many tasks; what runs then still ends. */
  readonly tasksMax?: number
}

export interface Execution {
  readonly accepted: Topology
  readonly topology: Topology
  readonly entries: readonly TraceEntry[]
  readonly isComplete: boolean
  /** Values that a task should have had when it began, but that nobody had put out. */
  readonly missing: readonly string[]
}

export const execute = (request: ExecutionRequest): Execution => {
  const { plan, descriptors } = request
  const accepted = withPlanAccepted(request.topology, plan, 0)
  let topology = accepted
  let nowMs = 0
  let begun = 0
  let failed = false
  const phases = new Map<string, TaskPhase>()
  const events: TaskEvent[] = []
  const missing: string[] = []
  const running: { task: Task; endsAtMs: number; given: PropertyValues }[] = []
  const lookup: PropertyLookup = (instance, property) => topology.instances[instance]?.properties[property]

  const begin = (task: Task): void => {
    begun += 1
    phases.set(task.id, 'running')
    events.push({ type: 'task-started', taskId: task.id, atMs: nowMs })
    const given = task.type === 'transition' ? resolvedValues(task.call?.resourceProperties ?? {}, lookup) : {}
    missing.push(...unknownValues(task, lookup))
    const isInstant = task.type === 'stage' || task.type === 'relationship' || task.type === 'mark-broken'
    running.push({ task, endsAtMs: nowMs + (isInstant ? 0 : request.durationMs(task)), given })
  }

  const end = (task: Task, given: PropertyValues): void => {
    const fails = (task.type === 'transition' || task.type === 'operation') && request.fails?.(task) === true
    failed ||= fails
    phases.set(task.id, fails ? 'failed' : 'done')
    events.push({ type: 'task-ended', taskId: task.id, atMs: nowMs, failed: fails })
    switch (task.type) {
      case 'transition': {
        const known = topology.instances[task.instance]?.properties ?? {}
        const properties = fails ? known : { ...known, ...given, ...outputs(descriptors, topology, task) }
        topology = withInstanceState(
          topology,
          task.instance,
          { state: fails ? task.onFailure : task.to, properties },
          nowMs,
        )
        return
      }
      case 'mark-broken':
        topology = withInstanceState(topology, task.instance, { state: 'Broken' }, nowMs)
        return
      case 'operation':
        if (fails) topology = withRelationship(topology, task.relationship, { state: null })
        return
      case 'relationship':
        topology = withRelationship(topology, task.relationship, { state: task.to })
        return
      case 'stage':
        return
    }
  }

  const beginReady = (changed?: readonly string[]): void => {
    const limit = request.tasksMax ?? Infinity
    for (const task of readyTasks(plan, (id) => phases.get(id) ?? 'pending', changed))
      if (!failed && begun < limit) begin(task)
  }

  beginReady()
  while (running.length > 0) {
    nowMs = Math.min(...running.map((one) => one.endsAtMs))
    const index = running.findIndex((one) => one.endsAtMs === nowMs)
    for (const { task, given } of running.splice(index, 1)) {
      end(task, given)
      beginReady([task.id])
    }
  }
  const isComplete = plan.tasks.every((task) => phases.get(task.id) === 'done')
  if (isComplete) topology = settled(topology, plan)
  return { accepted, topology, entries: entriesFrom(plan.tasks, events), isComplete, missing }
}

/** What is only so once all is done: what leaves is gone, and assemblies show what their parts have put out. */
const settled = (topology: Topology, plan: Plan): Topology => {
  let result = withoutInstances(topology, plan.removes, plan.removesRelationships)
  for (const [name, planned] of Object.entries(plan.updates)) {
    const properties = resolvedValues(planned, (instance, property) => result.instances[instance]?.properties[property])
    const known = result.instances[name]
    if (known !== undefined)
      result = withInstanceState(result, name, { state: null, properties: { ...known.properties, ...properties } }, 0)
  }
  return result
}

const outputs = (descriptors: DescriptorSet, topology: Topology, task: Task): PropertyValues => {
  if (task.type !== 'transition') return {}
  if (task.transition === 'FindReference') return { id: `id of ${task.instance}` }
  if (task.transition !== 'Install') return {}
  const descriptor = descriptors[topology.instances[task.instance]?.type ?? '']
  const readOnly = Object.entries(descriptor?.properties ?? {}).filter(([, definition]) => definition.readOnly)
  return Object.fromEntries(readOnly.map(([name]) => [name, `${name} of ${task.instance}`]))
}

/** Values of other instances that a task's call needs on the way up. */
const unknownValues = (task: Task, lookup: PropertyLookup): readonly string[] => {
  if (task.type !== 'transition' || task.call === undefined) return []
  if (!['Create', 'Install', 'Configure', 'Start', 'Integrity', 'FindReference'].includes(task.transition)) return []
  return Object.values(task.call.resourceProperties).flatMap((planned) => {
    if ('value' in planned) return []
    const parts = 'parts' in planned ? planned.parts : planned.list.flat()
    return parts.flatMap((part) =>
      typeof part === 'string' || part.instance === task.instance || lookup(part.instance, part.property) !== undefined
        ? []
        : [`${task.id} needs ${part.instance}.${part.property}`],
    )
  })
}
