/**
 * How messages from outside the shards (gateway, driver workers, participants) get into the log: counted by one origin
 * per node, in order, one request in flight, repeated until it is known to be there. So the shards can drop repetitions
 * with one mark per origin, exactly as they do among themselves.
 */
import { backoffMs } from './backoff.ts'
import type { RuntimeConfig } from './config.ts'
import { SHARD_TOPIC } from './config.ts'
import { refText } from './entity.ts'
import { RuntimeFault } from './fault.ts'
import { encodeMessage, type Message } from './message.ts'
import { refuseTooLong } from './record-size.ts'
import type { Clock, Log, LogEntry } from './ports.ts'

interface Queued {
  readonly entry: LogEntry
  readonly resolve: () => void
  readonly reject: (fault: RuntimeFault) => void
}

export interface Sending {
  /** Resolves when the message is durable. */
  readonly durable: Promise<void>
  /** Takes it back if it hasn't been on its way yet; answers whether it did. */
  withdraw(): boolean
}

export interface OrderedSenderOptions {
  /** Unique per start of a node: its count begins anew. */
  readonly origin: string
  readonly log: Log
  readonly clock: Clock
  readonly config: RuntimeConfig
  /** The version to write in. */
  readonly protocol: () => number
  readonly onRetry: (error: unknown) => void
}

export class OrderedSender {
  readonly #options: OrderedSenderOptions
  #queue: Queued[] = []
  #inFlight: readonly Queued[] = []
  #next = 0
  #failures = 0
  #closed = false
  #scheduled = false
  #cancelRetry: (() => void) | undefined

  constructor(options: OrderedSenderOptions) {
    this.#options = options
  }

  get pending(): number {
    return this.#queue.length + this.#inFlight.length
  }

  /** @throws {RuntimeFault} `overloaded`, `closed`, `limit-exceeded` */
  send(partition: number, message: Omit<Message, 'origin' | 'position'>): Sending {
    const { config, origin, protocol } = this.#options
    if (this.#closed) throw new RuntimeFault('closed', 'this node is stopping')
    if (this.pending >= config.sendQueueMax)
      throw new RuntimeFault('overloaded', `${config.sendQueueMax} messages are waiting to be sent`)
    const value = encodeMessage({ ...message, origin, position: [this.#next++, 0] }, protocol())
    refuseTooLong(value, config.recordBytesMax, refText(message.to))
    let queued: Queued | undefined
    const durable = new Promise<void>((resolve, reject) => {
      queued = { entry: { topic: SHARD_TOPIC, partition, value }, resolve, reject }
      this.#queue.push(queued)
    })
    this.#pump()
    return {
      durable,
      withdraw: () => {
        const index = this.#queue.findIndex((candidate) => candidate === queued)
        if (index >= 0) this.#queue.splice(index, 1)
        return index >= 0
      },
    }
  }

  close(): void {
    this.#closed = true
    this.#cancelRetry?.()
    const left = [...this.#inFlight, ...this.#queue]
    this.#queue = []
    for (const queued of left)
      queued.reject(new RuntimeFault('closed', 'this node stopped before the message was sent'))
  }

  #pump(): void {
    if (this.#scheduled || this.#inFlight.length > 0 || this.#queue.length === 0 || this.#closed) return
    // What is said in the same turn shares a request.
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      void this.#sendHead()
    })
  }

  async #sendHead(): Promise<void> {
    const { log, clock, config, onRetry } = this.#options
    if (this.#closed || this.#queue.length === 0) return
    const head = this.#queue.slice(0, config.sendBatchMax)
    this.#queue = this.#queue.slice(head.length)
    this.#inFlight = head
    for (;;) {
      try {
        await log.append(head.map((queued) => queued.entry))
        break
      } catch (error) {
        if (this.#closed) return
        this.#failures++
        onRetry(error)
        const waitMs = backoffMs(this.#failures, config.retryFirstMs, config.retryLongestMs)
        await new Promise<void>((resolve) => (this.#cancelRetry = clock.schedule(waitMs, resolve)))
      }
    }
    this.#failures = 0
    this.#inFlight = []
    for (const queued of head) queued.resolve()
    this.#pump()
  }
}
