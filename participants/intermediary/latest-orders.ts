/**
 * When the newest order of each loop was given, so that one which was held up and overtaken on its way isn't carried out after it. The
 * longest unused are forgotten first.
 */
export class LatestOrders {
  readonly #loopsMax: number
  readonly #clocksDifferMaxMs: number
  readonly #latestMs = new Map<string, number>()

  constructor(loopsMax: number, clocksDifferMaxMs: number) {
    this.#loopsMax = loopsMax
    this.#clocksDifferMaxMs = clocksDifferMaxMs
  }

  /**
   * Whether a newer order of the loop has come before. Nodes tell the time, each by its own clock: what is older by less than clocks may
   * differ is not known to be older. 0: the order doesn't say when it was given.
   */
  isOvertaken(loop: string, atMs: number): boolean {
    const latestMs = this.#latestMs.get(loop) ?? 0
    return atMs > 0 && atMs < latestMs - this.#clocksDifferMaxMs
  }

  note(loop: string, atMs: number): void {
    const latestMs = Math.max(atMs, this.#latestMs.get(loop) ?? 0)
    this.#latestMs.delete(loop)
    this.#latestMs.set(loop, latestMs)
    if (this.#latestMs.size <= this.#loopsMax) return
    const oldest = this.#latestMs.keys().next()
    if (!oldest.done) this.#latestMs.delete(oldest.value)
  }
}
