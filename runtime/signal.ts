/** A flag that can be waited for. */
export class Signal {
  #isRaised = false
  #waiting: (() => void) | undefined
  #promise: Promise<void> | undefined

  raise(): void {
    this.#isRaised = true
    this.#waiting?.()
    this.#waiting = this.#promise = undefined
  }

  lower(): void {
    this.#isRaised = false
  }

  /** Resolves at once while it is raised. */
  raised(): Promise<undefined> {
    if (this.#isRaised) return Promise.resolve(undefined)
    this.#promise ??= new Promise<void>((resolve) => (this.#waiting = resolve))
    return this.#promise as Promise<undefined>
  }
}
