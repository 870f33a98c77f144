/** The types of elements that were commissioned on a participant, and the elements that wait for theirs. */
import type { Clock } from '../../runtime/ports.ts'
import { type Concept, conceptText } from '../protocol/concept.ts'
import type { ElementDefinition } from '../protocol/conversation.ts'
import { EqualWaits } from './equal-waits.ts'

interface Waiter {
  readonly key: string
  readonly resolve: (found: ElementDefinition | undefined) => void
}

export class DefinitionTable {
  readonly #definitionsMax: number
  readonly #definitions = new Map<string, ElementDefinition>()
  readonly #waiters = new Map<string, Set<Waiter>>()
  readonly #waits: EqualWaits<Waiter>

  constructor(
    clock: Clock,
    { definitionWaitMs, definitionsMax }: { definitionWaitMs: number; definitionsMax: number },
  ) {
    this.#definitionsMax = definitionsMax
    this.#waits = new EqualWaits(clock, definitionWaitMs, (waiter) => this.#settle(waiter, undefined))
  }

  get size(): number {
    return this.#definitions.size
  }

  get(definition: Concept): ElementDefinition | undefined {
    return this.#definitions.get(conceptText(definition))
  }

  /** Adds them, and replaces those that are there. @returns false if there is no room for all; then nothing has changed */
  define(elements: readonly ElementDefinition[]): boolean {
    const keys = elements.map(({ definition }) => conceptText(definition))
    const added = new Set(keys.filter((key) => !this.#definitions.has(key)))
    if (this.#definitions.size + added.size > this.#definitionsMax) return false
    for (const [index, element] of elements.entries()) {
      const key = keys[index] as string
      this.#definitions.set(key, element)
      for (const waiter of this.#waiters.get(key) ?? []) this.#settle(waiter, element)
    }
    return true
  }

  /** Elements that are there keep what they know. */
  clear(): void {
    this.#definitions.clear()
  }

  /**
   * The definition, as soon as it comes; `undefined` if it doesn't come in time.
   * @param onWait is given a function that ends the wait at once
   */
  async awaited(definition: Concept, onWait: (end: () => void) => void): Promise<ElementDefinition | undefined> {
    const key = conceptText(definition)
    return (
      this.#definitions.get(key) ??
      new Promise((resolve) => {
        const waiter: Waiter = { key, resolve }
        const those = this.#waiters.get(key) ?? new Set()
        this.#waiters.set(key, those.add(waiter))
        this.#waits.add(waiter)
        onWait(() => this.#settle(waiter, undefined))
      })
    )
  }

  close(): void {
    this.#waits.clear()
  }

  #settle(waiter: Waiter, found: ElementDefinition | undefined): void {
    const those = this.#waiters.get(waiter.key)
    if (those?.delete(waiter) && those.size === 0) this.#waiters.delete(waiter.key)
    this.#waits.delete(waiter)
    waiter.resolve(found)
  }
}
