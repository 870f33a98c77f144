/** Calls something so many times a second, whatever becomes of the calls, with a bound on how many are under way. */

export interface Load {
  /** No more calls; resolves when those under way have ended. */
  stop(): Promise<void>
  /** Calls that were left out because too many were under way. */
  readonly left: number
}

const TICK_MS = 10

export const startLoad = (perSecond: number, inFlightMax: number, call: () => Promise<void>): Load => {
  let [due, left] = [0, 0]
  let lastMs = performance.now()
  const inFlight = new Set<Promise<void>>()
  const timer = setInterval(() => {
    const now = performance.now()
    due = Math.min(due + ((now - lastMs) * perSecond) / 1_000, perSecond)
    lastMs = now
    for (; due >= 1; due--) {
      if (inFlight.size >= inFlightMax) {
        left++
        continue
      }
      const one = call().finally(() => inFlight.delete(one))
      inFlight.add(one)
    }
  }, TICK_MS)
  return {
    get left() {
      return left
    },
    stop: async () => {
      clearInterval(timer)
      await Promise.all(inFlight)
    },
  }
}
