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
  let now = state
  let changed = ended
  while (now.phase === 'running') {
    const before = events.length
    for (const task of readyTasks(now.plan, phaseOf(now), changed)) {
      if (now.phase !== 'running') break
      for (const event of begun(now, task, atMs)) {
        events.push(event)
        now = evolve(now, event)
      }
    }
    if (events.length === before) break
    changed = events.slice(before).flatMap((event) => (event.type === 'task-ended' ? [event.taskId] : []))
  }
  const last = closing(now, atMs)
  return last ? [...events, last] : events
}

export const phaseOf =
  (state: ProcessState): PhaseOf =>
  (taskId) =>
    PHASES[ownEntry(state.tasks, taskId)?.status ?? 'Skipped']

const PHASES: Readonly<Record<TaskStatus, TaskPhase>> = {
  Pending: 'pending',
  'In Progress': 'running',
  Completed: 'done',
  Failed: 'failed',
  Skipped: 'failed',
}

const begun = (state: ProcessState, task: Task, atMs: number): readonly ProcessEvent[] => {
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
  if (Object.values(state.tasks).some((task) => task.status === 'In Progress')) return undefined
  switch (state.phase) {
    case 'running': {
      const left = Object.entries(state.tasks).flatMap(([id, task]) => (task.status === 'Pending' ? [id] : []))
      if (left.length === 0) return { type: 'finished', atMs, status: 'Completed', reason: '' }
      // A plan whose tasks wait for each other: no planner makes one, and if one did, the process must still end.
      const reason = `the plan can't go on: nothing runs, and ${left.length} tasks wait, the first of them ${left[0]}`
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
