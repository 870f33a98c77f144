import { describe, expect, test } from 'vitest'
import { eventsAfter, given, told } from '../assembly/testing/given.ts'
import { DEFAULT_ACTORS_CONFIG } from '../config.ts'
import { scalePolicyEntity } from './entity.ts'
import type { ScalePolicyCommand, ScalePolicyEvent, ScaleRule } from './protocol.ts'

const definition = scalePolicyEntity({ ...DEFAULT_ACTORS_CONFIG, policyQuietMs: 1_000 })
const policy = (events: readonly ScalePolicyEvent[]) => given(definition, 'asm~size', events)

const rule: ScaleRule = {
  assemblyName: 'asm',
  policyName: 'size',
  metric: 'pool.load',
  clusterName: 'pool',
  scaleOutThreshold: 80,
  scaleInThreshold: 20,
  smoothing: 2,
}
const put: ScalePolicyEvent = { type: 'put', atMs: 0, rule }
const load = (value: number): ScalePolicyCommand => ({ type: 'load', value })
const after = (...said: readonly (readonly [ScalePolicyCommand, number])[]): ScalePolicyEvent[] =>
  eventsAfter(definition, 'asm~size', [put], said)

describe('values beyond a threshold', () => {
  test.each([
    [81, 'ScaleOutAssembly'],
    [19, 'ScaleInAssembly'],
  ])('%i twice in a row orders %s', (value, type) => {
    const outcome = policy(after([load(value), 1]))(load(value), 2)
    expect(told(outcome.effects, 'assembly')).toMatchObject([
      { intent: { type, assemblyName: 'asm', clusterName: 'pool' }, policy: { id: 'asm~size' } },
    ])
  })

  test.each([80, 20, 50])('%i is none', (value) => {
    expect(policy([put])(load(value)).events).toEqual([])
    expect(policy(after([load(90), 1]))(load(value), 2).events).toMatchObject([{ type: 'count-reset' }])
  })

  test('the other way begins anew', () => {
    expect(policy(after([load(90), 1]))(load(10), 2).events).toMatchObject([{ direction: 'in', count: 1 }])
  })
})

test('while a process runs nothing counts, and afterwards it begins anew', () => {
  const events = after([load(90), 1], [{ type: 'suspend', processId: 'p' }, 2])
  expect(policy(events)(load(90), 3).events).toEqual([])
  const resumed = [...events, { type: 'resumed', atMs: 4 } as const]
  expect(policy(resumed)(load(90), 5).events).toMatchObject([{ type: 'breach-counted', count: 1 }])
})

test('after an order, accepted or not, it rests', () => {
  const ordered = after([load(90), 1], [load(90), 2])
  const [processId] = ordered.flatMap((event) => (event.type === 'scale-ordered' ? [event.processId] : []))
  expect(policy(ordered)(load(90), 3).events).toEqual([])
  const refused = [
    ...ordered,
    ...policy(ordered)({ type: 'order-refused', processId: processId ?? '', code: 'maximum-reached', reason: '' }, 4)
      .events,
  ]
  const counted = [...refused, { type: 'breach-counted', atMs: 5, direction: 'out', count: 2, value: 90 } as const]
  expect(policy(counted)(load(90), 6).events).toEqual([])
  expect(policy(counted)(load(90), 1_004).events).toMatchObject([{ type: 'scale-ordered' }])
})

test('what it never had or lost says nothing', () => {
  expect(policy([])(load(90))).toMatchObject({ events: [], effects: [] })
  expect(policy([put])({ type: 'remove' }).effects).toEqual([{ type: 'forget' }])
})
