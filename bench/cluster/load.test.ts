import { expect, test } from 'vitest'
import { closedLoop, openLoop } from './load.ts'

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test('a closed loop makes all its calls, never more at once than it may', async () => {
  let [underway, most, calls] = [0, 0, 0]
  const outcome = await closedLoop({ inFlight: 3, total: 20 }, async () => {
    calls++
    most = Math.max(most, ++underway)
    await pass(1)
    underway--
  })
  expect([calls, most, outcome.answered, outcome.failed]).toEqual([20, 3, 20, 0])
})

test('what fails is counted apart, with the first reason', async () => {
  const outcome = await closedLoop({ inFlight: 1, total: 4 }, async (index) => {
    if (index % 2 === 1) throw new Error(`call ${index}`)
  })
  expect(outcome).toMatchObject({ answered: 2, failed: 2, failure: 'Error: call 1' })
})

test('an open loop times calls from when they were due, so a stall shows in all that it held up', async () => {
  const blockMs = 60
  const outcome = await openLoop({ perSecond: 200, seconds: 0.2 }, async (index) => {
    if (index > 0) return
    // Nothing else gets a turn: the calls that fall due meanwhile begin late.
    const endMs = performance.now() + blockMs
    while (performance.now() < endMs);
  })
  expect(outcome.answered).toBe(40)
  expect(outcome.maxMs).toBeGreaterThanOrEqual(blockMs)
  // A dozen calls fell due during the stall.
  expect(outcome.p99Ms).toBeGreaterThan(blockMs / 2)
})

test('an open loop ends early when it is over', async () => {
  let calls = 0
  const outcome = await openLoop({ perSecond: 1_000, seconds: 60, isOver: () => calls >= 5 }, async () => void calls++)
  expect(outcome.answered).toBe(calls)
  expect(outcome.seconds).toBeLessThan(30)
})
