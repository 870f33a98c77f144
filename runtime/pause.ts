/** Waiting by the injected clock. */
import type { Clock } from './ports.ts'

/** Resolves after `delayMs`, or at once when `signal` is aborted. Never rejects. */
export const pause = (clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) {
      resolve()
      return
    }
    const done = (): void => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.schedule(delayMs, done)
    signal?.addEventListener('abort', done, { once: true })
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
