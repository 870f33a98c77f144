/**
 * What counters have acknowledged: the truth that the store is held against afterwards. Every command adds 1 and is
 * answered with the new value, so the answers of one counter that got n of them are 1 to n, each once.
 */
import type { EntityRef } from '../runtime/entity.ts'
import type { Queries } from '../runtime/client.ts'
import type { CounterState } from '../runtime/testing/counter.ts'
import { Loss } from './figures.ts'

export const COUNTER = 'counter'
export const counterRef = (actor: number): EntityRef => ({ kind: COUNTER, id: counterId(actor) })
export const counterId = (actor: number): string => `counter-${String(actor).padStart(6, '0')}`

export interface LedgerPage {
  readonly answers: readonly number[]
  readonly sums: readonly number[]
}

export class Ledger {
  readonly actors: number
  readonly #answers: Float64Array
  readonly #sums: Float64Array

  constructor(actors: number) {
    this.actors = actors
    this.#answers = new Float64Array(actors)
    this.#sums = new Float64Array(actors)
  }

  get total(): number {
    return this.#answers.reduce((sum, count) => sum + count, 0)
  }

  acknowledge(actor: number, newValue: number): void {
    this.#answers[actor] = (this.#answers[actor] ?? 0) + 1
    this.#sums[actor] = (this.#sums[actor] ?? 0) + newValue
  }

  /** For another process to add to its own. */
  page(): LedgerPage {
    return { answers: [...this.#answers], sums: [...this.#sums] }
  }

  add({ answers, sums }: LedgerPage): void {
    for (let actor = 0; actor < this.actors; actor++) {
      this.#answers[actor] = (this.#answers[actor] ?? 0) + (answers[actor] ?? 0)
      this.#sums[actor] = (this.#sums[actor] ?? 0) + (sums[actor] ?? 0)
    }
  }

  /**
   * Reads every counter from the store.
   * @throws {Loss} if an acknowledged increment isn't there, one is there twice, or there are dead letters
   */
  async verify(queries: Queries): Promise<void> {
    const values = await storedValues(queries, this.actors)
    for (let actor = 0; actor < this.actors; actor++) {
      const [count, sum, stored] = [this.#answers[actor] ?? 0, this.#sums[actor] ?? 0, values[actor] ?? 0]
      if (stored !== count) throw new Loss(`${counterId(actor)} has ${stored}, but acknowledged ${count} increments`)
      if (sum !== (count * (count + 1)) / 2)
        throw new Loss(`the ${count} answers of ${counterId(actor)} were not 1 to ${count}, each once`)
    }
    await verifyNoDeadLetters(queries)
  }
}

const READ_AT_ONCE = 1_000

export const storedValues = async (queries: Queries, actors: number): Promise<Float64Array> => {
  const values = new Float64Array(actors)
  for (let from = 0; from < actors; from += READ_AT_ONCE) {
    const refs = Array.from({ length: Math.min(READ_AT_ONCE, actors - from) }, (_, index) => counterRef(from + index))
    const views = await queries.entities<CounterState>(refs)
    views.forEach((view, index) => (values[from + index] = view?.state.value ?? 0))
  }
  return values
}

export const verifyNoDeadLetters = async (queries: Queries): Promise<void> => {
  const { deadLetters } = await queries.counts()
  const [first] = deadLetters === 0 ? [] : await queries.deadLetters({ limit: 1 })
  if (first) throw new Loss(`${deadLetters} dead letters, the latest for ${first.to}: ${first.error}`)
}
