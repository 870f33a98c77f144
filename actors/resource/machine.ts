/**
 * A resource: does one task at a time for a process, asks a driver for it, and asks again as long as that makes sense.
 * Every request that waits has a durable timer, so each task ends, whatever drivers do or don't do.
 */
import type { Context, Decision, Effect } from '../../runtime/entity.ts'
import { healPolicyRef, processRef, scalePolicyRef } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import type { HealPolicyCommand } from '../heal-policy/protocol.ts'
import type { ProcessCommand } from '../process/protocol.ts'
import type { ScalePolicyCommand } from '../scale-policy/protocol.ts'
import { ownEntry } from '../own-entry.ts'
import type {
  MetricReport,
  ResourceCommand,
  ResourceEntityState,
  ResourceEvent,
  ResourceIdentity,
  TaskError,
  TaskOrder,
} from './protocol.ts'
import { NO_TRAITS } from './evolution.ts'
import { backoffMs, isAbsenceWanted, isWorthAnotherAttempt, requestIdOf, shownProperties } from './requests.ts'

type Decided = Decision<ResourceEvent>
const NOTHING: Decided = { events: [] }

export const decide =
  (config: ActorsConfig) =>
  (state: ResourceEntityState, command: ResourceCommand, context: Context): Decided => {
    const atMs = context.nowMs
    switch (command.type) {
      case 'define': {
        const { identity, traits = NO_TRAITS } = command
        const known = !state.released && isSame(state.identity, identity) && isSame(state.traits, traits)
        return known ? NOTHING : { events: [{ type: 'defined', atMs, identity, traits }] }
      }
      case 'perform':
        return perform(state, command.identity, command.order, atMs)
      case 'driver-reported':
        return reported(state, command.report, config, context)
      case 'metric-reported':
        return passOn(state, command.metric)
      case 'release':
        return state.released ? NOTHING : { events: [{ type: 'released', atMs }] }
      case 'task-due':
        return taskDue(state, command.requestId, atMs)
      case 'forget':
        return state.released ? { events: [], effects: [{ type: 'forget' }] } : NOTHING
    }
  }

const perform = (state: ResourceEntityState, identity: ResourceIdentity, order: TaskOrder, atMs: number): Decided => {
  if (isTask(state.task, order)) return NOTHING
  if (state.ended && isTask(state.ended, order))
    return { events: [], effects: [tellProcess(order.processId, endedMessage(state, state.ended))] }
  if (state.task)
    return refused(state, order, {
      code: 'RESOURCE_BUSY',
      description: `${identity.name} is doing ${state.task.name} for process ${state.task.processId}`,
    })
  if (order.kind === 'transition' && order.from !== state.state)
    return refused(state, order, {
      code: 'WRONG_STATE',
      description: `${order.name} leads from ${order.from ?? 'absent'}, and ${identity.name} is ${state.state ?? 'absent'}`,
    })
  const taken: ResourceEvent = {
    type: 'task-taken',
    atMs,
    ...(isSame(state.identity, identity) ? {} : { identity }),
    order,
  }
  return { events: [taken, order.call ? sent(state.id, order, 1, 1, atMs) : ended(state.state, order, 1, atMs)] }
}

const reported = (
  state: ResourceEntityState,
  report: Extract<ResourceCommand, { type: 'driver-reported' }>['report'],
  config: ActorsConfig,
  context: Context,
): Decided => {
  const { task } = state
  // Late, repeated, or about something else: it has been answered, given up, or isn't ours.
  if (task?.phase !== 'waiting' || task.requestId !== report.requestId) return NOTHING
  const atMs = context.nowMs
  const brought: ResourceEvent[] =
    isEmpty(report.outputs) && isEmpty(report.associatedTopology)
      ? []
      : [
          {
            type: 'reported',
            atMs,
            requestId: report.requestId,
            outputs: report.outputs,
            associatedTopology: report.associatedTopology,
          },
        ]
  switch (report.status) {
    case 'IN_PROGRESS': {
      if (task.progress >= config.progressReportsMax) return { events: brought }
      const deadlineMs = atMs + task.timeoutMs
      return { events: [...brought, { type: 'progress-reported', atMs, requestId: report.requestId, deadlineMs }] }
    }
    case 'COMPLETE':
      return { events: [...brought, ended(state.state, task, task.attempt, atMs)] }
    case 'FAILED': {
      const error: TaskError = report.failure ?? { code: 'UNKNOWN', description: 'the driver gave no reason' }
      if (isAbsenceWanted(task, error)) return { events: [...brought, ended(state.state, task, task.attempt, atMs)] }
      if (!isWorthAnotherAttempt(task, task.attempt, error))
        return { events: [...brought, ended(state.state, task, task.attempt, atMs, error)] }
      const { requestId, attempt } = task
      const retryAtMs = atMs + backoffMs(task, attempt, context.random())
      return { events: [...brought, { type: 'attempt-failed', atMs, requestId, attempt, error, retryAtMs }] }
    }
  }
}

const taskDue = (state: ResourceEntityState, requestId: string, atMs: number): Decided => {
  const { task } = state
  if (task?.requestId !== requestId || atMs < task.dueMs) return NOTHING
  switch (task.phase) {
    case 'backing-off':
      return { events: [sent(state.id, task, task.attempt + 1, 1, atMs)] }
    case 'waiting': {
      if (task.send < task.sendsMax) return { events: [sent(state.id, task, task.attempt, task.send + 1, atMs)] }
      const error: TaskError = {
        code: 'NO_ANSWER',
        description: `no driver answered request ${requestId}, sent ${task.send} times, each with ${task.timeoutMs} ms to answer`,
      }
      return { events: [ended(state.state, task, task.attempt, atMs, error)] }
    }
  }
}

/** Metrics leave no trace here: they are handed to the policies that watch them. */
const passOn = (state: ResourceEntityState, metric: MetricReport): Decided => {
  if (!state.identity || state.released)
    return { reject: { code: 'resource-not-found', reason: `there is no resource with the id ${state.id}` } }
  const known = ownEntry(state.traits.metrics, metric.metricName)
  if (known !== metric.kind)
    return {
      reject: {
        code: known === undefined ? 'unknown-metric' : 'wrong-metric-kind',
        reason:
          known === undefined
            ? `${state.identity.type} has no metric '${metric.metricName}'`
            : `'${metric.metricName}' is a metric of the kind ${known}`,
        details: { metrics: state.traits.metrics },
      },
    }
  const effects: Effect[] = []
  switch (metric.kind) {
    case 'integrity': {
      const watched = state.traits.heal.some((rule) => rule.metric === metric.metricName)
      const message: HealPolicyCommand = { type: 'metric', metric: metric.metricName, value: metric.value }
      if (watched) effects.push({ type: 'tell', to: healPolicyRef(state.id), message })
      break
    }
    case 'load': {
      const message: ScalePolicyCommand = { type: 'load', value: metric.value }
      for (const policy of ownEntry(state.traits.watchers, metric.metricName) ?? [])
        effects.push({ type: 'tell', to: scalePolicyRef(policy), message })
    }
  }
  const passedTo = effects.flatMap((effect) => (effect.type === 'tell' ? [effect.to] : []))
  return { events: [], effects, reply: { passedTo } }
}

const isTask = (one: Pick<TaskOrder, 'processId' | 'taskId'> | null, order: TaskOrder): boolean =>
  one?.processId === order.processId && one.taskId === order.taskId

const sent = (id: string, order: TaskOrder, attempt: number, send: number, atMs: number): ResourceEvent => ({
  type: 'request-sent',
  atMs,
  requestId: requestIdOf(id, order, attempt),
  attempt,
  send,
  deadlineMs: atMs + order.timeoutMs,
})

const ended = (
  from: ResourceEntityState['state'],
  order: TaskOrder,
  attempt: number,
  atMs: number,
  error?: TaskError,
): ResourceEvent => {
  // An operation belongs to a relationship: whatever becomes of it, the resource is in the state that it was in.
  const state = order.kind === 'operation' ? from : error ? order.onFailure : order.to
  const { processId, taskId } = order
  return {
    type: 'task-ended',
    atMs,
    from,
    outcome: { processId, taskId, state, attempt, ...(error ? { error } : {}) },
  }
}

/** Tells the process, and remembers nothing: it never was this resource's task. */
const refused = (state: ResourceEntityState, order: TaskOrder, error: TaskError): Decided => {
  const { processId, taskId } = order
  const outcome = { processId, taskId, state: state.state, attempt: 0, error }
  return { events: [], effects: [tellProcess(processId, endedMessage(state, outcome))] }
}

export const endedMessage = (
  state: ResourceEntityState,
  outcome: NonNullable<ResourceEntityState['ended']>,
): ProcessCommand => ({ type: 'task-ended', outcome, properties: { ...shownProperties(state) } })

export const tellProcess = (processId: string, message: ProcessCommand): Effect => ({
  type: 'tell',
  to: processRef(processId),
  message,
  // Drivers don't say which order they answer for: it is named again here.
  trace: processId,
})

const isEmpty = (record: object): boolean => Object.keys(record).length === 0
const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
