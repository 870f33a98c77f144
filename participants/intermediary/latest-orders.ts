/**
 * When the newest order about each thing (a loop, the mode, …) was given, so that one which was held up and overtaken on its way isn't
 * carried out after it. The longest unused are forgotten first.
 */
import type { Clock } from '../../runtime/ports.ts'

export class LatestOrders {
  readonly #clock: Pick<Clock, 'now'>
  readonly #thingsMax: number
  readonly #clocksDifferMaxMs: number
  readonly #latestMs = new Map<string, number>()

  constructor(clock: Pick<Clock, 'now'>, thingsMax: number, clocksDifferMaxMs: number) {
    this.#clock = clock
    this.#thingsMax = thingsMax
    this.#clocksDifferMaxMs = clocksDifferMaxMs
  }

  /**
   * Whether a newer order about it has come before. Nodes tell the time, each by its own clock: what is older by less than clocks may
   * differ is not known to be older. 0: the order doesn't say when it was given.
   */
  isOvertaken(about: string, atMs: number): boolean {
    const latestMs = this.#latestMs.get(about) ?? 0
    return atMs > 0 && atMs < latestMs - this.#clocksDifferMaxMs
  }

  /** One that is dated further ahead than clocks may differ is dated wrongly: it must not overtake all that is to come. */
  note(about: string, atMs: number): void {
    const possibleMs = Math.min(atMs, this.#clock.now() + this.#clocksDifferMaxMs)
    const latestMs = Math.max(possibleMs, this.#latestMs.get(about) ?? 0)
    this.#latestMs.delete(about)
    this.#latestMs.set(about, latestMs)
    if (this.#latestMs.size <= this.#thingsMax) return
    const oldest = this.#latestMs.keys().next()
    if (!oldest.done) this.#latestMs.delete(oldest.value)
  }
}
