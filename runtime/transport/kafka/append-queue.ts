/** What waits to be appended to one partition, in the order of the calls. */
import type { RuntimeFault } from '../../fault.ts'

/** One call of `append`: it settles when the last of its entries is settled, or the first of them fails. */
export class AppendCall {
  readonly done: Promise<void>
  #left: number
  #resolve: () => void = () => undefined
  #reject: (fault: RuntimeFault) => void = () => undefined

  constructor(entries: number) {
    this.#left = entries
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  settleOne(fault: RuntimeFault | undefined): void {
    if (fault) this.#reject(fault)
    else if (--this.#left === 0) this.#resolve()
  }
}

export class AppendQueue {
  readonly topic: string
  readonly partition: number
  #values: Uint8Array[] = []
  #calls: AppendCall[] = []

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get length(): number {
    return this.#values.length
  }

  add(value: Uint8Array, call: AppendCall): void {
    this.#values.push(value)
    this.#calls.push(call)
  }

  /** Takes the oldest: as many as fit into `bytesMax` and `recordsMax`, but at least one. */
  take(bytesMax: number, recordsMax: number): TakenAppends {
    let count = 0
    let bytes = 0
    while (count < this.#values.length && count < recordsMax) {
      const size = (this.#values[count]?.length ?? 0) + FRAME_BYTES
      if (count > 0 && bytes + size > bytesMax) break
      bytes += size
      count++
    }
    const isAll = count === this.#values.length
    const values = isAll ? this.#values : this.#values.splice(0, count)
    const calls = isAll ? this.#calls : this.#calls.splice(0, count)
    if (isAll) {
      this.#values = []
      this.#calls = []
    }
    return { queue: this, topic: this.topic, partition: this.partition, values, calls, bytes }
  }
}

/** What a record takes beside its value, at most. */
export const FRAME_BYTES = 16

export interface TakenAppends {
  readonly queue: AppendQueue
  readonly topic: string
  readonly partition: number
  readonly values: readonly Uint8Array[]
  readonly calls: readonly AppendCall[]
  readonly bytes: number
}
