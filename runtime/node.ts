/**
 * A node: takes part in sharing the shards, runs those that it is assigned, and is the edge through which gateways and
 * workers in this process speak to entities wherever they are.
 */
import type { AskOptions, DeadLetterOffice, RuntimeClient, SendOptions } from './client.ts'
import { DEFAULT_CONFIG, type RuntimeConfig, SHARD_GROUP, SHARD_TOPIC } from './config.ts'
import type { AnyEntityDefinition, EntityRef, Reply, Tagged } from './entity.ts'
import { refText } from './entity.ts'
import { isFault, RuntimeFault } from './fault.ts'
import { LocalTree, type Supervised, type Worker, type WorkerStatus } from './local-tree.ts'
import type { ReplyAddress } from './message.ts'
import { type MetricSample, RuntimeMetrics } from './metrics.ts'
import { OrderedSender, type Sending } from './ordered-sender.ts'
import type { Clock, Log, LogMembership, Store } from './ports.ts'
import { StoreQueries } from './queries.ts'
import { PendingAsks, type ReplyTransport } from './replies.ts'
import { Semaphore } from './semaphore.ts'
import { SHARD_CONTROL_KIND, type ShardControl } from './shard-control.ts'
import { type Placement, placementOf } from './shard-of.ts'
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
  /** A worker has crashed (it is started again), or something went wrong that nobody else sees. */
  readonly onFault?: (where: string, error: unknown) => void
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
  readonly #loads: Semaphore
  readonly #runners = new Map<number, { readonly supervised: Supervised; current?: ShardRunner; serving: boolean }>()
  /** Shards whose last runner is still ending. */
  readonly #ending = new Map<number, Promise<void>>()
  #assigned: ReadonlySet<number> = new Set()
  /** The group has told this node its shards, be it none. */
  #isTold = false
  #membership: LogMembership | undefined
  #unlisten: () => void = () => undefined
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new'

  constructor(options: NodeOptions) {
    this.#options = options
    this.#config = { ...DEFAULT_CONFIG, ...options.config }
    this.#definitions = new Map(options.definitions.map((definition) => [definition.kind, definition]))
    this.#placement = placementOf(this.#definitions, this.#config.shards, new Map(Object.entries(options.topics)))
    this.queries = new StoreQueries(options.store, this.#definitions, this.#placement)
    this.#loads = new Semaphore(this.#config.loadsInFlightMax)
    this.#asks = new PendingAsks(options.clock, this.#config.asksInFlightMax)
    this.#sender = new OrderedSender({
      origin: `g${options.incarnation}`,
      log: options.log,
      clock: options.clock,
      config: this.#config,
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
  }

  /** @throws {RuntimeFault} `partitions-differ` if the system was set up with another number of shards or partitions */
  async start(): Promise<void> {
    const { log, store, replies, incarnation, topics } = this.#options
    const system = await store.setUp({ shards: this.#config.shards, protocol: 1 })
    if (system.shards !== this.#config.shards)
      throw new RuntimeFault(
        'partitions-differ',
        `this system was set up with ${system.shards} shards; it can't run with ${this.#config.shards}`,
      )
    await log.createTopic(SHARD_TOPIC, this.#config.shards)
    for (const [topic, partitions] of Object.entries(topics)) await log.createTopic(topic, partitions)
    this.#unlisten = replies.listen(incarnation, (correlation, answer) => this.#asks.settle(correlation, answer))
    this.#state = 'running'
    if (this.#options.serves ?? true)
      this.#membership = await log.join(SHARD_GROUP, SHARD_TOPIC, (shards) => this.#assign(shards))
  }

  /** Finishes what is under way, within `drainTimeoutMs`. */
  async stop(): Promise<void> {
    if (this.#state !== 'running') return
    this.#state = 'stopping'
    await this.#within(this.#config.drainTimeoutMs, () => this.#asks.size === 0 && this.#sender.pending === 0)
    this.#assigned = new Set()
    await this.#membership?.leave().catch(() => undefined)
    const ended = this.tree.stop().then(() => true)
    await Promise.race([ended, this.#elapsed(this.#config.drainTimeoutMs)])
    this.#end()
  }

  /** Ends as a crash would, as far as this object can: nothing is finished. For simulations. */
  abandon(): void {
    this.#assigned = new Set()
    this.tree.abandon()
    this.#end()
  }

  /** True when this node knows its shards and serves every one of them; at once if it `serves` none. */
  get isReady(): boolean {
    if (this.#state !== 'running') return false
    if (!(this.#options.serves ?? true)) return true
    if (!this.#isTold) return false
    return [...this.#assigned].every((shard) => this.#runners.get(shard)?.serving === true)
  }

  get shards(): readonly number[] {
    return [...this.#assigned].sort((left, right) => left - right)
  }

  get workers(): readonly WorkerStatus[] {
    return this.tree.statuses()
  }

  /** The shard that an entity lives in. */
  shardOf(ref: EntityRef): number {
    return this.#placement.shardOf(ref)
  }

  async ask<Value>(to: EntityRef, message: Tagged, options: AskOptions): Promise<Reply<Value>> {
    const { correlation, reply } = this.#asks.open(refText(to), options.deadlineMs)
    let sending: Sending
    try {
      sending = this.#send(to, message, options, { node: this.#options.incarnation, correlation })
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

  samples(): readonly MetricSample[] {
    const runners = [...this.#runners.values()]
    const sum = (of: (runner: ShardRunner) => number): number =>
      runners.reduce((total, { current }) => total + (current ? of(current) : 0), 0)
    const gauge = (name: string, help: string, value: number): MetricSample => ({
      name: `homeostat_runtime_${name}`,
      help,
      type: 'gauge',
      value,
    })
    return [
      ...this.metrics.samples(),
      gauge('shards_assigned', 'Shards assigned to this node', this.#assigned.size),
      gauge('shards_serving', 'Shards that this node serves', runners.filter((runner) => runner.serving).length),
      gauge(
        'entities_in_memory',
        'Entities in memory',
        sum((runner) => runner.residents),
      ),
      gauge(
        'outbox_pending',
        'Outbox entries not yet in the log',
        sum((runner) => runner.outboxPending),
      ),
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

  #assign(shards: readonly number[]): void {
    if (this.#state !== 'running') return
    this.#isTold = true
    this.#assigned = new Set(shards)
    for (const [shard, runner] of this.#runners) {
      if (this.#assigned.has(shard)) continue
      this.#runners.delete(shard)
      this.#ending.set(
        shard,
        runner.supervised.stop().then(() => {
          this.#ending.delete(shard)
          // It may have come back while its last runner was ending.
          if (this.#assigned.has(shard)) this.#run(shard)
        }),
      )
    }
    for (const shard of shards) if (!this.#ending.has(shard)) this.#run(shard)
  }

  #run(shard: number): void {
    if (this.#runners.has(shard) || this.#state !== 'running') return
    const entry: { supervised: Supervised; current?: ShardRunner; serving: boolean } = {
      supervised: undefined as never,
      serving: false,
    }
    this.#runners.set(shard, entry)
    entry.supervised = this.tree.supervise(`shard-${shard}`, (): Worker => {
      const runner = new ShardRunner({
        shard,
        node: this.#options.incarnation,
        config: this.#config,
        clock: this.#options.clock,
        log: this.#options.log,
        store: this.#options.store,
        definitions: this.#definitions,
        placement: this.#placement,
        replies: this.#options.replies,
        loads: this.#loads,
        metrics: this.metrics,
        membership: () => this.#membership,
        onServing: () => (entry.serving = true),
      })
      entry.current = runner
      return {
        run: () =>
          runner.run().finally(() => {
            entry.serving = false
            this.metrics.shardRestarts.add(1)
          }),
        stop: () => runner.stop(),
      }
    })
  }

  async #within(timeoutMs: number, isDone: () => boolean): Promise<void> {
    const endMs = this.#options.clock.now() + timeoutMs
    while (!isDone() && this.#options.clock.now() < endMs) await this.#elapsed(5)
  }

  #elapsed(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.schedule(delayMs, resolve))
  }

  #end(): void {
    this.#state = 'stopped'
    this.#sender.close()
    this.#asks.failAll(new RuntimeFault('closed', 'this node has stopped'))
    this.#unlisten()
  }
}
