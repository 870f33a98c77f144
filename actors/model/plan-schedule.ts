/**
 * How a plan is carried out: which tasks can begin, what the others wait for, and what the planned values are by then.
 *
 * A task is ready when all that it is after is done. A resource does one thing at a time: of several ready tasks on one
 * instance the earliest in the plan begins, except that Integrity comes right after Start.
 */
import type { PropertyValue } from '../../drivers/protocol.ts'
import type { Dependency, Plan, PlannedPart, PlannedValue, PlannedValues, Task } from './plan.ts'

/** `failed` counts as not done: what comes after it never becomes ready. */
export type TaskPhase = 'pending' | 'running' | 'done' | 'failed'
export type PhaseOf = (taskId: string) => TaskPhase

interface PlanIndex {
  readonly byId: ReadonlyMap<string, Task>
  readonly positions: ReadonlyMap<string, number>
  readonly successors: ReadonlyMap<string, readonly Task[]>
  readonly byInstance: ReadonlyMap<string, readonly Task[]>
}

/** Plans never change, so what is derived from one is kept as long as the plan itself. */
const indexes = new WeakMap<Plan['tasks'], PlanIndex>()

const indexOf = (plan: Pick<Plan, 'tasks'>): PlanIndex => {
  const known = indexes.get(plan.tasks)
  if (known !== undefined) return known
  const byId = new Map(plan.tasks.map((task) => [task.id, task]))
  const positions = new Map(plan.tasks.map((task, position) => [task.id, position]))
  const successors = new Map<string, Task[]>()
  const byInstance = new Map<string, Task[]>()
  const push = (map: Map<string, Task[]>, key: string, task: Task): void => {
    const list = map.get(key)
    if (list === undefined) map.set(key, [task])
    else list.push(task)
  }
  for (const task of plan.tasks) {
    for (const dependency of task.after) push(successors, dependency.task, task)
    const instance = instanceOf(task)
    if (instance !== undefined) push(byInstance, instance, task)
  }
  const index = { byId, positions, successors, byInstance }
  indexes.set(plan.tasks, index)
  return index
}

/** The instance that carries the task out; relationships and stages have none: they are done as soon as they are ready. */
export const instanceOf = (task: Task): string | undefined => ('instance' in task ? task.instance : undefined)

/**
 * Tasks that can begin now, in the order of the plan. Cost: all edges; with `changed` (tasks that have ended since the
 * last time, when everything ready then was begun) only the edges around those.
 */
export const readyTasks = (
  plan: Pick<Plan, 'tasks'>,
  phaseOf: PhaseOf,
  changed?: readonly string[],
): readonly Task[] => {
  const index = indexOf(plan)
  const candidates = changed === undefined ? plan.tasks : candidatesAfter(index, changed)
  const chosen = new Map<string, Task>()
  const ready: Task[] = []
  for (const task of candidates) {
    if (phaseOf(task.id) !== 'pending' || !isUnblocked(task, phaseOf)) continue
    const instance = instanceOf(task)
    if (instance === undefined) ready.push(task)
    else if (!isBusy(index, instance, phaseOf)) {
      const other = chosen.get(instance)
      if (other === undefined || comesFirst(index, task, other)) chosen.set(instance, task)
    }
  }
  return [...ready, ...chosen.values()].sort((left, right) => position(index, left) - position(index, right))
}

const candidatesAfter = (index: PlanIndex, changed: readonly string[]): readonly Task[] => {
  const candidates = new Set<Task>()
  const instances = new Set<string>()
  for (const id of changed) {
    const own = index.byId.get(id)
    for (const task of [...(own === undefined ? [] : [own]), ...(index.successors.get(id) ?? [])]) {
      const instance = instanceOf(task)
      if (instance === undefined) candidates.add(task)
      else instances.add(instance)
    }
  }
  for (const instance of instances) for (const task of index.byInstance.get(instance) ?? []) candidates.add(task)
  return [...candidates]
}

const isUnblocked = (task: Task, phaseOf: PhaseOf): boolean =>
  task.after.every((dependency) => phaseOf(dependency.task) === 'done')

const isBusy = (index: PlanIndex, instance: string, phaseOf: PhaseOf): boolean =>
  (index.byInstance.get(instance) ?? []).some((task) => phaseOf(task.id) === 'running')

const position = (index: PlanIndex, task: Task): number => index.positions.get(task.id) ?? 0

const isIntegrity = (task: Task): boolean => task.type === 'transition' && task.transition === 'Integrity'

const comesFirst = (index: PlanIndex, task: Task, other: Task): boolean =>
  isIntegrity(task) !== isIntegrity(other) ? isIntegrity(task) : position(index, task) < position(index, other)

/** Why a task hasn't begun: a task that has to be done before, or (`busy`) the resource does something else first. */
export interface TaskWait {
  readonly task: string
  readonly reason: Dependency['reason'] | 'busy'
  readonly note?: string
}

/** What a pending task waits for; empty if it can begin, or isn't pending. */
export const waitsFor = (plan: Pick<Plan, 'tasks'>, phaseOf: PhaseOf, taskId: string): readonly TaskWait[] => {
  const index = indexOf(plan)
  const task = index.byId.get(taskId)
  if (task === undefined || phaseOf(taskId) !== 'pending') return []
  const missing = task.after.filter((dependency) => phaseOf(dependency.task) !== 'done')
  if (missing.length > 0) return missing
  const instance = instanceOf(task)
  return (instance === undefined ? [] : (index.byInstance.get(instance) ?? []))
    .filter((other) => other !== task && goesFirst(index, other, task, phaseOf))
    .map((other) => ({ task: other.id, reason: 'busy' }))
}

const goesFirst = (index: PlanIndex, other: Task, task: Task, phaseOf: PhaseOf): boolean => {
  const phase = phaseOf(other.id)
  return phase === 'running' || (phase === 'pending' && isUnblocked(other, phaseOf) && comesFirst(index, other, task))
}

/** What a property of an instance is now; `undefined`: unset. */
export type PropertyLookup = (instance: string, property: string) => PropertyValue | undefined

/**
 * A planned value as it is now; `undefined` (unset) if anything that it is made of is. A property alone gives its value
 * as it is, also a list; inside other text a list is joined with commas.
 */
export const resolvedValue = (planned: PlannedValue, lookup: PropertyLookup): PropertyValue | undefined => {
  if ('value' in planned) return planned.value
  if ('parts' in planned) return resolvedParts(planned.parts, lookup)
  const items = planned.list.map((parts) => resolvedParts(parts, lookup))
  return items.every((item) => item !== undefined) ? items.flat() : undefined
}

const resolvedParts = (parts: readonly PlannedPart[], lookup: PropertyLookup): PropertyValue | undefined => {
  const [first] = parts
  if (parts.length === 1 && typeof first === 'object') return lookup(first.instance, first.property)
  let text = ''
  for (const part of parts) {
    const value = typeof part === 'string' ? part : lookup(part.instance, part.property)
    if (value === undefined) return undefined
    text += typeof value === 'string' ? value : value.join(',')
  }
  return text
}

/** The values that are set; the others are left out. */
export const resolvedValues = (
  planned: PlannedValues,
  lookup: PropertyLookup,
): Readonly<Record<string, PropertyValue>> =>
  Object.fromEntries(
    Object.entries(planned).flatMap(([name, value]) => {
      const resolved = resolvedValue(value, lookup)
      return resolved === undefined ? [] : [[name, resolved]]
    }),
  )
