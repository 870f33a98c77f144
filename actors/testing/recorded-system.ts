/**
 * The whole system below the HTTP edge, as `main.ts` wires it, in virtual time: the real node over ports in memory, a
 * driver worker, and the simulated infrastructure. What each entity is in the node's memory after its latest event is
 * noted on the way, so that it can be compared with what is stored.
 */
import type { Reply, Tagged } from '../../runtime/entity.ts'
import type { AnyEntityDefinition, Context, Decision, Effect, EntityRef } from '../../runtime/entity.ts'
import { refText } from '../../runtime/entity.ts'
import { SHARD_GROUP } from '../../runtime/config.ts'
import { Node } from '../../runtime/node.ts'
import { localReplies } from '../../runtime/replies.ts'
import { seededRandom } from '../../runtime/simulation/seeded-random.ts'
import { NodeClock, VirtualClock } from '../../runtime/simulation/virtual-clock.ts'
import { MemoryBroker } from '../../runtime/transport/memory-log.ts'
import { DRIVER_REQUESTS_TOPIC, DRIVER_WORKERS_GROUP, type Driver } from '../../drivers/protocol.ts'
import { resourceReports } from '../../drivers/report-sink.ts'
import { SimulatedInfrastructure } from '../../drivers/simulator/infrastructure.ts'
import { memoryInfrastructure } from '../../drivers/simulator/infrastructure-store.ts'
import { simulatorDriver } from '../../drivers/simulator/simulator-driver.ts'
import { startDriverWorker } from '../../drivers/worker.ts'
import { PARTICIPANT_TOPIC } from '../../participants/protocol/generation.ts'
import { MemoryStoreServer } from '../../persistence/memory-store.ts'
import { deploymentLocationRef } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { createDefinitions } from '../definitions.ts'
import type { DeploymentLocationState } from '../deployment-location/protocol.ts'
import { LIVE_PARTITIONS, LIVE_TOPIC } from '../live.ts'
import { PARTICIPANT_RETURNS_TOPIC } from '../participant/returns.ts'

export interface RecordedSystemOptions {
  readonly seed: number
  readonly actors?: Partial<ActorsConfig>
}

/** Long enough for whatever is scripted; virtual, so it costs nothing. */
const PATIENCE_MS = 10 * 60_000

interface Running {
  readonly name: string
  readonly node: Node
  readonly crash: () => void
}

export class RecordedSystem {
  readonly clock = new VirtualClock()
  readonly definitions: ReadonlyMap<string, AnyEntityDefinition>
  readonly server: MemoryStoreServer
  readonly infrastructure: SimulatedInfrastructure
  /** `kind/id` → the state in memory after the latest event. */
  readonly live = new Map<string, unknown>()
  /** What crashed, and what the driver worker warned about. */
  readonly faults: string[] = []
  readonly #broker: MemoryBroker
  readonly #driver: Driver
  #running: Running | undefined
  #incarnations = 0

  constructor(options: RecordedSystemOptions) {
    const random = seededRandom(options.seed)
    const { clock } = this
    // Nothing is trimmed, so that the whole history can be folded again; snapshots come often, so that they matter.
    const limits = { historyEventsMax: 1_000_000, statisticsHistoryEventsMax: 1_000_000, snapshotEveryEvents: 7 }
    const definitions = createDefinitions({ ...limits, ...options.actors })
    this.definitions = new Map(definitions.map((definition) => [definition.kind, this.#watched(definition)]))
    this.#broker = new MemoryBroker({ clock, random })
    this.server = new MemoryStoreServer({ clock, random })
    this.infrastructure = new SimulatedInfrastructure({
      clock,
      store: memoryInfrastructure(),
      report: resourceReports({ tell: (...said) => this.node.tell(...said) }, 'simulator'),
    })
    this.#driver = simulatorDriver(this.infrastructure)
  }

  get node(): Node {
    if (!this.#running) throw new Error('the system is not running')
    return this.#running.node
  }

  async start(): Promise<void> {
    const name = `node-${++this.#incarnations}`
    const clock = new NodeClock(this.clock)
    const log = this.#broker.client({ name })
    const store = this.server.client({ name })
    const node = new Node({
      incarnation: name,
      clock,
      log,
      store,
      replies: localReplies(),
      definitions: [...this.definitions.values()],
      topics: {
        [DRIVER_REQUESTS_TOPIC]: 2,
        [LIVE_TOPIC]: LIVE_PARTITIONS,
        // One partition, so that what is said is seen in the order in which it is said.
        [PARTICIPANT_TOPIC]: 1,
        [PARTICIPANT_RETURNS_TOPIC]: 1,
      },
      config: { shards: 2, leaseCheckMs: 0, localThroughCodec: true },
      onFault: (where, error) => this.faults.push(`${where}: ${String(error)}`),
    })
    const crash = (): void => {
      clock.kill()
      log.link.crash()
      store.link.crash()
      node.abandon()
    }
    this.#running = { name, node, crash }
    await this.#settled(node.start())
    const worker = startDriverWorker({
      log,
      clock,
      client: node,
      locate: async (place) => {
        const view = await node.queries.entity<DeploymentLocationState>(deploymentLocationRef(place))
        if (!view?.state.location) return undefined
        const { infrastructureType: type, resourceManager, properties } = view.state.location
        return { name: place, type, resourceManager, properties }
      },
      drivers: new Map([[this.#driver.type, this.#driver]]),
      warn: (text, details) => this.faults.push(`${text} ${JSON.stringify(details)}`),
    })
    await this.#settled(worker)
    await this.until(() => node.isReady)
  }

  /** The node dies, and another takes its place: everything it knows comes out of the store. */
  async restart(): Promise<void> {
    this.stop()
    await this.start()
  }

  stop(): void {
    if (!this.#running) return
    this.#running.crash()
    for (const group of [SHARD_GROUP, DRIVER_WORKERS_GROUP]) this.#broker.expel(group, this.#running.name)
  }

  ask<Value>(to: EntityRef, message: Tagged): Promise<Reply<Value>> {
    return this.#settled(this.node.ask<Value>(to, message, { sender: 'test', deadlineMs: PATIENCE_MS }))
  }

  /** All that was published on a topic that has one partition. */
  published(topic: string): readonly Uint8Array[] {
    return this.#broker.records(topic, 0).map(({ value }) => value)
  }

  state<State>(ref: EntityRef): State | undefined {
    return this.live.get(refText(ref)) as State | undefined
  }

  /** Lets everything happen that happens now, then what comes next, and so on until `isSo`. */
  async until(isSo: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
    const endMs = this.clock.now() + patienceMs
    for (;;) {
      // Whatever follows from what has happened is done in microtasks, so one turn is enough before time moves.
      await new Promise(setImmediate)
      if (isSo()) return
      if (!this.clock.runNext(endMs)) throw new Error(`not so within ${patienceMs} virtual ms: ${isSo.toString()}`)
    }
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    const endMs = this.clock.now() + ms
    do await new Promise(setImmediate)
    while (this.clock.runNext(endMs))
  }

  async #settled<Value>(promise: Promise<Value>): Promise<Value> {
    let isSettled = false
    const noted = promise.finally(() => (isSettled = true))
    noted.catch(() => undefined)
    await this.until(() => isSettled)
    return noted
  }

  #watched(definition: AnyEntityDefinition): AnyEntityDefinition {
    const note = ({ self }: Context, effects: readonly Effect[] = []): void => {
      if (effects.some((effect) => effect.type === 'forget')) this.live.delete(refText(self))
    }
    return {
      ...definition,
      decide: (state, command, context) => {
        const decision = definition.decide(state, command, context) as Decision<unknown>
        if (!decision.reject) note(context, decision.effects)
        return decision
      },
      react: (state, event, context) => {
        this.live.set(refText(context.self), state)
        const effects = definition.react(state, event, context)
        note(context, effects)
        return effects
      },
    }
  }
}
