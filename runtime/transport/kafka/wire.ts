/**
 * A cluster of Kafka brokers as this client sees it: who leads which partition, and a connection to each broker that is
 * asked something. It repeats nothing; a connection that is lost is thrown away, and the next request makes a new one.
 */
import { RuntimeFault, errorText } from '../../fault.ts'
import { BrokerConnection, addressText, errorOfCode, refusalOf } from './broker-connection.ts'
import type { Address, ConnectionSettings } from './broker-connection.ts'

interface MetadataAnswer {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
  readonly controllerId: number
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number
    readonly topic: string
    readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[]
  }[]
}

export interface WireOptions extends ConnectionSettings {
  /** `host:port` of some of the brokers; the others are learnt from them. */
  readonly brokers: readonly string[]
}

export const addressOf = (broker: string): Address => {
  const colon = broker.lastIndexOf(':')
  return colon < 0
    ? { host: broker, port: 9092 }
    : { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) }
}

/** The fault for whatever a request failed with. */
export const unavailable = (error: unknown, address: string): RuntimeFault =>
  error instanceof RuntimeFault
    ? error
    : new RuntimeFault('unavailable', refusalOf(error) ?? errorText(error), { address, cause: error })

export class KafkaWire {
  readonly #options: WireOptions
  readonly #open = new Map<string, BrokerConnection>()
  readonly #opening = new Map<string, Promise<BrokerConnection>>()
  readonly #nodes = new Map<number, Address>()
  /** Leader of each partition; -1 where there is none at present. */
  readonly #leaders = new Map<string, readonly number[]>()
  readonly #topics = new Set<string>()
  #controller: number | undefined
  #running: Promise<void> | undefined
  #following: Promise<void> | undefined
  #closed = false

  constructor(options: WireOptions) {
    this.#options = options
  }

  /** The node that leads the partition, as far as is known without asking. */
  leader(topic: string, partition: number): number | undefined {
    const leader = this.#leaders.get(topic)?.[partition]
    return leader === undefined || leader < 0 ? undefined : leader
  }

  /** The number of partitions, as far as is known without asking; `undefined` also where there is no such topic. */
  partitions(topic: string): number | undefined {
    return this.#leaders.get(topic)?.length
  }

  /** Asks the cluster for what it is now, also for `topics`, and for all that were asked for before. */
  refresh(topics: Iterable<string> = []): Promise<void> {
    if (this.#closed) return Promise.reject(new RuntimeFault('closed', 'the log is closed'))
    for (const topic of topics) this.#topics.add(topic)
    // Whoever asks while a request is under way needs the one after it: that one may not know of their topic.
    this.#following ??= (this.#running ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        this.#following = undefined
        return (this.#running = this.#load())
      })
    return this.#following
  }

  /** What was known of this topic is out of date. */
  forget(topic: string): void {
    this.#leaders.delete(topic)
  }

  /** Runs a request at the leader of a partition, after a refresh if there is none known. */
  async askLeader<T>(topic: string, partition: number, run: (connection: BrokerConnection) => Promise<T>): Promise<T> {
    if (this.leader(topic, partition) === undefined) await this.refresh([topic])
    const node = this.leader(topic, partition)
    if (node === undefined)
      throw new RuntimeFault('unavailable', 'no such partition, or no leader at present', {
        address: `${topic}/${partition}`,
      })
    try {
      return await this.ask(node, run)
    } catch (error) {
      this.forget(topic)
      throw error
    }
  }

  async askController<T>(run: (connection: BrokerConnection) => Promise<T>): Promise<T> {
    if (this.#controller === undefined) await this.refresh()
    return this.ask(this.#controller ?? -1, run)
  }

  async ask<T>(node: number, run: (connection: BrokerConnection) => Promise<T>): Promise<T> {
    const address = this.#nodes.get(node)
    if (!address) throw new RuntimeFault('unavailable', `no broker ${node} is known`)
    return this.askAt(address, run)
  }

  async askAny<T>(run: (connection: BrokerConnection) => Promise<T>): Promise<T> {
    const known = [...this.#nodes.values()]
    let failure: unknown = new RuntimeFault('unavailable', 'no broker is known')
    for (const address of [...known, ...this.#options.brokers.map(addressOf)]) {
      try {
        return await this.askAt(address, run)
      } catch (error) {
        failure = error
        if (refusalOf(error) !== undefined || this.#closed) break
      }
    }
    throw failure
  }

  async askAt<T>(address: Address, run: (connection: BrokerConnection) => Promise<T>): Promise<T> {
    const connection = await this.#connect(address)
    try {
      return await run(connection)
    } catch (error) {
      if (refusalOf(error) === undefined) this.#drop(connection)
      throw unavailable(error, addressText(address))
    }
  }

  /** A connection of the caller's own, which the caller destroys. */
  async open(address: Address): Promise<BrokerConnection> {
    try {
      return await BrokerConnection.open(address, this.#options)
    } catch (error) {
      throw unavailable(error, addressText(address))
    }
  }

  close(): void {
    this.#closed = true
    for (const connection of this.#open.values()) connection.destroy()
    this.#open.clear()
  }

  async #connect(address: Address): Promise<BrokerConnection> {
    if (this.#closed) throw new RuntimeFault('closed', 'the log is closed')
    const key = addressText(address)
    const open = this.#open.get(key)
    if (open?.isConnected) return open
    if (open) this.#drop(open)
    const opening = this.#opening.get(key) ?? this.open(address).finally(() => this.#opening.delete(key))
    this.#opening.set(key, opening)
    const connection = await opening
    if (this.#closed) connection.destroy()
    else this.#open.set(key, connection)
    return connection
  }

  #drop(connection: BrokerConnection): void {
    connection.destroy()
    const key = addressText(connection.address)
    if (this.#open.get(key) === connection) this.#open.delete(key)
  }

  async #load(): Promise<void> {
    const asked = [...this.#topics]
    const answer = (await this.askAny((connection) => connection.metadata(asked))) as MetadataAnswer
    this.#nodes.clear()
    for (const { nodeId, host, port } of answer.brokers) this.#nodes.set(nodeId, { host, port })
    this.#controller = answer.controllerId
    for (const topic of asked) this.#leaders.delete(topic)
    for (const { topicErrorCode, topic, partitionMetadata } of answer.topicMetadata) {
      if (!this.#topics.has(topic)) continue
      const error = errorOfCode(topicErrorCode)
      if (error !== undefined && error !== 'LEADER_NOT_AVAILABLE') continue
      const leaders = Array.from({ length: partitionMetadata.length }, () => -1)
      for (const { partitionId, leader } of partitionMetadata) leaders[partitionId] = leader
      this.#leaders.set(topic, leaders)
    }
  }
}
