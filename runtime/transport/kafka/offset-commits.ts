/**
 * Commits of a group's positions. What is handed in for several partitions goes out in one request, one at a time: a
 * request costs a broker and a client the same for one partition and for all of them.
 */
export class OffsetCommits {
  readonly #store: (nextOffsets: ReadonlyMap<number, number>) => Promise<void>
  /** Not yet sent: of a partition only what was said last. */
  #waiting = new Map<number, number>()
  #next: Promise<void> | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(store: (nextOffsets: ReadonlyMap<number, number>) => Promise<void>) {
    this.#store = store
  }

  /** Resolves when this position, or a later one of the partition, is stored. */
  commit(partition: number, nextOffset: number): Promise<void> {
    this.#waiting.set(partition, nextOffset)
    if (this.#next) return this.#next
    const next = this.#last.then(() => this.#send())
    this.#next = next
    this.#last = next.catch(() => undefined)
    return next
  }

  #send(): Promise<void> {
    const nextOffsets = this.#waiting
    this.#waiting = new Map()
    this.#next = undefined
    return this.#store(nextOffsets)
  }
}
