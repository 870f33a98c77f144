/**
 * A simulated cluster: several nodes, each the real `Node`, over one broker and one store in memory, in virtual time.
 * It makes them crash, lose their shards without knowing it, get slow or cut off, and lets the store lose its last
 * commits; afterwards it lets everything come to rest.
 */
import type { RuntimeConfig } from '../config.ts'
import { SHARD_GROUP, SHARD_TOPIC } from '../config.ts'
import { Node } from '../node.ts'
import type { Store } from '../ports.ts'
import { PROTOCOL_NEWEST, PROTOCOL_OLDEST } from '../protocol.ts'
import type { ReplyTransport } from '../replies.ts'
import { type Faults, type Link, noFaults } from '../transport/link.ts'
import { type LogFaults, MemoryBroker, type MemoryLog } from '../transport/memory-log.ts'
import type { Profile } from './profile.ts'
import { NodeClock, VirtualClock } from './virtual-clock.ts'
import { workloadDefinitions } from './workload.ts'

/** The simulated store server; its implementation is passed in, since the runtime imports none. */
export interface SimulatedStoreServer {
  client(options: { readonly name: string; readonly faults: Faults }): Store & { readonly link: Link }
  checkpoint(): number
  loseSince(checkpoint: number): number
  shard(number: number): { readonly nextOffset: number }
}

export type MakeStoreServer = (options: {
  readonly clock: VirtualClock
  readonly random: () => number
  readonly guards: { readonly tokenCheck: boolean; readonly offsetCheck: boolean }
  readonly undoMax: number
}) => SimulatedStoreServer

interface SimulatedNode {
  readonly name: string
  readonly node: Node
  readonly clock: NodeClock
  readonly log: MemoryLog
  readonly storeLink: Link
  readonly logFaults: LogFaults
  readonly storeFaults: Faults
  isUp: boolean
}

export interface WorldOptions {
  readonly profile: Profile
  readonly random: () => number
  readonly config: Partial<RuntimeConfig>
  readonly storeGuards: { readonly tokenCheck: boolean; readonly offsetCheck: boolean }
  readonly makeStoreServer: MakeStoreServer
}

const RESTART_MS = 120
const CHECKPOINT_EVERY_MS = 40

export class World {
  readonly clock = new VirtualClock()
  readonly broker: MemoryBroker
  readonly server: SimulatedStoreServer
  readonly #options: WorldOptions
  readonly #nodes = new Map<number, SimulatedNode>()
  readonly #listeners = new Map<string, Parameters<ReplyTransport['listen']>[1]>()
  #checkpoints: number[] = []
  #incarnations = 0
  #isCalm = false
  storeLosses = 0
  faults = 0

  constructor(options: WorldOptions) {
    const { random } = options
    this.#options = options
    this.broker = new MemoryBroker({ clock: this.clock, random })
    this.server = options.makeStoreServer({
      clock: this.clock,
      random,
      guards: options.storeGuards,
      undoMax: 100_000,
    })
  }

  /** Lets everything run until `untilMs` or until `isSo`. */
  async run(untilMs: number, isSo: () => boolean = () => false): Promise<void> {
    while (!isSo() && this.clock.runNext(untilMs)) await new Promise(setImmediate)
  }

  begin(): void {
    const { profile } = this.#options
    for (let slot = 0; slot < profile.nodes; slot++) this.#start(slot)
    this.#repeat(
      () => CHECKPOINT_EVERY_MS,
      () => this.#checkpoint(),
    )
    this.#haunt(profile.crashEveryMs, () => this.#crash())
    this.#haunt(profile.zombieEveryMs, () => this.#expel())
    this.#haunt(profile.slowEveryMs, () => this.#slowDown())
    this.#haunt(profile.cutEveryMs, () => this.#cutOff())
    this.#haunt(profile.storeLossEveryMs, () => this.#loseStore())
    this.#haunt(profile.protocolEveryMs, () => this.#changeProtocol())
  }

  /** A node that runs, for a client to speak to. */
  anyNode(): Node | undefined {
    const up = [...this.#nodes.values()].filter((simulated) => simulated.isUp)
    return up[Math.floor(this.#options.random() * up.length)]?.node
  }

  /** No more faults: everything that was broken works again. */
  calm(): void {
    this.#isCalm = true
    for (const { log, storeLink, logFaults, storeFaults } of this.#nodes.values()) {
      for (const faults of [logFaults, storeFaults])
        Object.assign(faults, { lost: 0, unconfirmed: 0, late: 0, repeated: 0, partial: 0 })
      log.link.restore()
      storeLink.restore()
    }
    this.broker.balance(SHARD_GROUP)
  }

  stop(): void {
    for (const simulated of this.#nodes.values()) this.#kill(simulated)
  }

  /** Every record is handled, every outbox is empty, no timer is set, and somebody is there to do more. */
  async isAtRest(): Promise<boolean> {
    const reader = this.observer()
    for (let shard = 0; shard < this.#options.profile.shards; shard++) {
      const written = (this.broker.records(SHARD_TOPIC, shard).at(-1)?.offset ?? -1) + 1
      if (this.server.shard(shard).nextOffset < written) return false
      if ((await reader.outbox(shard, 1)).length > 0) return false
      if ((await reader.timers(shard, Infinity, 1)).length > 0) return false
    }
    return [...this.#nodes.values()].some((simulated) => simulated.isUp)
  }

  /** Reads the store as it is, without delay. */
  observer(): Store {
    return this.server.client({ name: 'observer', faults: noFaults() })
  }

  #start(slot: number): void {
    const { profile, random, config } = this.#options
    const name = `node-${slot}-${++this.#incarnations}`
    const clock = new NodeClock(this.clock)
    const logFaults = { ...(this.#isCalm ? { ...profile.logFaults, ...noFaults() } : profile.logFaults) }
    const storeFaults = { ...(this.#isCalm ? noFaults() : profile.storeFaults) }
    const log = this.broker.client({ name, faults: logFaults })
    const store = this.server.client({ name, faults: storeFaults })
    const node = new Node({
      incarnation: name,
      clock,
      log,
      store,
      replies: this.#replies(name),
      definitions: workloadDefinitions(random),
      topics: {},
      // The first is always of the newest release, so that there is somebody to leave the shards to.
      protocolMax: profile.hasOldNodes && slot > 0 ? PROTOCOL_OLDEST : PROTOCOL_NEWEST,
      config: {
        shards: profile.shards,
        batchRecordsMax: 8,
        residentsPerShardMax: 6,
        cascadeMessagesMax: 4,
        outboxBatchMax: 4,
        outboxPendingMax: 40,
        cursorFlushMs: 30,
        retryFirstMs: 5,
        retryLongestMs: 60,
        tellProgressMs: 20,
        restartPauseMs: 100,
        protocolCheckMs: 50,
        standAsideMs: 100,
        handOverMs: 100,
        restartWindowMs: 500,
        localThroughCodec: true,
        ...config,
      },
    })
    const simulated: SimulatedNode = {
      name,
      node,
      clock,
      log,
      storeLink: store.link,
      logFaults,
      storeFaults,
      isUp: false,
    }
    this.#nodes.set(slot, simulated)
    node.start().then(
      () => (simulated.isUp = true),
      // It couldn't reach log or store: somebody starts it again, as an operator's platform does.
      () => this.#restart(slot, simulated),
    )
  }

  #restart(slot: number, simulated: SimulatedNode): void {
    this.#kill(simulated)
    this.clock.schedule(RESTART_MS, () => {
      if (this.#nodes.get(slot) === simulated) this.#start(slot)
    })
  }

  #kill(simulated: SimulatedNode): void {
    simulated.isUp = false
    simulated.clock.kill()
    simulated.log.link.crash()
    simulated.storeLink.crash()
    simulated.node.abandon()
    this.#listeners.delete(simulated.name)
  }

  #crash(): void {
    const slot = this.#anySlot()
    const simulated = this.#nodes.get(slot)
    if (!simulated?.isUp) return
    this.#restart(slot, simulated)
    // The others hear of it later: until then its shards belong to nobody.
    this.clock.schedule(this.#delay(10, 100), () => {
      this.broker.expel(SHARD_GROUP, simulated.name)
    })
  }

  /** A node loses its shards to the others and doesn't know it. */
  #expel(slot = this.#anySlot()): void {
    const simulated = this.#nodes.get(slot)
    if (!simulated?.isUp) return
    this.broker.expel(SHARD_GROUP, simulated.name)
    this.clock.schedule(this.#delay(20, 400), () => {
      if (this.#nodes.get(slot) === simulated) this.#restart(slot, simulated)
      // It may have joined again meanwhile, after it stood aside.
      this.broker.expel(SHARD_GROUP, simulated.name)
    })
  }

  #slowDown(): void {
    const simulated = this.#nodes.get(this.#anySlot())
    if (!simulated) return
    const faults = this.#options.random() < 0.5 ? simulated.logFaults : simulated.storeFaults
    const { latency } = faults
    faults.latency = { minMs: 20, maxMs: 200 }
    this.clock.schedule(this.#delay(50, 300), () => (faults.latency = latency))
  }

  #cutOff(): void {
    const simulated = this.#nodes.get(this.#anySlot())
    if (!simulated) return
    const links = [simulated.log.link, simulated.storeLink].filter(() => this.#options.random() < 0.6)
    for (const link of links) link.cut()
    this.clock.schedule(this.#delay(20, 300), () => {
      for (const link of links) link.restore()
    })
  }

  /** As a store does that fails over to a copy which is behind; often some node is cut out at the same time. */
  #loseStore(): void {
    const checkpoint = this.#checkpoints[Math.floor(this.#options.random() * this.#checkpoints.length)]
    if (checkpoint === undefined) return
    this.storeLosses++
    this.server.loseSince(checkpoint)
    this.#checkpoints = []
    if (this.#options.random() < 0.6) this.#expel()
  }

  /** Too early or too late, as it happens. */
  #changeProtocol(): void {
    const to = this.#options.random() < 0.5 ? PROTOCOL_OLDEST : PROTOCOL_NEWEST
    this.anyNode()
      ?.changeProtocol(to)
      .catch(() => undefined)
  }

  #checkpoint(): void {
    this.#checkpoints = [...this.#checkpoints.slice(-3), this.server.checkpoint()]
  }

  #replies(name: string): ReplyTransport {
    const { random } = this.#options
    return {
      send: (to, answer) => {
        const isLost = !this.#isCalm && random() < 0.05
        if (isLost) return
        this.clock.schedule(Math.floor(random() * 4), () => this.#listeners.get(to.node)?.(to.correlation, answer))
      },
      listen: (node, onAnswer) => {
        this.#listeners.set(node, onAnswer)
        return () => {
          if (this.#listeners.get(name) === onAnswer) this.#listeners.delete(name)
        }
      },
    }
  }

  #haunt(everyMs: number, act: () => void): void {
    if (everyMs === Infinity) return
    this.#repeat(
      () => this.#delay(Math.ceil(everyMs / 4), everyMs * 2),
      () => {
        this.faults++
        act()
      },
    )
  }

  #repeat(delayMs: () => number, act: () => void): void {
    this.clock.schedule(delayMs(), () => {
      if (this.#isCalm) return
      act()
      this.#repeat(delayMs, act)
    })
  }

  #anySlot(): number {
    return Math.floor(this.#options.random() * this.#options.profile.nodes)
  }

  #delay(lowMs: number, highMs: number): number {
    return lowMs + Math.floor(this.#options.random() * (highMs - lowMs + 1))
  }
}
