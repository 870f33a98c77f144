import type { Clock } from './ports.ts'

/** The longest delay that Node's timers take; longer ones are split. */
const DELAY_MAX_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  schedule: (delayMs, run) => {
    let handle: NodeJS.Timeout
    const wait = (leftMs: number): void => {
      handle = setTimeout(
        () => (leftMs > DELAY_MAX_MS ? wait(leftMs - DELAY_MAX_MS) : run()),
        Math.min(leftMs, DELAY_MAX_MS),
      )
    }
    wait(Math.max(0, delayMs))
    return () => clearTimeout(handle)
  },
}
