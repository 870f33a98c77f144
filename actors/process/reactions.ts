/** What follows from a process's events. */
import type { Context, Effect } from '../../runtime/entity.ts'
import { assemblyRef, resourceRef } from '../addresses.ts'
import type { AssemblyCommand } from '../assembly/protocol.ts'
import type { ActorsConfig } from '../config.ts'
import { isoTime } from '../live.ts'
import { ownEntry } from '../own-entry.ts'
import { announced } from '../published-events.ts'
import { isResourceTask, ownerOf, performMessage, type ResourceTask, taskOf } from './orders.ts'
import type { ProcessCommand, ProcessEvent, ProcessState } from './protocol.ts'

const WATCH_TIMER = 'watch'
const FORGET_TIMER = 'forget'

export const react =
  (config: ActorsConfig) =>
  (state: ProcessState, event: ProcessEvent, context: Context): readonly Effect[] => {
    switch (event.type) {
      case 'started':
        return [watchTimer(event.atMs, config), ...processEvent(state, config, event.atMs, context)]
      case 'task-started': {
        const task = taskOf(state, event.taskId)
        return [
          ...(task && isResourceTask(task) ? tellOwner(state, task, config) : []),
          ...taskEvent(state, config, event, context),
        ]
      }
      case 'task-attempted':
        return taskEvent(state, config, event, context)
      case 'task-ended':
        return [...relationshipChanged(state, event), ...taskEvent(state, config, event, context)]
      case 'extension-requested':
        return [askForFullerHeal(state)]
      case 'plan-extended':
      case 'cancel-requested':
      case 'failure-noted':
        return []
      case 'finished': {
        const { status, reason, atMs } = event
        const forget: ProcessCommand = { type: 'forget' }
        const dueMs = atMs + config.processRetentionMs
        return [
          { type: 'cancel-timer', name: WATCH_TIMER },
          { type: 'set-timer', name: FORGET_TIMER, dueMs, message: forget },
          tellAssembly(state, { type: 'process-ended', processId: state.id, status, reason }),
          ...processEvent(state, config, atMs, context),
        ]
      }
    }
  }

export const tellOwner = (state: ProcessState, task: ResourceTask, config: ActorsConfig): Effect[] => {
  const owner = ownerOf(state, task.instance)
  if (!owner) return []
  return [{ type: 'tell', to: resourceRef(owner.id), message: performMessage(state, task, owner, config) }]
}

export const askForFullerHeal = (state: ProcessState): Effect =>
  tellAssembly(state, { type: 'request-fuller-heal', processId: state.id, brokenComponent: state.fullerHealOf })

const relationshipChanged = (state: ProcessState, event: Extract<ProcessEvent, { type: 'task-ended' }>): Effect[] => {
  const task = event.properties && taskOf(state, event.taskId)
  if (task?.type !== 'relationship') return []
  const { relationship, to } = task
  const properties = event.properties ?? {}
  return [
    tellAssembly(state, { type: 'relationship-changed', processId: state.id, relationship, state: to, properties }),
  ]
}

const tellAssembly = (state: ProcessState, message: AssemblyCommand): Effect => ({
  type: 'tell',
  to: assemblyRef(state.root.name),
  message,
})

export const watchTimer = (atMs: number, config: ActorsConfig): Effect => {
  const message: ProcessCommand = { type: 'watch' }
  return { type: 'set-timer', name: WATCH_TIMER, dueMs: atMs + config.watchIntervalMs, message }
}

const processEvent = (state: ProcessState, config: ActorsConfig, atMs: number, context: Context): readonly Effect[] =>
  announced(config, state.root.name, {
    eventId: context.newId(),
    eventCreatedAt: isoTime(atMs),
    eventType: 'ProcessStateChangeEvent',
    processId: state.id,
    rootAssemblyName: state.root.name,
    assemblyId: state.assembly.id,
    assemblyName: state.assembly.name,
    assemblyDescriptorName: state.assembly.type,
    intentType: state.intent?.type ?? '',
    intent: state.intent,
    processState: state.status,
    ...(state.statusReason === '' ? {} : { processStateReason: state.statusReason }),
    processStartedAt: isoTime(state.startedAtMs),
    ...(state.endedAtMs === undefined ? {} : { processFinishedAt: isoTime(state.endedAtMs) }),
  })

const taskEvent = (
  state: ProcessState,
  config: ActorsConfig,
  event: { readonly taskId: string; readonly atMs: number },
  context: Context,
): readonly Effect[] => {
  const task = ownEntry(state.tasks, event.taskId) ?? { status: 'Pending', attempt: 0 }
  return announced(config, state.root.name, {
    eventId: context.newId(),
    eventCreatedAt: isoTime(event.atMs),
    eventType: 'ProcessTaskStateChangeEvent',
    processId: state.id,
    rootAssemblyName: state.root.name,
    taskId: event.taskId,
    taskState: task.status,
    attempt: task.attempt,
    ...(task.startedAtMs === undefined ? {} : { startedAt: isoTime(task.startedAtMs) }),
    ...(task.endedAtMs === undefined ? {} : { finishedAt: isoTime(task.endedAtMs) }),
    ...(task.error ? { error: task.error } : {}),
  })
}
