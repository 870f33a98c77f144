/**
 * Counts consecutive load values beyond its thresholds, and orders its cluster to be scaled. Nothing counts while a
 * process runs on the assembly; it has one order under way at most, and rests after each. Whether the cluster may grow
 * or shrink further is for the assembly to say.
 */
import type { Context, Decision, Effect } from '../../runtime/entity.ts'
import { assemblyRef } from '../addresses.ts'
import type { AssemblyCommand } from '../assembly/protocol.ts'
import type { ActorsConfig } from '../config.ts'
import type { Direction, ScalePolicyCommand, ScalePolicyEvent, ScalePolicyState, ScaleRule } from './protocol.ts'

type Decided = Decision<ScalePolicyEvent>
const NOTHING: Decided = { events: [] }

export const initial = (id: string): ScalePolicyState => ({
  id,
  rule: null,
  suspendedBy: '',
  breaches: 0,
  direction: null,
  order: null,
  quietUntilMs: 0,
  lastOrder: null,
})

export const decide =
  (config: ActorsConfig) =>
  (state: ScalePolicyState, command: ScalePolicyCommand, context: Context): Decided => {
    const atMs = context.nowMs
    switch (command.type) {
      case 'put':
        return isSame(state.rule, command.rule) ? NOTHING : { events: [{ type: 'put', atMs, rule: command.rule }] }
      case 'suspend':
        return state.rule && state.suspendedBy !== command.processId
          ? { events: [{ type: 'suspended', atMs, processId: command.processId }] }
          : NOTHING
      case 'resume':
        return state.suspendedBy === '' ? NOTHING : { events: [{ type: 'resumed', atMs }] }
      case 'load':
        return { events: heard(state, command.value, config, context) }
      case 'order-refused':
        return settle(state, command.processId, command.code, command.reason, config, atMs)
      case 'order-ended':
        return settle(state, command.processId, command.status, '', config, atMs)
      case 'remove':
        return { events: [{ type: 'removed', atMs }] }
    }
  }

const heard = (state: ScalePolicyState, value: number, config: ActorsConfig, context: Context): ScalePolicyEvent[] => {
  const { rule, order } = state
  const atMs = context.nowMs
  if (!rule || state.suspendedBy !== '') return []
  if (order && atMs < order.atMs + config.policyOrderTtlMs) return []
  const direction = breached(rule, value)
  if (!direction) return state.breaches > 0 ? [{ type: 'count-reset', atMs }] : []
  const before = state.direction === direction ? state.breaches : 0
  const count = Math.min(before + 1, Math.max(1, rule.smoothing))
  const events: ScalePolicyEvent[] = count === before ? [] : [{ type: 'breach-counted', atMs, direction, count, value }]
  if (count < rule.smoothing || atMs < state.quietUntilMs) return events
  const quietUntilMs = atMs + config.policyQuietMs
  return [...events, { type: 'scale-ordered', atMs, direction, processId: context.newId(), quietUntilMs }]
}

const breached = (rule: ScaleRule, value: number): Direction | undefined => {
  if (rule.scaleOutThreshold !== undefined && value > rule.scaleOutThreshold) return 'out'
  if (rule.scaleInThreshold !== undefined && value < rule.scaleInThreshold) return 'in'
  return undefined
}

const settle = (
  state: ScalePolicyState,
  processId: string,
  outcome: string,
  reason: string,
  config: ActorsConfig,
  atMs: number,
): Decided => {
  if (state.order?.processId !== processId) return NOTHING
  const quietUntilMs = atMs + config.policyQuietMs
  return { events: [{ type: 'order-settled', atMs, processId, outcome, reason, quietUntilMs }] }
}

export const evolve = (state: ScalePolicyState, event: ScalePolicyEvent): ScalePolicyState => {
  switch (event.type) {
    case 'put':
      return { ...state, rule: event.rule, breaches: 0, direction: null }
    case 'suspended':
      return { ...state, suspendedBy: event.processId, breaches: 0, direction: null }
    case 'resumed':
      return { ...state, suspendedBy: '', breaches: 0, direction: null }
    case 'breach-counted':
      return { ...state, breaches: event.count, direction: event.direction }
    case 'count-reset':
      return { ...state, breaches: 0, direction: null }
    case 'scale-ordered': {
      const { processId, direction, atMs, quietUntilMs } = event
      return { ...state, breaches: 0, direction: null, order: { processId, direction, atMs }, quietUntilMs }
    }
    case 'order-settled': {
      const { processId, outcome, reason, atMs, quietUntilMs } = event
      return { ...state, order: null, quietUntilMs, lastOrder: { processId, outcome, reason, atMs } }
    }
    case 'removed':
      return initial(state.id)
  }
}

export const react = (state: ScalePolicyState, event: ScalePolicyEvent): readonly Effect[] => {
  switch (event.type) {
    case 'put':
    case 'suspended':
    case 'resumed':
    case 'breach-counted':
    case 'count-reset':
    case 'order-settled':
      return []
    case 'scale-ordered': {
      if (!state.rule) return []
      const { assemblyName, clusterName } = state.rule
      const { processId } = event
      const message: AssemblyCommand = {
        type: 'request-intent',
        processId,
        intent: {
          type: event.direction === 'out' ? 'ScaleOutAssembly' : 'ScaleInAssembly',
          assemblyName,
          clusterName,
        },
        policy: { kind: 'scale-policy', id: state.id },
      }
      return [{ type: 'tell', to: assemblyRef(assemblyName), message, trace: processId }]
    }
    case 'removed':
      return [{ type: 'forget' }]
  }
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
