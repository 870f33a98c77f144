/** Items by key, taken out in the order of their due times. A binary heap; what was deleted or replaced is skipped. */
interface Slot<Item> {
  readonly key: string
  readonly dueMs: number
  readonly item: Item
}

export class DueQueue<Item> {
  readonly #byKey = new Map<string, Slot<Item>>()
  #heap: Slot<Item>[] = []

  get size(): number {
    return this.#byKey.size
  }

  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  set(key: string, dueMs: number, item: Item): void {
    const slot = { key, dueMs, item }
    this.#byKey.set(key, slot)
    this.#heap.push(slot)
    this.#rise(this.#heap.length - 1)
    // Replaced slots stay in the heap until they come up; when they are most of it, it is built anew.
    if (this.#heap.length > 64 && this.#heap.length > 4 * this.#byKey.size) this.#rebuild()
  }

  delete(key: string): void {
    this.#byKey.delete(key)
  }

  clear(): void {
    this.#byKey.clear()
    this.#heap = []
  }

  /** `Infinity` if there is none. */
  firstDueMs(): number {
    return this.#first()?.dueMs ?? Infinity
  }

  /** Takes out the items due at `nowMs` or before, the earliest first, at most `max`. */
  takeDue(nowMs: number, max: number): readonly Item[] {
    const taken: Item[] = []
    for (let slot = this.#first(); slot && slot.dueMs <= nowMs && taken.length < max; slot = this.#first()) {
      this.#byKey.delete(slot.key)
      taken.push(slot.item)
    }
    return taken
  }

  #first(): Slot<Item> | undefined {
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (this.#byKey.get(top.key) === top) return top
      this.#dropTop()
    }
    return undefined
  }

  #dropTop(): void {
    const last = this.#heap.pop()
    if (last === undefined || this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink(0)
  }

  #rebuild(): void {
    this.#heap = [...this.#byKey.values()].sort((left, right) => left.dueMs - right.dueMs)
  }

  #rise(start: number): void {
    const heap = this.#heap
    for (let index = start; index > 0;) {
      const above = (index - 1) >> 1
      if (!this.#isBefore(index, above)) return
      ;[heap[index], heap[above]] = [heap[above] as Slot<Item>, heap[index] as Slot<Item>]
      index = above
    }
  }

  #sink(start: number): void {
    const heap = this.#heap
    for (let index = start; ;) {
      const left = 2 * index + 1
      const below = left + 1 < heap.length && this.#isBefore(left + 1, left) ? left + 1 : left
      if (below >= heap.length || !this.#isBefore(below, index)) return
      ;[heap[index], heap[below]] = [heap[below] as Slot<Item>, heap[index] as Slot<Item>]
      index = below
    }
  }

  #isBefore(left: number, right: number): boolean {
    return (this.#heap[left]?.dueMs ?? Infinity) < (this.#heap[right]?.dueMs ?? Infinity)
  }
}
