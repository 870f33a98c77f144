/**
 * Which records of a partition are done, where they finish in any order. The position that may be committed is the
 * lowest record that isn't done: after a crash everything from there on is read again, so nothing is lost and
 * whatever had finished above it is merely repeated.
 */
export class LowWaterMark {
  /** Offsets that were begun and are not yet passed by the mark, rising; those before `#head` are passed. */
  #begun: number[] = []
  #head = 0
  readonly #done = new Set<number>()
  #position: number

  /** @param position where reading begins: the mark before anything is done */
  constructor(position: number) {
    this.#position = position
  }

  /** What may be committed: the next offset to read after a crash. */
  get position(): number {
    return this.#position
  }

  /** Records begun and not passed by the mark; some of them may be done. */
  get span(): number {
    return this.#begun.length - this.#head
  }

  /** Offsets must rise (they may have gaps). */
  begin(offset: number): void {
    this.#begun.push(offset)
  }

  /** @returns true if the mark moved */
  finish(offset: number): boolean {
    this.#done.add(offset)
    const before = this.#position
    for (let lowest = this.#begun[this.#head]; lowest !== undefined; lowest = this.#begun[this.#head]) {
      if (!this.#done.delete(lowest)) break
      this.#position = lowest + 1
      this.#head++
    }
    this.#forgetPassed()
    return this.#position !== before
  }

  /** Now and then, so that passing a record stays cheap however many are in flight. */
  #forgetPassed(): void {
    if (this.#head < 1024 && this.#head < this.#begun.length) return
    this.#begun = this.#begun.slice(this.#head)
    this.#head = 0
  }
}
