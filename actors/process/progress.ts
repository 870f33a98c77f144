/** What a process does next, by itself: begins what is ready, does its own tasks, ends when nothing is left to do. */
import type { Task } from '../model/plan.ts'
import { type PhaseOf, readyTasks, type TaskPhase } from '../model/plan-schedule.ts'
import { ownEntry } from '../own-entry.ts'
import { evolve } from './evolution.ts'
import { isResourceTask, ownerOf, propertyNow, resolved } from './orders.ts'
import type { ProcessEvent, ProcessState, TaskStatus } from './protocol.ts'

/**
 * Events that follow from `state`. `ended`: tasks that have ended since it was last asked (absent: look at all of
 * them). Each round begins or ends at least one task, or is the last.
 */
export const nextEvents = (state: ProcessState, atMs: number, ended?: readonly string[]): readonly ProcessEvent[] => {
  const events: ProcessEvent[] = []
  // What these events make of the tasks. Folding each of them would copy the progress of all tasks, each time.
  const since = new Map<string, TaskPhase>()
  const known = phaseOf(state)
  const phase: PhaseOf = (taskId) => since.get(taskId) ?? known(taskId)
  let changed = ended
  let goesOn = state.phase === 'running'
  while (goesOn) {
    const ready = readyTasks(state.plan, phase, changed)
    const done: string[] = []
    for (const task of ready) {
      const [first, ...more] = begun(state, task, atMs)
      events.push(first, ...more)
      since.set(task.id, first.type === 'task-started' ? 'running' : more.length > 0 ? 'failed' : 'done')
      if (first.type === 'task-ended') done.push(task.id)
      goesOn &&= more.length === 0
      if (!goesOn) break
    }
    changed = done
    goesOn &&= done.length > 0
  }
  if (events.some(({ type }) => type === 'task-started')) return events
  const last = closing(events.reduce(evolve, state), atMs)
  return last ? [...events, last] : events
}

export const phaseOf =
  (state: ProcessState): PhaseOf =>
  (taskId) =>
    PHASES[ownEntry(state.tasks, taskId)?.status ?? 'Pending']

const PHASES: Readonly<Record<TaskStatus, TaskPhase>> = {
  Pending: 'pending',
  'In Progress': 'running',
  Completed: 'done',
  Failed: 'failed',
  Skipped: 'failed',
}

/** More than one event: it has failed. */
const begun = (
  state: ProcessState,
  task: Task,
  atMs: number,
): readonly [ProcessEvent, ...(readonly ProcessEvent[])] => {
  const taskId = task.id
  if (!isResourceTask(task)) {
    const properties = task.type === 'relationship' ? resolved(task.properties, propertyNow(state)) : undefined
    return [{ type: 'task-ended', atMs, taskId, attempt: 1, ...(properties ? { properties } : {}) }]
  }
  if (ownerOf(state, task.instance)) return [{ type: 'task-started', atMs, taskId }]
  // Nobody would ever answer: better to fail at once than to wait for good.
  const error = { code: 'UNKNOWN_INSTANCE', description: `there is no resource ${task.instance}` }
  return [
    { type: 'task-ended', atMs, taskId, attempt: 0, error },
    { type: 'failure-noted', atMs, reason: `${taskId} failed: ${error.description}` },
  ]
}

const closing = (state: ProcessState, atMs: number): ProcessEvent | undefined => {
  for (const id in state.tasks) if (state.tasks[id]?.status === 'In Progress') return undefined
  switch (state.phase) {
    case 'running': {
      const left = state.plan.tasks.filter(({ id }) => !Object.hasOwn(state.tasks, id))
      if (left.length === 0) return { type: 'finished', atMs, status: 'Completed', reason: '' }
      // A plan whose tasks wait for each other: no planner makes one, and if one did, the process must still end.
      const reason = `the plan can't go on: nothing runs, and ${left.length} tasks wait, the first of them ${left[0]?.id}`
      return { type: 'finished', atMs, status: 'Failed', reason }
    }
    case 'draining':
      return { type: 'finished', atMs, status: state.verdict, reason: state.statusReason }
    case 'drained-for-heal':
      return { type: 'extension-requested', atMs, brokenComponent: state.fullerHealOf }
    case 'extending':
    case 'ended':
      return undefined
  }
}
