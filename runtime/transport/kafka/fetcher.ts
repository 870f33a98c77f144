/** All open readers of a log: each is with the loop of the broker that leads its partition, or such a one is looked for. */
import { backoffMs } from '../../backoff.ts'
import { RuntimeFault, errorText } from '../../fault.ts'
import type { Clock } from '../../ports.ts'
import { FetchLoop } from './fetch-loop.ts'
import { KafkaReader } from './kafka-reader.ts'
import { partitionBounds } from './partition-offsets.ts'
import type { Warn } from './warnings.ts'
import type { KafkaWire } from './wire.ts'

const RETRY_FIRST_MS = 20
const RETRY_LONGEST_MS = 1_000

export interface FetcherOptions {
  readonly wire: KafkaWire
  readonly clock: Clock
  readonly warn: Warn
}

export class Fetcher {
  readonly counters = { fetches: 0, records: 0, failures: 0 }
  readonly #options: FetcherOptions
  readonly #readers = new Set<KafkaReader>()
  readonly #loops = new Map<number, FetchLoop>()
  readonly #homeless = new Set<KafkaReader>()
  #isLocating = false
  #closed = false
  #cancelWait: () => void = () => undefined

  constructor(options: FetcherOptions) {
    this.#options = options
  }

  open(topic: string, partition: number, fromOffset: number): KafkaReader {
    if (this.#closed) throw new RuntimeFault('closed', 'the log is closed')
    const reader = new KafkaReader(topic, partition, fromOffset, {
      onRoom: (roomy) => this.#loopOf(roomy)?.wake(roomy),
      onClose: (closed) => {
        this.#readers.delete(closed)
        this.#homeless.delete(closed)
        this.#loopOf(closed)?.remove(closed)
      },
    })
    this.#readers.add(reader)
    this.#house(reader)
    return reader
  }

  close(): void {
    this.#closed = true
    for (const reader of [...this.#readers]) reader.close()
    for (const loop of this.#loops.values()) loop.close()
    this.#cancelWait()
  }

  #loopOf(reader: KafkaReader): FetchLoop | undefined {
    for (const loop of this.#loops.values()) if (loop.has(reader)) return loop
    return undefined
  }

  /** Gives the reader to the loop of its leader, if that is known. */
  #house(reader: KafkaReader): void {
    const node = this.#options.wire.leader(reader.topic, reader.partition)
    if (node === undefined) {
      this.#homeless.add(reader)
      if (!this.#isLocating) void this.#locate()
      return
    }
    this.#homeless.delete(reader)
    let loop = this.#loops.get(node)
    if (!loop) {
      const { wire } = this.#options
      loop = new FetchLoop({
        node,
        wire,
        counters: this.counters,
        onLost: (lost, reason) => this.#lose(lost, reason),
        onOutOfRange: (lost) => void this.#judge(lost),
      })
      this.#loops.set(node, loop)
    }
    loop.add(reader)
  }

  #lose(reader: KafkaReader, reason: string): void {
    if (!this.#readers.has(reader)) return
    const { wire, warn } = this.#options
    if (reader.failures > 1) warn('kafka: a partition cannot be read', { partition: reader.address, error: reason })
    wire.forget(reader.topic)
    this.#homeless.add(reader)
    if (!this.#isLocating) void this.#locate()
  }

  /** For ever: readers notice nothing but the delay. */
  async #locate(): Promise<void> {
    const { wire, warn } = this.#options
    this.#isLocating = true
    for (let rounds = 0; this.#homeless.size > 0 && !this.#closed; rounds++) {
      const failures = Math.max(rounds, Math.min(...[...this.#homeless].map((reader) => reader.failures)))
      // The first failure may be due to a leader that has moved: then no wait is needed.
      if (failures > 1 || rounds > 0) await this.#wait(backoffMs(failures, RETRY_FIRST_MS, RETRY_LONGEST_MS))
      try {
        await wire.refresh([...this.#homeless].map(({ topic }) => topic))
      } catch (error) {
        if (!this.#closed) warn('kafka: no broker can be reached to read', { error: errorText(error) })
      }
      for (const reader of [...this.#homeless])
        if (wire.leader(reader.topic, reader.partition) !== undefined) this.#house(reader)
        else if (rounds === 5) warn('kafka: a partition has no leader', { partition: reader.address })
    }
    this.#isLocating = false
  }

  /**
   * Right after a change of leaders a broker may refuse an offset that it has, since it doesn't know yet how far the
   * partition is confirmed. So the bounds decide.
   */
  async #judge(reader: KafkaReader): Promise<void> {
    const { wire } = this.#options
    try {
      const { first, next } = await partitionBounds(wire, reader.topic, reader.partition)
      const offset = reader.nextOffset
      if (offset < first || offset > next)
        return reader.fail(
          new RuntimeFault(
            'offset-out-of-range',
            `offset ${offset} of ${reader.address} isn't in [${first}, ${next}]`,
            {
              address: reader.address,
            },
          ),
        )
    } catch {
      // The bounds can't be had now: they are asked for again when the next fetch is refused.
    }
    reader.failures++
    this.#lose(reader, 'OFFSET_OUT_OF_RANGE')
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.schedule(delayMs, resolve)
      this.#cancelWait = () => {
        cancel()
        resolve()
      }
    })
  }
}
