/** Calls something many times, as fast as it answers or at a fixed rate, and times each call. */
import { quantile } from '../figures.ts'

export interface LoadOutcome {
  readonly answered: number
  /** Calls that failed, and the first reason. */
  readonly failed: number
  readonly failure?: string
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

class Times {
  readonly #startedMs = performance.now()
  readonly #latencies: number[] = []
  #failed = 0
  #failure: string | undefined

  /** `sinceMs`: from when the call is timed. Never rejects. */
  async of(call: () => Promise<unknown>, sinceMs: number): Promise<void> {
    try {
      await call()
      this.#latencies.push(performance.now() - sinceMs)
    } catch (error) {
      this.#failed++
      this.#failure ??= String(error)
    }
  }

  outcome(): LoadOutcome {
    const seconds = (performance.now() - this.#startedMs) / 1_000
    const sorted = this.#latencies.toSorted((left, right) => left - right)
    return {
      answered: sorted.length,
      failed: this.#failed,
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      seconds,
      p50Ms: quantile(sorted, 0.5),
      p99Ms: quantile(sorted, 0.99),
      maxMs: sorted.at(-1) ?? 0,
    }
  }
}

export interface ClosedLoop {
  readonly inFlight: number
  /** Calls in all. */
  readonly total: number
}

/** Each call follows an answer, so what is slow slows the load: says how much goes through, and flatters the latency. */
export const closedLoop = async (
  { inFlight, total }: ClosedLoop,
  call: (index: number) => Promise<unknown>,
): Promise<LoadOutcome> => {
  const times = new Times()
  let begun = 0
  const worker = async (): Promise<void> => {
    while (begun < total) {
      const index = begun++
      await times.of(() => call(index), performance.now())
    }
  }
  await Promise.all(Array.from({ length: Math.min(inFlight, total) }, worker))
  return times.outcome()
}

export interface OpenLoop {
  readonly perSecond: number
  /** Calls go on for so long, or until `isOver`. */
  readonly seconds: number
  readonly isOver?: () => boolean
}

const TICK_MS = 1

/** Calls fall due at a fixed rate whatever the answers do, and each is timed from when it was due. */
export const openLoop = async (
  { perSecond, seconds, isOver = () => false }: OpenLoop,
  call: (index: number) => Promise<unknown>,
): Promise<LoadOutcome> => {
  const times = new Times()
  const startMs = performance.now()
  const total = Math.floor(perSecond * seconds)
  const dueMs = (index: number): number => startMs + (index * 1_000) / perSecond
  const underway = new Set<Promise<void>>()
  let begun = 0
  await new Promise<void>((resolve) => {
    const ticker = setInterval(() => {
      for (; begun < total && dueMs(begun) <= performance.now(); begun++) {
        const index = begun
        const one = times.of(() => call(index), dueMs(index)).finally(() => underway.delete(one))
        underway.add(one)
      }
      if (begun < total && !isOver()) return
      clearInterval(ticker)
      resolve()
    }, TICK_MS)
  })
  await Promise.all(underway)
  return times.outcome()
}
