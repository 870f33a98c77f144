/** A recorded execution of a plan: what began and ended, in which order, and when. */
import type { Intent } from '../model/intent.ts'
import type { DescriptorSet } from '../model/descriptor.ts'
import type { Topology } from '../model/topology.ts'
import type { Task } from '../model/plan.ts'

export interface TraceEntry {
  readonly kind: 'transition' | 'operation' | 'relationship' | 'mark-broken'
  /** Empty for `relationship`. */
  readonly instance: string
  /** Transition or operation; of the other kinds it is the kind. */
  readonly name: string
  /** Relationship instance; empty where there is none. */
  readonly relationship: string
  readonly phase: 'Create' | 'Cease' | ''
  /** Places in the history: they decide what came before what. */
  readonly startedSequence: number
  /** Infinity: it hasn't ended. */
  readonly endedSequence: number
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly succeeded: boolean
}

export interface Recording {
  readonly descriptors: DescriptorSet
  readonly intent: Intent
  /** Properties that the root was ordered with. */
  readonly rootProperties: Readonly<Record<string, string | readonly string[]>>
  /** What was there when the order was accepted. */
  readonly before: Topology
  /** The same with what the plan creates. */
  readonly accepted: Topology
  readonly startedAtMs: number
  readonly entries: readonly TraceEntry[]
  /** Whether all of it was carried out; false if it stopped at a failure. */
  readonly isComplete: boolean
}

/** As the history of a process tells it, in its order. */
export interface TaskEvent {
  readonly type: 'task-started' | 'task-ended'
  readonly taskId: string
  readonly atMs: number
  readonly failed?: boolean
}

/** Entries from a process's history. Stages are left out: they are nothing that happens. */
export const entriesFrom = (tasks: readonly Task[], events: readonly TaskEvent[]): readonly TraceEntry[] => {
  const started = new Map<string, { sequence: number; atMs: number }>()
  const ended = new Map<string, { sequence: number; atMs: number; failed: boolean }>()
  for (const [sequence, event] of events.entries()) {
    if (event.type === 'task-started') started.set(event.taskId, { sequence, atMs: event.atMs })
    else ended.set(event.taskId, { sequence, atMs: event.atMs, failed: event.failed === true })
  }
  return tasks.flatMap((task) => {
    const end = ended.get(task.id)
    // Tasks that are done at once may have an end only.
    const start = started.get(task.id) ?? end
    if (task.type === 'stage' || start === undefined) return []
    const isOperation = task.type === 'operation'
    return [
      {
        kind: task.type,
        instance: 'instance' in task ? task.instance : '',
        name: task.type === 'transition' ? task.transition : isOperation ? task.operation : task.type,
        relationship: 'relationship' in task ? task.relationship : '',
        phase: isOperation ? task.phase : task.type !== 'relationship' ? '' : task.to === null ? 'Cease' : 'Create',
        startedSequence: start.sequence,
        endedSequence: end?.sequence ?? Infinity,
        startedAtMs: start.atMs,
        endedAtMs: end?.atMs ?? Infinity,
        succeeded: end?.failed === false,
      } satisfies TraceEntry,
    ]
  })
}
