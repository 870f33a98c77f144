/** Calls listeners: so many at the same time, each for so long. */
import { Capacity } from '../../runtime/capacity.ts'
import type { Clock } from '../../runtime/ports.ts'
import type { ParticipantConfig } from './config.ts'
import type { ElementContext, ElementListener, OperationText } from './element-listener.ts'
import { EqualWaits } from './equal-waits.ts'
import type { Operation } from './steps.ts'
import type { Work } from './work.ts'

interface Call {
  readonly work: Work
  readonly fail: (error: Error) => void
}

export class ListenerCalls {
  readonly #listener: ElementListener
  readonly #capacity: Capacity
  readonly #timeoutMs: number
  readonly #calls: EqualWaits<Call>

  constructor(
    listener: ElementListener,
    clock: Clock,
    { operationsMax, operationTimeoutMs }: Pick<ParticipantConfig, 'operationsMax' | 'operationTimeoutMs'>,
  ) {
    this.#listener = listener
    this.#capacity = new Capacity(() => operationsMax)
    this.#timeoutMs = operationTimeoutMs
    this.#calls = new EqualWaits(clock, operationTimeoutMs, ({ work, fail }) => {
      fail(new Error(`not done within ${this.#timeoutMs} ms`))
      work.giveUp(`it took longer than ${this.#timeoutMs} ms`)
    })
  }

  get underWay(): number {
    return this.#capacity.taken
  }

  /** `undefined`: there is a place, and it is taken now. Each place that was taken is to be released. */
  place(): Promise<void> | undefined {
    return this.#capacity.take()
  }

  release(): void {
    this.#capacity.release()
  }

  /** @throws what the listener throws, and an error after the time limit: then the listener is left to itself */
  call(operation: Operation, context: ElementContext, work: Work): OperationText | Promise<OperationText> {
    const called = this.#listener[operation](context)
    // One written without types may return null.
    if (typeof called !== 'object' || called === null) return called ?? undefined
    return new Promise((resolve, reject) => {
      const call: Call = { work, fail: reject }
      this.#calls.add(call)
      Promise.resolve(called)
        .then(resolve, reject)
        .finally(() => this.#calls.delete(call))
    })
  }

  close(): void {
    this.#calls.clear()
  }
}
