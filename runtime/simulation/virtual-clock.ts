/** Time that moves only when told to: from one scheduled thing to the next. */
import type { Clock } from '../ports.ts'

interface Scheduled {
  readonly atMs: number
  readonly run: () => void
  cancelled: boolean
}

export class VirtualClock implements Clock {
  #nowMs = 1_700_000_000_000
  /** Latest first, so that the next one is at the end. */
  readonly #scheduled: Scheduled[] = []

  now(): number {
    return this.#nowMs
  }

  schedule(delayMs: number, run: () => void): () => void {
    const entry: Scheduled = { atMs: this.#nowMs + Math.max(0, delayMs), run, cancelled: false }
    // Behind all that are due at the same time or before: first come, first served.
    let low = 0
    let high = this.#scheduled.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#scheduled[middle]?.atMs ?? 0) > entry.atMs) low = middle + 1
      else high = middle
    }
    this.#scheduled.splice(low, 0, entry)
    return () => (entry.cancelled = true)
  }

  /** Runs what is next and answers true, or moves to `untilMs` and answers false if nothing is due before. */
  runNext(untilMs: number): boolean {
    for (let next = this.#scheduled.at(-1); next && next.atMs <= untilMs; next = this.#scheduled.at(-1)) {
      this.#scheduled.pop()
      if (next.cancelled) continue
      this.#nowMs = next.atMs
      next.run()
      return true
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs)
    return false
  }
}

/** The clock of one simulated node: nothing that it scheduled happens after the node has died. */
export class NodeClock implements Clock {
  readonly #clock: Clock
  #isDead = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  schedule(delayMs: number, run: () => void): () => void {
    return this.#clock.schedule(delayMs, () => {
      if (!this.#isDead) run()
    })
  }

  kill(): void {
    this.#isDead = true
  }
}
