/** Orders that were taken on, by message id, so that one which comes again isn't carried out again. The oldest are forgotten first. */
export class HandledOrders<Answer> {
  readonly #ordersMax: number
  readonly #answers = new Map<string, Answer>()

  constructor(ordersMax: number) {
    this.#ordersMax = ordersMax
  }

  get size(): number {
    return this.#answers.size
  }

  get(messageId: string): Answer | undefined {
    return this.#answers.get(messageId)
  }

  add(messageId: string, answer: Answer): void {
    this.#answers.set(messageId, answer)
    if (this.#answers.size <= this.#ordersMax) return
    const oldest = this.#answers.keys().next()
    if (!oldest.done) this.#answers.delete(oldest.value)
  }
}
