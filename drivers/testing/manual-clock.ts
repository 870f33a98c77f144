/** A clock for tests: time stands still until the test moves it. */
import type { Clock } from '../../runtime/ports.ts'

export interface ManualClock extends Clock {
  /** Moves time on, running what is due on the way, in order, and letting promises settle in between. */
  advance(byMs: number): Promise<void>
  /** Moves time on, step by step, until `condition` holds; throws if it doesn't within `withinMs` of this clock. */
  until(condition: () => boolean, withinMs?: number): Promise<void>
}

const settle = async (): Promise<void> => {
  // A turn of the event loop runs every promise job that is ready, and those that they make ready.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export const manualClock = (startMs = 1_700_000_000_000): ManualClock => {
  let nowMs = startMs
  let scheduled: { dueMs: number; run: () => void }[] = []

  const step = async (toMs: number): Promise<void> => {
    await settle()
    for (;;) {
      const next = scheduled.filter(({ dueMs }) => dueMs <= toMs).sort((a, b) => a.dueMs - b.dueMs)[0]
      if (!next) break
      scheduled = scheduled.filter((entry) => entry !== next)
      nowMs = Math.max(nowMs, next.dueMs)
      next.run()
      await settle()
    }
    nowMs = toMs
  }

  return {
    now: () => nowMs,
    schedule: (delayMs, run) => {
      const entry = { dueMs: nowMs + delayMs, run }
      scheduled.push(entry)
      return () => {
        scheduled = scheduled.filter((other) => other !== entry)
      }
    },
    advance: (byMs) => step(nowMs + byMs),
    until: async (condition, withinMs = 60_000) => {
      const limitMs = nowMs + withinMs
      await settle()
      while (!condition()) {
        if (nowMs >= limitMs) throw new Error(`condition not met within ${withinMs} ms of the manual clock`)
        const dueMs = Math.min(...scheduled.map((entry) => entry.dueMs), limitMs)
        await step(Math.max(dueMs, nowMs + 1))
      }
    },
  }
}
