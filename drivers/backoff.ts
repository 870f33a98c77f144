/** Waiting between tries, by the injected clock. */
import type { Clock } from '../runtime/ports.ts'

export interface Backoff {
  /** Wait before the first repetition; each further one waits twice as long. */
  readonly firstMs: number
  readonly longestMs: number
}

/** Wait after the `failures`th failure in a row (from 1). */
export const backoffMs = (failures: number, backoff: Backoff): number =>
  Math.min(backoff.longestMs, backoff.firstMs * 2 ** Math.min(failures - 1, 30))

/** Resolves after `delayMs`, or at once when `signal` is aborted. Never rejects. */
export const pause = (clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const done = (): void => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.schedule(delayMs, done)
    signal.addEventListener('abort', done, { once: true })
  })

/** True if `work` settles within `limitMs`, however it settles. */
export const settlesWithin = async (clock: Clock, limitMs: number, work: Promise<unknown>): Promise<boolean> => {
  const limit = new AbortController()
  const settled = work.then(
    () => true,
    () => true,
  )
  const first = await Promise.race([settled, pause(clock, limitMs, limit.signal).then(() => false)])
  limit.abort()
  return first
}
