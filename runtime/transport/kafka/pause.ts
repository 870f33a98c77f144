import type { Clock } from '../../ports.ts'

/** Resolves after `delayMs`. */
export const pause = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => void clock.schedule(delayMs, resolve))
