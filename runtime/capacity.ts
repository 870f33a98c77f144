/**
 * Places for work in flight: those who find none wait in order. How many there are is asked each time, because it can be
 * configured while work goes on: fewer take effect as work ends, more as soon as somebody comes or goes.
 */
export class Capacity {
  readonly #places: () => number
  #taken = 0
  readonly #waiting: (() => void)[] = []

  constructor(places: () => number) {
    this.#places = places
  }

  get taken(): number {
    return this.#taken
  }

  /** `undefined`: taken at once. A promise: taken when it resolves. */
  take(): Promise<void> | undefined {
    this.#admit()
    if (this.#taken < this.#places() && this.#waiting.length === 0) {
      this.#taken++
      return undefined
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  release(): void {
    this.#taken--
    this.#admit()
  }

  /** Works in a place of its own. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.take()
    try {
      return await work()
    } finally {
      this.release()
    }
  }

  /** Places go straight to the next in line, so that nobody can overtake them. */
  #admit(): void {
    while (this.#taken < this.#places()) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#taken++
      next()
    }
  }
}
