/** Lets all clients of the run pause, and waits until what they had asked is answered. */

export class Lull {
  #isQuiet = false
  #inFlight = 0
  #resume: (() => void)[] = []

  get isQuiet(): boolean {
    return this.#isQuiet
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Waits while there is a lull, then does it. */
  async during<Value>(act: () => Promise<Value>): Promise<Value> {
    while (this.#isQuiet) await new Promise<void>((resolve) => this.#resume.push(resolve))
    this.#inFlight++
    try {
      return await act()
    } finally {
      this.#inFlight--
    }
  }

  /** Nobody begins anything new; resolves when nothing is under way, after `patienceMs` at the latest. */
  async begin(patienceMs: number): Promise<void> {
    this.#isQuiet = true
    const endMs = performance.now() + patienceMs
    while (this.#inFlight > 0 && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  end(): void {
    this.#isQuiet = false
    for (const resume of this.#resume.splice(0)) resume()
  }
}
