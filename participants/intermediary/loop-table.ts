/** The loops of which a participant carries elements; which of them changed since they were last reported; and those that are gone. */
import { type Concept, conceptText } from '../protocol/concept.ts'
import { type Element, type LoopEntry, newElement } from './element.ts'
import type { ElementData } from './element-data.ts'

/** Elements of a loop that are no more, with their start phase. */
export type GoneElements = ReadonlyMap<string, number>

export class LoopTable {
  readonly #goneLoopsMax: number
  readonly #loops = new Map<string, LoopEntry>()
  readonly #changed = new Map<string, Concept>()
  readonly #gone = new Map<string, Map<string, number>>()
  /** Of which loop each element is: no two loops share one. */
  readonly #loopOf = new Map<string, string>()
  #rotation: Iterator<LoopEntry> = this.#loops.values()

  constructor(goneLoopsMax: number) {
    this.#goneLoopsMax = goneLoopsMax
  }

  get size(): number {
    return this.#loops.size
  }

  get elements(): number {
    return this.#loopOf.size
  }

  get(key: string): LoopEntry | undefined {
    return this.#loops.get(key)
  }

  gone(key: string): GoneElements | undefined {
    return this.#gone.get(key)
  }

  /** It has something of the loop, or had not long ago. */
  holds(loop: Concept): boolean {
    const key = conceptText(loop)
    return this.#loops.has(key) || this.#gone.has(key)
  }

  all(): IterableIterator<LoopEntry> {
    return this.#loops.values()
  }

  element(loop: Concept, elementId: string): Element | undefined {
    return this.#loops.get(conceptText(loop))?.elements.get(elementId)
  }

  /** The key of the loop that has it. */
  loopOf(elementId: string): string | undefined {
    return this.#loopOf.get(elementId)
  }

  add(loop: Concept, key: string, data: ElementData): Element {
    let entry = this.#loops.get(key)
    if (!entry) this.#loops.set(key, (entry = { loop, key, elements: new Map() }))
    const element = newElement(entry, data)
    entry.elements.set(element.elementId, element)
    this.#loopOf.set(element.elementId, key)
    const gone = this.#gone.get(key)
    if (gone?.delete(element.elementId) && gone.size === 0) this.#gone.delete(key)
    return element
  }

  markChanged({ entry }: Element): void {
    this.#changed.set(entry.key, entry.loop)
  }

  forget({ entry, elementId, data }: Element): void {
    if (!entry.elements.delete(elementId)) return
    this.#loopOf.delete(elementId)
    if (entry.elements.size === 0) this.#loops.delete(entry.key)
    let gone = this.#gone.get(entry.key)
    if (!gone) this.#gone.set(entry.key, (gone = new Map<string, number>()))
    gone.set(elementId, data.startPhase)
    if (this.#gone.size <= this.#goneLoopsMax) return
    const oldest = this.#gone.keys().next()
    if (!oldest.done) this.#gone.delete(oldest.value)
  }

  /** Those that changed since this was last asked, the ones that are gone among them. */
  takeChanged(): ReadonlyMap<string, Concept> {
    const taken = new Map(this.#changed)
    this.#changed.clear()
    return taken
  }

  /** The next loops in turn, at most `count`, none twice. */
  nextInTurn(count: number): readonly LoopEntry[] {
    const taken = new Set<LoopEntry>()
    for (let begun = 0; taken.size < Math.min(count, this.#loops.size) && begun < 2;) {
      const next = this.#rotation.next()
      if (next.done) {
        this.#rotation = this.#loops.values()
        begun++
      } else taken.add(next.value)
    }
    return [...taken]
  }
}
