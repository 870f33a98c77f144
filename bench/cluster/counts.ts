/**
 * What is known of counters when some commands were never answered: a reply is lost with the node that gave it, and
 * whether its command was handled isn't known then. So each counter must hold no less than was acknowledged, no more than
 * was asked for, and no two acknowledgements of it may name the same value.
 */
import type { Queries } from '../../runtime/client.ts'
import { Loss } from '../figures.ts'
import { counterId, storedValues } from '../ledger.ts'

export class Counts {
  readonly #asked: number[]
  readonly #values: Set<number>[]

  constructor(actors: number) {
    this.#asked = new Array<number>(actors).fill(0)
    this.#values = Array.from({ length: actors }, () => new Set<number>())
  }

  get asked(): number {
    return this.#asked.reduce((sum, count) => sum + count, 0)
  }

  get acknowledged(): number {
    return this.#values.reduce((sum, { size }) => sum + size, 0)
  }

  ask(actor: number): void {
    this.#asked[actor] = (this.#asked[actor] ?? 0) + 1
  }

  /** @throws {Loss} if the value was acknowledged before: two commands, one effect */
  acknowledge(actor: number, newValue: number): void {
    const values = this.#values[actor]
    if (values?.has(newValue)) throw new Loss(`${counterId(actor)} acknowledged the value ${newValue} twice`)
    values?.add(newValue)
  }

  /** @throws {Loss} if the stored values can't be what these commands made */
  check(stored: ArrayLike<number>): void {
    this.#asked.forEach((asked, actor) => {
      const values = this.#values[actor] ?? new Set()
      const value = stored[actor] ?? 0
      if (value < Math.max(values.size, ...values))
        throw new Loss(
          `${counterId(actor)} has ${value}, but acknowledged ${values.size} increments up to ${Math.max(...values)}`,
        )
      if (value > asked) throw new Loss(`${counterId(actor)} has ${value}, but was asked for ${asked} increments only`)
    })
  }

  async verify(queries: Queries): Promise<void> {
    this.check(await storedValues(queries, this.#asked.length))
  }
}
