/** Things that all wait equally long, each for itself: whoever came first is due first, so one timer serves them all. */
import { OneShot } from '../../runtime/one-shot.ts'
import type { Clock } from '../../runtime/ports.ts'

export class EqualWaits<Item> {
  readonly #clock: Clock
  readonly #waitMs: number
  readonly #onDue: (item: Item) => void
  readonly #timer: OneShot
  /** In the order in which they came. */
  readonly #sinceMs = new Map<Item, number>()

  constructor(clock: Clock, waitMs: number, onDue: (item: Item) => void) {
    this.#clock = clock
    this.#waitMs = waitMs
    this.#onDue = onDue
    this.#timer = new OneShot(clock)
  }

  get size(): number {
    return this.#sinceMs.size
  }

  add(item: Item): void {
    this.#sinceMs.set(item, this.#clock.now())
    this.#timer.in(this.#waitMs, this.#check)
  }

  delete(item: Item): void {
    this.#sinceMs.delete(item)
  }

  clear(): void {
    this.#sinceMs.clear()
    this.#timer.cancel()
  }

  readonly #check = (): void => {
    const nowMs = this.#clock.now()
    for (const [item, sinceMs] of this.#sinceMs) {
      const leftMs = sinceMs + this.#waitMs - nowMs
      if (leftMs > 0) return this.#timer.in(leftMs, this.#check)
      this.#sinceMs.delete(item)
      this.#onDue(item)
    }
  }
}
