import { describe, expect, test } from 'vitest'
import { eventsAfter, given, timersSet, told } from '../assembly/testing/given.ts'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import { healPolicyEntity } from './entity.ts'
import type { HealPolicyCommand, HealPolicyEvent } from './protocol.ts'

const definition = healPolicyEntity({ ...DEFAULT_ACTORS_CONFIG, policyQuietMs: 1_000, periodGrace: 0.5 })
const policy = (events: readonly HealPolicyEvent[]) => given(definition, 'r1', events)

const rules = [{ metric: 'alive', smoothing: 2, periodMs: 100 }]
const put: HealPolicyEvent = { type: 'put', atMs: 0, resourceName: 'asm__A', rootName: 'asm', rules, active: true }
const metric = (value: 'OK' | 'BROKEN'): HealPolicyCommand => ({ type: 'metric', metric: 'alive', value })
const missed: HealPolicyCommand = { type: 'period-missed', metric: 'alive' }

const after = (...said: readonly (readonly [HealPolicyCommand, number])[]): HealPolicyEvent[] =>
  eventsAfter(definition, 'r1', [put], said)
const ordered = after([metric('BROKEN'), 10], [metric('BROKEN'), 20])
const orderId = policy(ordered)(metric('OK'), 30).state.order?.processId ?? ''

describe('counting', () => {
  test('smoothing breaches in a row order a heal', () => {
    const outcome = policy(after([metric('BROKEN'), 10]))(metric('BROKEN'), 20)
    expect(told(outcome.effects, 'assembly')).toMatchObject([
      {
        type: 'request-intent',
        intent: { type: 'HealAssembly', assemblyName: 'asm', brokenComponent: 'asm__A' },
        policy: { kind: 'heal-policy', id: 'r1' },
      },
    ])
    expect(outcome.state).toMatchObject({ counts: { alive: { breaches: 0 } } })
  })

  test('an OK begins anew; another OK is no event', () => {
    const events = after([metric('BROKEN'), 10], [metric('OK'), 20])
    expect(policy(events)(metric('BROKEN'), 30).events).toMatchObject([{ type: 'breach-counted', count: 1 }])
    expect(policy(events)(metric('OK'), 30).events).toEqual([])
  })

  test('only while the resource is Active', () => {
    const events = after([metric('BROKEN'), 10], [{ type: 'deactivated' }, 20])
    expect(policy(events)(metric('BROKEN'), 30)).toMatchObject({ events: [], effects: [] })
    const again = policy([...events, { type: 'activated', atMs: 40 }])(metric('BROKEN'), 50)
    expect(again.state).toMatchObject({ counts: { alive: { breaches: 1 } } })
  })
})

describe('missed periods', () => {
  test('count as breaches, once the metric has been heard', () => {
    expect(policy([put])(missed, 500)).toMatchObject({ events: [], effects: [] })
    const first = policy([put])(metric('OK'), 10)
    expect(timersSet(first.effects)).toEqual([{ name: 'period:alive', dueMs: 160 }])
    const events = after([metric('OK'), 10], [missed, 160])
    const second = policy(events)(missed, 310)
    expect(second.events).toMatchObject([{ type: 'breach-counted', cause: 'missed' }, { type: 'heal-ordered' }])
    expect(timersSet(second.effects)).toEqual([{ name: 'period:alive', dueMs: 460 }])
  })

  test('are not watched any more when the resource leaves Active', () => {
    const outcome = policy(after([metric('OK'), 10]))({ type: 'deactivated' }, 20)
    expect(outcome.effects).toEqual([{ type: 'cancel-timer', name: 'period:alive' }])
  })
})

describe('one order at a time, and a rest after each', () => {
  test('while one is under way nothing is ordered', () => {
    expect(policy(ordered)(metric('BROKEN'), 30).events).toEqual([])
  })

  test('a refusal makes it rest: it counts, and orders when the rest is over', () => {
    const refusal: HealPolicyCommand = {
      type: 'order-refused',
      processId: orderId,
      code: 'process-running',
      reason: 'x',
    }
    const refused = [...ordered, ...policy(ordered)(refusal, 40).events]
    const resting = [
      ...refused,
      ...policy(refused)(metric('BROKEN'), 50).events,
      { type: 'breach-counted', atMs: 60, metric: 'alive', cause: 'BROKEN', count: 2 } as const,
    ]
    expect(policy(resting)(metric('BROKEN'), 70).events).toEqual([])
    expect(policy(resting)(metric('BROKEN'), 1_041).events).toMatchObject([{ type: 'heal-ordered' }])
  })

  test('what became of another order is nothing to it', () => {
    expect(policy(ordered)({ type: 'order-ended', processId: 'other', status: 'Failed' }, 40).events).toEqual([])
    expect(policy(ordered)({ type: 'order-ended', processId: orderId, status: 'Failed' }, 40).state).toMatchObject({
      order: null,
      quietUntilMs: 1_040,
      lastOrder: { outcome: 'Failed' },
    })
  })
})

test('removed with its resource', () => {
  expect(policy(ordered)({ type: 'remove' }).effects).toEqual([{ type: 'forget' }])
})
