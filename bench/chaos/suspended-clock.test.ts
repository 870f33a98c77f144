import { expect, test } from 'vitest'
import { VirtualClock } from '../../runtime/simulation/virtual-clock.ts'
import { suspendableClock } from './suspended-clock.ts'

/** Time passes while nobody looks: what falls due meanwhile is late. */
const stopped = (base: VirtualClock): { now: () => number; schedule: VirtualClock['schedule']; stopMs: number } => {
  const late = { now: () => base.now() + late.stopMs, schedule: base.schedule.bind(base), stopMs: 0 }
  return late
}

const until = (clock: VirtualClock, atMs: number): void => {
  while (clock.runNext(atMs));
}

test.each([
  [false, 300],
  [true, 6_000],
])('stands still: %s', (standsStill, firesAfterMs) => {
  const virtual = new VirtualClock()
  const base = stopped(virtual)
  const clock = suspendableClock(base)
  clock.standStill(standsStill)
  const startMs = virtual.now()
  let firedAtMs: number | undefined
  clock.schedule(6_000, () => (firedAtMs = virtual.now() - startMs))
  // Timers of the process see the wall clock jump at 250, and fire when they would without a jump or later.
  let nearMs: number | undefined
  clock.schedule(300, () => (nearMs = virtual.now() - startMs))
  until(virtual, startMs + 250)
  base.stopMs = 10_000
  until(virtual, startMs + 20_000)
  expect(nearMs).toBeGreaterThanOrEqual(300)
  expect(nearMs).toBeLessThan(500)
  expect(firedAtMs).toBeGreaterThanOrEqual(firesAfterMs)
  clock.close()
})
