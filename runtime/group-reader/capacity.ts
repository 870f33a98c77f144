/** Places for work in flight: at most `places` are taken at any moment; those who find none wait in order. */
export class Capacity {
  readonly places: number
  #taken = 0
  #waiting: (() => void)[] = []

  constructor(places: number) {
    this.places = places
  }

  get taken(): number {
    return this.#taken
  }

  /** `undefined`: taken at once. A promise: taken when it resolves. */
  take(): Promise<void> | undefined {
    if (this.#taken < this.places) {
      this.#taken++
      return undefined
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  release(): void {
    const next = this.#waiting.shift()
    // The place goes straight to the next in line, so that nobody can overtake it.
    if (next) next()
    else this.#taken--
  }
}
