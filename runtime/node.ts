/**
 * A node: takes part in sharing the shards, runs those that it is assigned, and is the edge through which gateways and
 * workers in this process speak to entities wherever they are.
 */
import { Capacity } from './capacity.ts'
import type { AskOptions, DeadLetterOffice, RuntimeClient, SendOptions } from './client.ts'
import { DEFAULT_CONFIG, type RuntimeConfig, SHARD_TOPIC } from './config.ts'
import type { AnyEntityDefinition, EntityRef, Reply, Tagged } from './entity.ts'
import { refText } from './entity.ts'
import { isFault, RuntimeFault } from './fault.ts'
import { LocalTree, type WorkerStatus } from './local-tree.ts'
import { type ReplyAddress, senderOrigin } from './message.ts'
import { gauge, type MetricSample, RuntimeMetrics } from './metrics.ts'
import { OrderedSender, type Sending } from './ordered-sender.ts'
import type { Clock, Log, Store } from './ports.ts'
import { pause } from './pause.ts'
import { PROTOCOL_NEWEST, type ProtocolStatus, ProtocolWatch } from './protocol.ts'
import { StoreQueries } from './queries.ts'
import { PendingAsks, type ReplyTransport } from './replies.ts'
import { SHARD_CONTROL_KIND, type ShardControl } from './shard-control.ts'
import { type Placement, placementOf } from './shard-of.ts'
import { type RunnerHooks, ShardHost } from './shard-host.ts'
import { ShardRunner } from './shard-runner.ts'

export interface NodeOptions {
  /** Unique among the nodes, and new with each start: the origin of its messages and the address of its replies. */
  readonly incarnation: string
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  readonly replies: ReplyTransport
  readonly definitions: readonly AnyEntityDefinition[]
  /** Topics that entities publish on, with their numbers of partitions. */
  readonly topics: Readonly<Record<string, number>>
  readonly config?: Partial<RuntimeConfig>
  /**
   * False: it takes no part in sharing the shards and runs none; it asks, tells and queries (a node of gateways or
   * driver workers only). Default: true.
   */
  readonly serves?: boolean
  /**
   * The newest protocol version that it reads and writes; default: `PROTOCOL_NEWEST`. Less: it speaks as an older release
   * does, for tests of nodes of two releases side by side.
   */
  readonly protocolMax?: number
  /** A worker has crashed (it is started again), or something went wrong that nobody else sees. */
  readonly onFault?: (where: string, error: unknown) => void
}

const byKind = (definitions: readonly AnyEntityDefinition[]): ReadonlyMap<string, AnyEntityDefinition> => {
  const found = new Map(definitions.map((definition) => [definition.kind, definition]))
  const twice = definitions.find((definition) => found.get(definition.kind) !== definition)
  if (twice) throw new Error(`there are two definitions of entities of kind ${twice.kind}; each kind has one`)
  return found
}

export class Node implements RuntimeClient, DeadLetterOffice {
  readonly queries: StoreQueries
  readonly metrics = new RuntimeMetrics()
  readonly tree: LocalTree
  readonly #options: NodeOptions
  readonly #config: RuntimeConfig
  readonly #definitions: ReadonlyMap<string, AnyEntityDefinition>
  readonly #placement: Placement
  readonly #sender: OrderedSender
  readonly #asks: PendingAsks
  readonly #loads: Capacity
  readonly #protocol: ProtocolWatch
  readonly #host: ShardHost
  readonly #serves: boolean
  readonly #protocolMax: number
  #unlisten: () => void = () => undefined
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new'

  /** @throws {Error} for two definitions of one kind: entities would be of the one or the other */
  constructor(options: NodeOptions) {
    this.#options = options
    this.#serves = options.serves ?? true
    this.#protocolMax = options.protocolMax ?? PROTOCOL_NEWEST
    this.#config = { ...DEFAULT_CONFIG, ...options.config }
    this.#definitions = byKind(options.definitions)
    this.#placement = placementOf(this.#definitions, this.#config.shards, new Map(Object.entries(options.topics)))
    this.queries = new StoreQueries(options.store, this.#definitions, this.#placement)
    this.#loads = new Capacity(() => this.#config.loadsInFlightMax)
    this.#asks = new PendingAsks(options.clock, this.#config.asksInFlightMax)
    this.#sender = new OrderedSender({
      origin: senderOrigin(options.incarnation),
      log: options.log,
      clock: options.clock,
      config: this.#config,
      protocol: () => this.#protocol.writes,
      onRetry: () => this.metrics.retries.add(1),
    })
    this.tree = new LocalTree({
      name: 'node',
      clock: options.clock,
      policy: this.#config,
      onCrash: (worker, error) => {
        // Losing a shard to another owner is how shards move; anything else is news.
        if (!isFault(error, 'token-lost')) options.onFault?.(worker, error)
      },
    })
    this.#protocol = new ProtocolWatch({
      store: options.store,
      clock: options.clock,
      shards: this.#config.shards,
      newest: this.#protocolMax,
      everyMs: this.#config.protocolCheckMs,
      onRange: (fault) => (fault ? this.#host.standAside(fault, 'version') : this.#host.comeBack('version')),
      storeAwayMs: this.#serves ? this.#config.storeAwayMs : 0,
      onAway: (fault) => (fault ? this.#host.standAside(fault, 'store') : this.#host.comeBack('store')),
    })
    this.#host = new ShardHost({
      tree: this.tree,
      config: this.#config,
      clock: options.clock,
      log: options.log,
      metrics: this.metrics,
      makeRunner: (shard, hooks) => this.#runnerOf(shard, hooks),
      onFault: (where, error) => options.onFault?.(where, error),
    })
  }

  /**
   * @throws {RuntimeFault} `partitions-differ` if the system was set up with another number of shards or partitions;
   * `newer-version` if it writes in a protocol version that this node doesn't speak
   */
  async start(): Promise<void> {
    const { log, replies, incarnation, topics } = this.#options
    const system = await this.#protocol.start()
    if (system.shards !== this.#config.shards)
      throw new RuntimeFault(
        'partitions-differ',
        `this system was set up with ${system.shards} shards; it can't run with ${this.#config.shards}`,
      )
    await log.createTopic(SHARD_TOPIC, this.#config.shards)
    for (const [topic, partitions] of Object.entries(topics)) await log.createTopic(topic, partitions)
    this.#unlisten = replies.listen(incarnation, (correlation, answer) => this.#asks.settle(correlation, answer))
    this.#state = 'running'
    if (this.#serves) await this.#host.start()
  }

  /**
   * Takes nothing more from its edges, hands its shards over after the batches in hand, and waits a while for the
   * replies that are still to come, from here or from whoever took over. What then waits fails with `closed`. Takes
   * `drainTimeoutMs` at most, and normally a small part of it.
   */
  async stop(): Promise<void> {
    if (this.#state !== 'running') return
    this.#state = 'stopping'
    const { drainTimeoutMs } = this.#config
    const isDrained = (): boolean => this.#asks.size === 0 && this.#sender.pending === 0
    // Most replies come at once while the shards are still here: that is sooner than any hand-over.
    await this.#within(drainTimeoutMs / 10, isDrained)
    const handedOver = this.#host.stop()
    await Promise.race([handedOver, pause(this.#options.clock, drainTimeoutMs / 4)])
    await this.#within(drainTimeoutMs / 4, isDrained)
    await Promise.race([this.tree.stop(), pause(this.#options.clock, drainTimeoutMs / 4)])
    this.#end()
  }

  /** Ends as a crash would, as far as this object can: nothing is finished. For simulations. */
  abandon(): void {
    this.#host.abandon()
    this.tree.abandon()
    this.#end()
  }

  /** True when this node knows its shards and serves every one of them; at once if it `serves` none. */
  get isReady(): boolean {
    return this.#state === 'running' && (!this.#serves || this.#host.isReady)
  }

  get shards(): readonly number[] {
    return this.#host.shards
  }

  /** What it speaks, and in which version it writes now. */
  get protocol(): ProtocolStatus {
    return this.#protocol.status
  }

  /**
   * Lets all nodes of the system write in protocol version `to`: up when each of them reads it, or down again. What has
   * been written in a newer version stays, so only nodes that read it can serve all of it.
   * @returns false if it doesn't write in `expected` (where that is given), or if somebody else changed it at the same time
   * @throws {RuntimeFault} `newer-version` if this node doesn't speak that version
   */
  changeProtocol(to: number, expected?: number): Promise<boolean> {
    return this.#protocol.change(to, expected)
  }

  get workers(): readonly WorkerStatus[] {
    return [...this.#host.statuses, ...this.tree.statuses()]
  }

  /** The shard that an entity lives in. */
  shardOf(ref: EntityRef): number {
    return this.#placement.shardOf(ref)
  }

  async ask<Value>(to: EntityRef, message: Tagged, options: AskOptions): Promise<Reply<Value>> {
    const { correlation, reply } = this.#asks.open(refText(to), options.deadlineMs)
    let sending: Sending
    try {
      sending = this.#send(to, message, options, {
        node: this.#options.incarnation,
        correlation,
        deadlineMs: this.#options.clock.now() + options.deadlineMs,
      })
    } catch (error) {
      this.#asks.fail(correlation, error as RuntimeFault)
      return (await reply) as Reply<Value>
    }
    sending.durable.catch((fault: unknown) => this.#asks.fail(correlation, fault as RuntimeFault))
    try {
      return (await reply) as Reply<Value>
    } catch (error) {
      if (isFault(error, 'deadline-exceeded') && sending.withdraw())
        throw new RuntimeFault('overloaded', `${error.message}; it was not sent`, { address: error.address })
      throw error
    }
  }

  async tell(to: EntityRef, message: Tagged, options: SendOptions): Promise<void> {
    await this.#send(to, message, options).durable
  }

  replay(id: string): Promise<boolean> {
    return this.#control(id, { type: 'replay-dead-letter', id })
  }

  discard(id: string): Promise<boolean> {
    return this.#control(id, { type: 'discard-dead-letter', id })
  }

  /** Entities in memory here. */
  get residents(): number {
    return this.#host.sum((runner) => runner.residents)
  }

  /** Outbox entries of the shards here that are not yet in the log. */
  get outboxPending(): number {
    return this.#host.sum((runner) => runner.outboxPending)
  }

  samples(): readonly MetricSample[] {
    return [
      ...this.metrics.samples(),
      gauge('shards_assigned', 'Shards assigned to this node', this.#host.shards.length),
      gauge('shards_serving', 'Shards that this node serves', this.#host.serving),
      gauge('entities_in_memory', 'Entities in memory', this.residents),
      gauge('outbox_pending', 'Outbox entries not yet in the log', this.outboxPending),
      gauge('send_queue', 'Messages of this node not yet in the log', this.#sender.pending),
      gauge('asks_in_flight', 'Requests that wait for their reply', this.#asks.size),
    ]
  }

  async #control(id: string, command: ShardControl): Promise<boolean> {
    const shard = Number(/^(\d{1,6})-\d+-\d+$/.exec(id)?.[1] ?? -1)
    if (shard < 0 || shard >= this.#config.shards) return false
    const to = { kind: SHARD_CONTROL_KIND, id: String(shard) }
    const reply = await this.ask<boolean>(to, command, { sender: 'api', deadlineMs: this.#config.drainTimeoutMs })
    return reply.ok && reply.value
  }

  #send(to: EntityRef, message: Tagged, options: SendOptions, replyTo?: ReplyAddress): Sending {
    if (this.#state !== 'running') throw new RuntimeFault('closed', 'this node is not running')
    if (to.kind !== SHARD_CONTROL_KIND && !this.#definitions.has(to.kind))
      throw new RuntimeFault('unknown-kind', `no entity of kind ${to.kind} runs here`, { address: refText(to) })
    return this.#sender.send(this.#placement.shardOf(to), {
      to,
      atMs: this.#options.clock.now(),
      sender: options.sender,
      trace: options.trace ?? '',
      ...(replyTo ? { replyTo } : {}),
      body: message,
    })
  }

  #runnerOf(shard: number, hooks: RunnerHooks): ShardRunner {
    const { incarnation, clock, log, store, replies } = this.#options
    return new ShardRunner({
      shard,
      node: incarnation,
      config: this.#config,
      clock,
      log,
      store,
      definitions: this.#definitions,
      placement: this.#placement,
      replies,
      loads: this.#loads,
      metrics: this.metrics,
      protocol: { reads: this.#protocolMax, writes: () => this.#protocol.writes },
      ...hooks,
    })
  }

  async #within(timeoutMs: number, isDone: () => boolean): Promise<void> {
    const endMs = this.#options.clock.now() + timeoutMs
    while (!isDone() && this.#options.clock.now() < endMs) await pause(this.#options.clock, 5)
  }

  #end(): void {
    this.#state = 'stopped'
    this.#protocol.stop()
    this.#sender.close()
    this.#asks.failAll(new RuntimeFault('closed', 'this node has stopped'))
    this.#unlisten()
  }
}
