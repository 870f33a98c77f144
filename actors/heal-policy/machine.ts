/**
 * Counts consecutive breaches of a resource's integrity metrics, and orders a heal. It counts only while the resource
 * is Active, has one order under way at most, and rests after each, so it can't order in a hot loop.
 */
import type { Context, Decision, Effect } from '../../runtime/entity.ts'
import { assemblyRef } from '../addresses.ts'
import type { AssemblyCommand } from '../assembly/protocol.ts'
import type { ActorsConfig } from '../config.ts'
import { ownEntry } from '../own-entry.ts'
import type { HealPolicyCommand, HealPolicyEvent, HealPolicyState, HealRule } from './protocol.ts'

type Decided = Decision<HealPolicyEvent>
const NOTHING: Decided = { events: [] }
const UNSEEN = { breaches: 0, seen: false }

export const initial = (resourceId: string): HealPolicyState => ({
  resourceId,
  resourceName: '',
  rootName: '',
  rules: [],
  active: false,
  counts: {},
  order: null,
  quietUntilMs: 0,
  lastOrder: null,
})

export const decide =
  (config: ActorsConfig) =>
  (state: HealPolicyState, command: HealPolicyCommand, context: Context): Decided => {
    const atMs = context.nowMs
    switch (command.type) {
      case 'put': {
        const { resourceName, rootName, rules, active } = command
        const known = state.resourceName === resourceName && state.active === active && isSame(state.rules, rules)
        return known ? NOTHING : { events: [{ type: 'put', atMs, resourceName, rootName, rules, active }] }
      }
      case 'activated':
        return state.active || state.rules.length === 0 ? NOTHING : { events: [{ type: 'activated', atMs }] }
      case 'deactivated':
        return state.active ? { events: [{ type: 'deactivated', atMs }] } : NOTHING
      case 'metric':
        return heard(state, command.metric, command.value, config, context)
      case 'period-missed': {
        const rule = ruleOf(state, command.metric)
        if (!rule || !countOf(state, rule).seen) return NOTHING
        return { events: breach(state, rule, 'missed', config, context), effects: [periodTimer(rule, atMs, config)] }
      }
      case 'order-refused':
        return settle(state, command.processId, command.code, command.reason, config, atMs)
      case 'order-ended':
        return settle(state, command.processId, command.status, '', config, atMs)
      case 'remove':
        return { events: [{ type: 'removed', atMs }] }
    }
  }

const heard = (
  state: HealPolicyState,
  metric: string,
  value: 'OK' | 'BROKEN',
  config: ActorsConfig,
  context: Context,
): Decided => {
  const rule = ruleOf(state, metric)
  if (!rule) return NOTHING
  const atMs = context.nowMs
  const count = countOf(state, rule)
  const events: HealPolicyEvent[] = []
  if (!count.seen) events.push({ type: 'metric-seen', atMs, metric })
  if (value === 'BROKEN') events.push(...breach(state, rule, 'BROKEN', config, context))
  else if (count.breaches > 0) events.push({ type: 'count-reset', atMs, metric })
  return { events, effects: rule.periodMs > 0 ? [periodTimer(rule, atMs, config)] : [] }
}

const breach = (
  state: HealPolicyState,
  rule: HealRule,
  cause: 'BROKEN' | 'missed',
  config: ActorsConfig,
  context: Context,
): HealPolicyEvent[] => {
  const atMs = context.nowMs
  const { metric } = rule
  if (state.order && atMs < state.order.atMs + config.policyOrderTtlMs) return []
  const before = countOf(state, rule).breaches
  // The count stops at what makes it order, so that a long rest isn't a long list of events.
  const count = Math.min(before + 1, Math.max(1, rule.smoothing))
  const events: HealPolicyEvent[] = count === before ? [] : [{ type: 'breach-counted', atMs, metric, cause, count }]
  if (count < rule.smoothing || atMs < state.quietUntilMs) return events
  const quietUntilMs = atMs + config.policyQuietMs
  return [...events, { type: 'heal-ordered', atMs, metric, processId: context.newId(), quietUntilMs }]
}

const settle = (
  state: HealPolicyState,
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

export const evolve = (state: HealPolicyState, event: HealPolicyEvent): HealPolicyState => {
  switch (event.type) {
    case 'put': {
      const { resourceName, rootName, rules, active } = event
      const counts = active ? state.counts : {}
      return { ...state, resourceName, rootName, rules, active, counts }
    }
    case 'activated':
      return { ...state, active: true, counts: {} }
    case 'deactivated':
      return { ...state, active: false, counts: {} }
    case 'metric-seen':
      return withCount(state, event.metric, { breaches: 0, seen: true })
    case 'breach-counted':
      return withCount(state, event.metric, {
        breaches: event.count,
        seen: ownEntry(state.counts, event.metric)?.seen ?? false,
      })
    case 'count-reset':
      return withCount(state, event.metric, { breaches: 0, seen: true })
    case 'heal-ordered': {
      const { processId, atMs, quietUntilMs } = event
      const counts = Object.fromEntries(
        Object.entries(state.counts).map(([metric, count]) => [metric, { ...count, breaches: 0 }]),
      )
      return { ...state, counts, order: { processId, atMs }, quietUntilMs }
    }
    case 'order-settled': {
      const { processId, outcome, reason, atMs, quietUntilMs } = event
      return { ...state, order: null, quietUntilMs, lastOrder: { processId, outcome, reason, atMs } }
    }
    case 'removed':
      return initial(state.resourceId)
  }
}

export const react = (state: HealPolicyState, event: HealPolicyEvent): readonly Effect[] => {
  switch (event.type) {
    case 'put':
      return event.active ? [] : cancelPeriods(state)
    // Whatever its metrics were, they are heard anew before a missing one counts.
    case 'activated':
    case 'deactivated':
      return cancelPeriods(state)
    case 'metric-seen':
    case 'breach-counted':
    case 'count-reset':
    case 'order-settled':
      return []
    case 'heal-ordered': {
      const { processId } = event
      const message: AssemblyCommand = {
        type: 'request-intent',
        processId,
        intent: { type: 'HealAssembly', assemblyName: state.rootName, brokenComponent: state.resourceName },
        policy: { kind: 'heal-policy', id: state.resourceId },
      }
      return [{ type: 'tell', to: assemblyRef(state.rootName), message, trace: processId }]
    }
    case 'removed':
      return [{ type: 'forget' }]
  }
}

const ruleOf = (state: HealPolicyState, metric: string): HealRule | undefined =>
  state.active ? state.rules.find((rule) => rule.metric === metric) : undefined

const countOf = (state: HealPolicyState, rule: HealRule) => ownEntry(state.counts, rule.metric) ?? UNSEEN

const withCount = (
  state: HealPolicyState,
  metric: string,
  count: HealPolicyState['counts'][string],
): HealPolicyState => ({ ...state, counts: { ...state.counts, [metric]: count } })

const timerName = (metric: string): string => `period:${metric}`

const periodTimer = (rule: HealRule, atMs: number, config: ActorsConfig): Effect => {
  const message: HealPolicyCommand = { type: 'period-missed', metric: rule.metric }
  const dueMs = atMs + Math.round(rule.periodMs * (1 + config.periodGrace))
  return { type: 'set-timer', name: timerName(rule.metric), dueMs, message }
}

const cancelPeriods = (state: HealPolicyState): Effect[] =>
  state.rules.map(({ metric }) => ({ type: 'cancel-timer', name: timerName(metric) }))

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
