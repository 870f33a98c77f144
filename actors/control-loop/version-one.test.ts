import { expect, test } from 'vitest'
import { evolve, initial } from './evolution.ts'
import { event, type LoopEvent } from './protocol.ts'
import { liftEvent } from './version-one.ts'

const step = {
  number: 1,
  transition: 'PASSIVE2RUNNING',
  startPhase: 0,
  elementIds: ['a', 'b'],
  startedAtMs: 5,
  attemptedAtMs: 5,
  dueMs: 60_005,
  retryMs: null,
}
const sendings = [{ messageId: 'm', to: null, elementIds: ['a', 'b'] }]
const changed = (elementId: string) => ({ elementId, state: 'RUNNING', message: 'done' })

const folded = (events: readonly unknown[]) =>
  events.map((each): LoopEvent => event.parse(each)).reduce(evolve, initial('loop:1.0.0'))

test('what version 1 stored means what the events of version 2 mean', () => {
  const old = [
    { type: 'step-started', atMs: 5, step: { ...step, attempt: 0 } },
    { type: 'sent', atMs: 5, attempt: 1, dueMs: 60_005, sendings },
    { type: 'element-changed', atMs: 7, ...changed('a') },
    { type: 'element-changed', atMs: 7, ...changed('b'), isUnsure: true },
  ]
  const now = [
    { type: 'step-started', atMs: 5, step: { ...step, attempt: 1 }, sendings },
    { type: 'elements-changed', atMs: 7, elements: [changed('a'), { ...changed('b'), isUnsure: true }] },
  ]
  const lifted = folded(old.map((each) => liftEvent(each, 1)))
  expect(lifted).toEqual(folded(now))
  expect(lifted.elements).toMatchObject({
    a: { state: 'RUNNING', asked: null, askedBy: ['m'], isSure: true },
    b: { state: 'RUNNING', isSure: false },
  })
})

test('events that both have stay as they are', () => {
  const settled = { type: 'settled', atMs: 3, released: false }
  expect(liftEvent(settled, 1)).toBe(settled)
})
