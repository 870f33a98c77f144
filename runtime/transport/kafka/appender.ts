/**
 * Appends. What all callers hand in is gathered per partition; one request per broker is in flight, and carries what has
 * been gathered for the partitions that the broker leads. So the order of calls is kept, a request costs the same for
 * one record and for thousands, and nobody waits longer than for the request before theirs.
 *
 * Nothing is repeated here: a caller learns at once that its append failed, and repeats it when it likes. No idempotent
 * producer, for the same reason: receivers drop what they have seen.
 */
import { RuntimeFault, errorText } from '../../fault.ts'
import type { Clock, LogEntry } from '../../ports.ts'
import { AppendCall, AppendQueue, FRAME_BYTES } from './append-queue.ts'
import type { TakenAppends } from './append-queue.ts'
import { errorOfCode } from './broker-connection.ts'
import { encodeProduce } from './produce-request.ts'
import type { Warn } from './warnings.ts'
import type { KafkaWire } from './wire.ts'

/** A batch of one partition: well below the 1 MB that brokers accept by default. A larger record goes alone. */
const BATCH_BYTES_MAX = 524_288
const BATCH_RECORDS_MAX = 10_000
const REQUEST_BYTES_MAX = 4_194_304
/** Gathered and not yet sent; beyond it callers get `overloaded`. */
const WAITING_BYTES_MAX = 134_217_728
/** How long the leader waits for its followers. */
const ACK_TIMEOUT_MS = 3_000

const STALE = new Set(['NOT_LEADER_FOR_PARTITION', 'UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'])

interface ProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string
    readonly partitions: readonly { readonly partition: number; readonly errorCode: number }[]
  }[]
}

export interface AppenderOptions {
  readonly wire: KafkaWire
  readonly clock: Clock
  readonly warn: Warn
}

export class Appender {
  readonly #options: AppenderOptions
  /** By the log's name of the topic; empty ones of partitions that don't exist are not kept. */
  readonly #queues = new Map<string, Map<number, AppendQueue>>()
  /** Queues that hold something, the one served longest ago first. */
  readonly #ready = new Set<AppendQueue>()
  readonly #busyNodes = new Set<number>()
  #waitingBytes = 0
  #isScheduled = false
  #isLocating = false
  #closed = false
  #requests = 0
  #records = 0
  #failures = 0

  constructor(options: AppenderOptions) {
    this.#options = options
  }

  get counters(): { readonly requests: number; readonly records: number; readonly failures: number } {
    return { requests: this.#requests, records: this.#records, failures: this.#failures }
  }

  /** @param nameOf what Kafka calls a topic */
  async append(entries: readonly LogEntry[], nameOf: (topic: string) => string): Promise<void> {
    if (this.#closed) throw new RuntimeFault('closed', 'the log is closed')
    if (entries.length === 0) return
    if (this.#waitingBytes > WAITING_BYTES_MAX)
      throw new RuntimeFault('overloaded', `${this.#waitingBytes} bytes wait to be appended`)
    const call = new AppendCall(entries.length)
    for (const { topic, partition, value } of entries) {
      const queue = this.#queue(topic, partition, nameOf)
      queue.add(value, call)
      this.#waitingBytes += value.length + FRAME_BYTES
      this.#ready.add(queue)
    }
    this.#schedule()
    return call.done
  }

  close(): void {
    this.#closed = true
    this.#fail([...this.#ready], new RuntimeFault('closed', 'the log is closed'))
  }

  #queue(topic: string, partition: number, nameOf: (topic: string) => string): AppendQueue {
    let queues = this.#queues.get(topic)
    if (!queues) this.#queues.set(topic, (queues = new Map<number, AppendQueue>()))
    let queue = queues.get(partition)
    if (!queue) queues.set(partition, (queue = new AppendQueue(nameOf(topic), partition)))
    return queue
  }

  /** At the end of this turn of the event loop, so that what comes in with it goes out in one request. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#dispatch()
    })
  }

  #dispatch(): void {
    const byNode = new Map<number, AppendQueue[]>()
    const homeless: AppendQueue[] = []
    for (const queue of this.#ready) {
      const node = this.#options.wire.leader(queue.topic, queue.partition)
      if (node === undefined) homeless.push(queue)
      else if (!this.#busyNodes.has(node)) byNode.set(node, [...(byNode.get(node) ?? []), queue])
    }
    if (homeless.length > 0 && !this.#isLocating) void this.#locate(homeless)
    for (const [node, queues] of byNode) void this.#send(node, this.#take(queues))
  }

  #take(queues: readonly AppendQueue[]): TakenAppends[] {
    const taken: TakenAppends[] = []
    for (let index = 0, bytes = 0; index < queues.length && bytes < REQUEST_BYTES_MAX; index++) {
      const queue = queues[index] as AppendQueue
      const appends = queue.take(BATCH_BYTES_MAX, BATCH_RECORDS_MAX)
      taken.push(appends)
      bytes += appends.bytes
      this.#ready.delete(queue)
      if (queue.length > 0) this.#ready.add(queue)
    }
    return taken
  }

  async #send(node: number, taken: readonly TakenAppends[]): Promise<void> {
    this.#busyNodes.add(node)
    for (const appends of taken) {
      this.#waitingBytes -= appends.bytes
      this.#records += appends.values.length
    }
    this.#requests++
    try {
      const body = encodeProduce(taken, ACK_TIMEOUT_MS, this.#options.clock.now())
      const answer = (await this.#options.wire.ask(node, (broker) => broker.produce(body))) as ProduceAnswer
      this.#settle(taken, answer)
    } catch (error) {
      this.#options.warn('kafka: an append failed', { broker: node, error: errorText(error) })
      for (const appends of taken) this.#refuse(appends, errorText(error), true)
    }
    this.#busyNodes.delete(node)
    if (this.#ready.size > 0) this.#schedule()
  }

  #settle(taken: readonly TakenAppends[], answer: ProduceAnswer): void {
    const codes = new Map(
      answer.topics.flatMap(({ topicName, partitions }) =>
        partitions.map(({ partition, errorCode }) => [`${topicName}/${partition}`, errorCode] as const),
      ),
    )
    for (const appends of taken) {
      const error = errorOfCode(codes.get(`${appends.topic}/${appends.partition}`) ?? -1)
      if (error === undefined) for (const call of appends.calls) call.settleOne(undefined)
      else this.#refuse(appends, error, STALE.has(error))
    }
  }

  #refuse(appends: TakenAppends, error: string, isStale: boolean): void {
    this.#failures++
    if (isStale) this.#options.wire.forget(appends.topic)
    const fault = new RuntimeFault('unavailable', `append failed: ${error}`, {
      address: `${appends.topic}/${appends.partition}`,
    })
    for (const call of appends.calls) call.settleOne(fault)
  }

  /** Finds the leaders of these; what then has none fails. */
  async #locate(homeless: readonly AppendQueue[]): Promise<void> {
    const { wire, warn } = this.#options
    this.#isLocating = true
    let reason = 'no such partition, or it has no leader at present'
    try {
      await wire.refresh(homeless.map(({ topic }) => topic))
    } catch (error) {
      reason = errorText(error)
      warn('kafka: no broker can be reached to append', { error: reason })
    }
    this.#isLocating = false
    this.#fail(
      homeless.filter(({ topic, partition }) => wire.leader(topic, partition) === undefined),
      new RuntimeFault('unavailable', reason),
    )
    if (this.#ready.size > 0) this.#schedule()
  }

  #fail(queues: readonly AppendQueue[], fault: RuntimeFault): void {
    for (const queue of queues) {
      const appends = queue.take(Infinity, Infinity)
      this.#waitingBytes -= appends.bytes
      this.#ready.delete(queue)
      for (const queues of this.#queues.values())
        if (queues.get(queue.partition) === queue) queues.delete(queue.partition)
      const { message, code } = fault
      const own = new RuntimeFault(code, message, { address: `${queue.topic}/${queue.partition}` })
      for (const call of appends.calls) call.settleOne(own)
      this.#failures++
    }
  }
}
