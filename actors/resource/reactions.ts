/** What follows from a resource's events. */
import { DRIVER_REQUESTS_TOPIC } from '../../drivers/protocol.ts'
import type { Context, Effect } from '../../runtime/entity.ts'
import { assemblyRef, healPolicyRef } from '../addresses.ts'
import type { AssemblyCommand } from '../assembly/protocol.ts'
import type { ActorsConfig } from '../config.ts'
import type { HealPolicyCommand } from '../heal-policy/protocol.ts'
import { isoTime, type LiveEvent } from '../live.ts'
import { announced } from '../published-events.ts'
import { endedMessage, tellProcess } from './machine.ts'
import type { ResourceCommand, ResourceEntityState, ResourceEvent } from './protocol.ts'
import { driverRequestOf, shownProperties } from './requests.ts'

/** One timer at a time: a request's deadline, or the next attempt. */
const TASK_TIMER = 'task'
const FORGET_TIMER = 'forget'

type Ended = Extract<ResourceEvent, { type: 'task-ended' }>

export const react =
  (config: ActorsConfig) =>
  (state: ResourceEntityState, event: ResourceEvent, context: Context): readonly Effect[] => {
    switch (event.type) {
      case 'defined':
        return [{ type: 'cancel-timer', name: FORGET_TIMER }, ...healPolicyMessages(state)]
      case 'task-taken':
      case 'reported':
        return []
      case 'request-sent': {
        const { task, identity } = state
        if (!task?.call || !identity) return []
        const request = driverRequestOf(state, identity, { ...task, call: task.call }, event)
        const effects: Effect[] = [
          { type: 'publish', topic: DRIVER_REQUESTS_TOPIC, key: state.id, message: request },
          taskTimer(event.requestId, event.deadlineMs),
        ]
        const { attempt } = event
        if (attempt > 1 && event.send === 1)
          effects.push(tellProcess(task.processId, { type: 'task-attempted', taskId: task.taskId, attempt }))
        return effects
      }
      case 'progress-reported':
        return [taskTimer(event.requestId, event.deadlineMs)]
      case 'attempt-failed': {
        if (!state.task) return []
        const { attempt, error, retryAtMs } = event
        const { processId, taskId } = state.task
        return [
          taskTimer(event.requestId, retryAtMs),
          tellProcess(processId, { type: 'task-attempted', taskId, attempt, error, nextAtMs: retryAtMs }),
        ]
      }
      case 'task-ended':
        return taskEnded(state, config, event, context)
      case 'released': {
        const forget: ResourceCommand = { type: 'forget' }
        const dueMs = event.atMs + config.removedRetentionMs
        return [
          { type: 'cancel-timer', name: TASK_TIMER },
          { type: 'set-timer', name: FORGET_TIMER, dueMs, message: forget },
          ...(state.traits.heal.length > 0 ? [tellHealPolicy(state.id, { type: 'remove' })] : []),
        ]
      }
    }
  }

const taskEnded = (state: ResourceEntityState, config: ActorsConfig, event: Ended, context: Context): Effect[] => {
  const { outcome, from } = event
  const effects: Effect[] = [{ type: 'cancel-timer', name: TASK_TIMER }]
  // The assembly first: what the process asks it for next is then answered with this in view.
  if (state.identity) {
    const changed: AssemblyCommand = {
      type: 'instance-changed',
      instance: state.identity.name,
      id: state.id,
      state: outcome.state,
      properties: { ...shownProperties(state) },
    }
    effects.push({
      type: 'tell',
      to: assemblyRef(state.identity.rootName),
      message: changed,
      trace: outcome.processId,
    })
  }
  effects.push(tellProcess(outcome.processId, endedMessage(state, outcome)))
  if (state.traits.heal.length > 0 && (from === 'Active') !== (outcome.state === 'Active'))
    effects.push(tellHealPolicy(state.id, { type: outcome.state === 'Active' ? 'activated' : 'deactivated' }))
  if (state.identity && !outcome.error && from !== outcome.state) {
    const message: LiveEvent = {
      eventId: context.newId(),
      eventCreatedAt: isoTime(event.atMs),
      eventType: 'ComponentStateChangeEvent',
      rootAssemblyId: state.identity.rootId,
      rootAssemblyName: state.identity.rootName,
      resourceId: state.id,
      resourceName: state.identity.name,
      resourceManager: state.resourceManager,
      deploymentLocation: state.deploymentLocation,
      processId: outcome.processId,
      previousState: from,
      newState: outcome.state,
    }
    effects.push(...announced(config, state.identity.rootName, message))
  }
  return effects
}

const healPolicyMessages = (state: ResourceEntityState): Effect[] => {
  const { identity, traits } = state
  if (!identity || traits.heal.length === 0) return []
  const put: HealPolicyCommand = {
    type: 'put',
    resourceName: identity.name,
    rootName: identity.rootName,
    rules: traits.heal,
    active: state.state === 'Active',
  }
  return [tellHealPolicy(state.id, put)]
}

const tellHealPolicy = (resourceId: string, message: HealPolicyCommand): Effect => ({
  type: 'tell',
  to: healPolicyRef(resourceId),
  message,
})

const taskTimer = (requestId: string, dueMs: number): Effect => {
  const message: ResourceCommand = { type: 'task-due', requestId }
  return { type: 'set-timer', name: TASK_TIMER, dueMs, message }
}
