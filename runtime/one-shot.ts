import type { Clock } from './ports.ts'

/** Something to be done once, later. While it is pending, asking again changes nothing. */
export class OneShot {
  readonly #clock: Clock
  #cancel: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  in(delayMs: number, run: () => void): void {
    this.#cancel ??= this.#clock.schedule(delayMs, () => {
      this.#cancel = undefined
      run()
    })
  }

  cancel(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
