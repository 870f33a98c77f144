/** The history of a process, as the runtime stored it, as a trace that can be checked. */
import type { HistoryEvent } from '../../runtime/client.ts'
import type { DescriptorSet } from '../model/descriptor.ts'
import type { Task, TaskOf } from '../model/plan.ts'
import { withPlanAccepted } from '../model/topology-state.ts'
import { EMPTY_TOPOLOGY } from '../model/topology.ts'
import type { ProcessEvent } from '../process/protocol.ts'
import { entriesFrom, type Recording, type TaskEvent } from './trace.ts'

/** A task that a driver was asked for. */
export interface CalledTask {
  /** `<resource id>:<process id>:<task id>`, as in its request ids. */
  readonly key: string
  readonly startedAtMs: number
  /** Infinity: it hasn't ended. */
  readonly endedAtMs: number
  readonly succeeded: boolean
  /** It can't have succeeded without being carried out: what is taken away may be gone already. */
  readonly isNeeded: boolean
}

export interface RecordedProcess {
  readonly recording: Recording
  readonly tasks: readonly Task[]
  readonly called: readonly CalledTask[]
  /** By instance name: the transitions that its type declares. */
  readonly declared: ReadonlyMap<string, readonly string[]>
  readonly status: string
  readonly reason: string
}

/** `history`: all of it, oldest first. Undefined if the process never started. */
export const recordedProcess = (
  processId: string,
  history: readonly HistoryEvent[],
  descriptors: DescriptorSet,
): RecordedProcess | undefined => {
  const events = history.map(({ event }) => event as ProcessEvent)
  const [started] = events
  if (started?.type !== 'started') return undefined
  const taskEvents = events.flatMap((event): readonly TaskEvent[] => {
    if (event.type === 'task-started') return [{ type: event.type, taskId: event.taskId, atMs: event.atMs }]
    if (event.type !== 'task-ended') return []
    return [{ type: event.type, taskId: event.taskId, atMs: event.atMs, failed: event.error !== undefined }]
  })
  const finished = events.at(-1)
  const isFinished = finished?.type === 'finished'
  const before = started.previous ?? EMPTY_TOPOLOGY
  const accepted = withPlanAccepted(before, started.plan, started.atMs)
  const instances = Object.values(accepted.instances)
  return {
    tasks: started.plan.tasks,
    called: started.plan.tasks.flatMap((task) =>
      (task.type === 'transition' || task.type === 'operation') && task.call
        ? [calledTask(`${accepted.instances[task.instance]?.id ?? ''}:${processId}:${task.id}`, task, taskEvents)]
        : [],
    ),
    declared: new Map(
      instances.flatMap(({ name, type }) => {
        const descriptor = descriptors[type]
        return descriptor?.kind === 'resource' ? [[name, Object.keys(descriptor.lifecycle)] as const] : []
      }),
    ),
    status: isFinished ? finished.status : 'In Progress',
    reason: isFinished ? finished.reason : '',
    recording: {
      descriptors,
      intent: started.intent,
      rootProperties: {},
      before,
      accepted,
      startedAtMs: started.atMs,
      entries: entriesFrom(started.plan.tasks, taskEvents),
      isComplete: isFinished && finished.status === 'Completed',
    },
  }
}

const calledTask = (
  key: string,
  task: TaskOf<'transition'> | TaskOf<'operation'>,
  events: readonly TaskEvent[],
): CalledTask => {
  const of = (type: TaskEvent['type']) => events.find((event) => event.taskId === task.id && event.type === type)
  const ended = of('task-ended')
  const takesAway = task.type === 'transition' && ['Stop', 'Uninstall', 'Delete'].includes(task.transition)
  return {
    key,
    startedAtMs: of('task-started')?.atMs ?? Infinity,
    endedAtMs: ended?.atMs ?? Infinity,
    succeeded: ended?.failed === false,
    isNeeded: !takesAway,
  }
}
