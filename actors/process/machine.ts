/**
 * The execution of one intent: carries out its plan, as concurrently as the plan allows, and ends. Each task that runs
 * has an owner with a durable timer of its own; the watch only asks the owners again.
 */
import type { Context, Decision, Effect } from '../../runtime/entity.ts'
import type { AssemblyCommand, IntentReply } from '../assembly/protocol.ts'
import { assemblyRef } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import type { Task } from '../model/plan.ts'
import type { TaskError } from '../resource/protocol.ts'
import { ownEntry } from '../own-entry.ts'
import { evolve } from './evolution.ts'
import { isResourceTask, taskOf } from './orders.ts'
import { nextEvents } from './progress.ts'
import type { ProcessCommand, ProcessEvent, ProcessState } from './protocol.ts'
import { askForFullerHeal, tellOwner, watchTimer } from './reactions.ts'

type Decided = Decision<ProcessEvent>
const NOTHING: Decided = { events: [] }

export const decide =
  (config: ActorsConfig) =>
  (state: ProcessState, command: ProcessCommand, context: Context): Decided => {
    const atMs = context.nowMs
    switch (command.type) {
      case 'start': {
        const reply: IntentReply = {
          processId: state.id,
          assemblyId: command.assembly.id,
          assemblyName: command.assembly.name,
          repeated: state.intent !== null,
        }
        if (state.intent !== null) return { events: [], reply, effects: usedBefore(state, command) }
        const { type: _, ...order } = command
        return { ...andNext(state, { type: 'started', atMs, ...order }), reply }
      }
      case 'task-attempted': {
        if (ownEntry(state.tasks, command.taskId)?.status !== 'In Progress') return NOTHING
        return { events: [{ ...command, atMs }] }
      }
      case 'task-ended':
        return taskEnded(state, command, atMs)
      case 'extend-plan':
        if (state.phase !== 'extending') return NOTHING
        return andNext(state, { type: 'plan-extended', atMs, plan: command.plan })
      case 'refuse-extension': {
        if (state.phase !== 'extending') return NOTHING
        const reason = `${state.statusReason}; nor can it be healed by making it anew: ${command.reason}`
        return andNext(state, { type: 'failure-noted', atMs, reason })
      }
      case 'cancel':
        return cancel(state, atMs)
      case 'watch':
        return watch(state, config, atMs)
      case 'forget':
        return state.phase === 'ended' ? { events: [], effects: [{ type: 'forget' }] } : NOTHING
    }
  }

/**
 * An id that was used before (an order repeated long after everybody else has forgotten it) finds that process, and
 * nothing is done again. The assembly has just taken the order, so it must be set free.
 */
const usedBefore = (state: ProcessState, { root }: Extract<ProcessCommand, { type: 'start' }>): readonly Effect[] => {
  if (state.phase !== 'ended' && state.root.name === root.name) return []
  const reason = `process ${state.id} has been carried out before`
  const message: AssemblyCommand = { type: 'process-ended', processId: state.id, status: 'Cancelled', reason }
  return [{ type: 'tell', to: assemblyRef(root.name), message }]
}

/** The events, and all that follows from it at once. */
const andNext = (
  state: ProcessState,
  event: ProcessEvent,
  also: readonly ProcessEvent[] = [],
): { readonly events: ProcessEvent[] } => {
  const first = [event, ...also]
  const ended = event.type === 'task-ended' ? [event.taskId] : undefined
  return { events: [...first, ...nextEvents(first.reduce(evolve, state), event.atMs, ended)] }
}

const taskEnded = (
  state: ProcessState,
  { outcome, properties }: Extract<ProcessCommand, { type: 'task-ended' }>,
  atMs: number,
): Decided => {
  const task = taskOf(state, outcome.taskId)
  const progress = ownEntry(state.tasks, outcome.taskId)
  // Told again, or of another process: it has been noted, or isn't ours.
  if (outcome.processId !== state.id || !task || !isResourceTask(task) || progress?.status !== 'In Progress')
    return NOTHING
  const { taskId, error, attempt } = outcome
  const ended: ProcessEvent = {
    type: 'task-ended',
    atMs,
    taskId,
    attempt: Math.max(attempt, progress.attempt),
    instance: { name: task.instance, state: outcome.state, properties },
    ...(error ? { error } : {}),
  }
  if (!error) return andNext(state, ended)
  // The first failure is the one that is told: what fails while the rest drains often fails because of it.
  if (state.phase !== 'running' && state.phase !== 'drained-for-heal') return andNext(state, ended)
  const reason = `${taskTitle(task)} failed: ${error.code}: ${error.description}`
  const fullerHealOf = state.phase === 'running' ? brokenComponentGone(state, task, error) : undefined
  const noted: ProcessEvent = { type: 'failure-noted', atMs, reason, ...(fullerHealOf ? { fullerHealOf } : {}) }
  return andNext(state, ended, [noted])
}

/** What is healed isn't there any more. Only asked for once: if it is gone again, the heal has failed. */
const brokenComponentGone = (
  { intent, fullerHealOf }: ProcessState,
  task: { readonly instance: string },
  error: TaskError,
): string | undefined =>
  intent?.type === 'HealAssembly' &&
  error.code === 'RESOURCE_NOT_FOUND' &&
  task.instance === intent.brokenComponent &&
  fullerHealOf === ''
    ? intent.brokenComponent
    : undefined

const cancel = (state: ProcessState, atMs: number): Decided => {
  if (state.intent === null)
    return { reject: { code: 'process-not-found', reason: `there is no process with the id ${state.id}` } }
  if (state.phase === 'ended')
    return {
      reject: {
        code: 'process-ended',
        reason: `the process has ended (${state.status})`,
        details: { status: state.status },
      },
    }
  const reply = { processId: state.id }
  if (state.phase === 'draining' && state.verdict === 'Cancelled') return { events: [], reply }
  return { ...andNext(state, { type: 'cancel-requested', atMs }), reply }
}

/** Whatever was lost on the way (nothing should be): the owners of what runs are asked again, and answer again. */
const watch = (state: ProcessState, config: ActorsConfig, atMs: number): Decided => {
  if (state.phase === 'ended' || state.intent === null) return NOTHING
  const effects: Effect[] = [watchTimer(atMs, config)]
  for (const task of state.plan.tasks) {
    if (isResourceTask(task) && ownEntry(state.tasks, task.id)?.status === 'In Progress')
      effects.push(...tellOwner(state, task, config))
  }
  if (state.phase === 'extending') effects.push(askForFullerHeal(state))
  return { events: nextEvents(state, atMs), effects }
}

export const taskTitle = (task: Task): string => {
  switch (task.type) {
    case 'transition':
      return `${task.transition} of ${task.instance}`
    case 'operation':
      return `operation ${task.operation} of ${task.instance} (${task.phase} of ${task.relationship})`
    case 'relationship':
      return `${task.to === null ? 'Cease' : 'Create'} of ${task.relationship}`
    case 'mark-broken':
      return `marking ${task.instance} as broken`
    case 'stage':
      return `stage ${task.stage}`
  }
}
