/** How a process's events change it. */
import type { Plan } from '../model/plan.ts'
import { ownEntry } from '../own-entry.ts'
import type { ProcessEvent, ProcessState, TaskProgress } from './protocol.ts'

const NOBODY = { name: '', id: '', type: '' }
const EMPTY_PLAN: Plan = {
  tasks: [],
  creates: [],
  createsRelationships: [],
  removes: [],
  removesRelationships: [],
  updates: {},
}
const PENDING: TaskProgress = { status: 'Pending', attempt: 0 }

export const initial = (id: string): ProcessState => ({
  id,
  status: 'Planned',
  statusReason: '',
  assembly: NOBODY,
  root: NOBODY,
  intent: null,
  plan: EMPTY_PLAN,
  previous: null,
  requestedBy: '',
  startedAtMs: 0,
  tasks: {},
  changed: {},
  phase: 'running',
  verdict: 'Failed',
  fullerHealOf: '',
})

export const evolve = (state: ProcessState, event: ProcessEvent): ProcessState => {
  switch (event.type) {
    case 'started': {
      const { assembly, root, intent, plan, previous, requestedBy, atMs } = event
      return {
        ...state,
        status: 'In Progress',
        assembly,
        root,
        intent,
        plan,
        previous,
        requestedBy,
        startedAtMs: atMs,
      }
    }
    case 'task-started':
      return withTask(state, event.taskId, { status: 'In Progress', startedAtMs: event.atMs, attempt: 1 })
    case 'task-attempted': {
      const { nextAtMs: _, ...known } = ownEntry(state.tasks, event.taskId) ?? PENDING
      return withTask(state, event.taskId, {
        ...known,
        attempt: event.attempt,
        ...(event.error ? { error: event.error } : {}),
        ...(event.nextAtMs === undefined ? {} : { nextAtMs: event.nextAtMs }),
      })
    }
    case 'task-ended': {
      const { nextAtMs: _, ...known } = ownEntry(state.tasks, event.taskId) ?? PENDING
      const ended = withTask(state, event.taskId, {
        startedAtMs: event.atMs,
        ...known,
        status: event.error ? 'Failed' : 'Completed',
        endedAtMs: event.atMs,
        attempt: event.attempt,
        ...(event.error ? { error: event.error } : {}),
      })
      if (!event.instance) return ended
      const { name, ...now } = event.instance
      return { ...ended, changed: { ...ended.changed, [name]: now } }
    }
    case 'failure-noted':
      return event.fullerHealOf === undefined
        ? { ...state, phase: 'draining', verdict: 'Failed', statusReason: event.reason }
        : { ...state, phase: 'drained-for-heal', fullerHealOf: event.fullerHealOf, statusReason: event.reason }
    case 'extension-requested':
      return { ...state, phase: 'extending' }
    case 'plan-extended':
      return {
        ...state,
        phase: 'running',
        statusReason: '',
        plan: joinedPlans(state.plan, event.plan),
        tasks: skippingPending(state),
      }
    case 'cancel-requested':
      return { ...state, phase: 'draining', verdict: 'Cancelled', statusReason: 'cancelled on request' }
    case 'finished':
      return {
        ...state,
        phase: 'ended',
        status: event.status,
        statusReason: event.reason,
        endedAtMs: event.atMs,
        tasks: skippingPending(state),
      }
  }
}

const withTask = (state: ProcessState, taskId: string, progress: TaskProgress): ProcessState => ({
  ...state,
  tasks: { ...state.tasks, [taskId]: inOrder(progress) },
})

/** In the order of the schema: what is read back from a snapshot is then the same to the last byte. */
const inOrder = ({ status, startedAtMs, endedAtMs, attempt, nextAtMs, error }: TaskProgress): TaskProgress => ({
  status,
  ...(startedAtMs === undefined ? {} : { startedAtMs }),
  ...(endedAtMs === undefined ? {} : { endedAtMs }),
  attempt,
  ...(nextAtMs === undefined ? {} : { nextAtMs }),
  ...(error === undefined ? {} : { error }),
})

const skippingPending = ({ plan, tasks }: ProcessState): Record<string, TaskProgress> => ({
  ...Object.fromEntries(plan.tasks.map(({ id }) => [id, { status: 'Skipped' as const, attempt: 0 }])),
  ...tasks,
})

const joinedPlans = (first: Plan, more: Plan): Plan => ({
  tasks: [...first.tasks, ...more.tasks],
  creates: [...first.creates, ...more.creates],
  createsRelationships: [...first.createsRelationships, ...more.createsRelationships],
  removes: [...first.removes, ...more.removes],
  removesRelationships: [...first.removesRelationships, ...more.removesRelationships],
  updates: { ...first.updates, ...more.updates },
})
