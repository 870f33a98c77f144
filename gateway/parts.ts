/** What the gateway is made of; every handler gets these and nothing else. */
import type { ActorsConfig } from '../actors/config.ts'
import type { DeadLetterOffice, Queries, RuntimeClient } from '../runtime/client.ts'
import type { MetricSample } from '../runtime/metrics.ts'
import type { Clock, Log } from '../runtime/ports.ts'
import type { GatewayConfig } from './config.ts'

export interface GatewayParts {
  readonly client: RuntimeClient
  readonly queries: Queries
  readonly deadLetters: DeadLetterOffice
  /** Only its topic `live` is read, for the event stream. */
  readonly log: Log
  readonly clock: Clock
  readonly config: GatewayConfig
  /** The runtime's counters, gauges and histograms, for `/metrics`. Asked once per scrape. */
  readonly metrics?: () => readonly MetricSample[] | Promise<readonly MetricSample[]>
  /**
   * The parts of the node that `/health` shows, each with whether it works. `ready` of the whole needs all of them.
   * The store is always asked as well.
   */
  readonly health?: () => readonly HealthPart[] | Promise<readonly HealthPart[]>
  /** As the assemblies' own, so that a preview is refused where the order would be. Default: the actors' defaults. */
  readonly planLimits?: Pick<ActorsConfig, 'planTasksMax'>
  /** In which protocol version the system writes. Absent: the API says that it can't tell (501). */
  readonly protocol?: ProtocolPort
  /** Unexpected errors (each of them a fault of this program) and other news for whoever runs it. */
  readonly report?: (text: string, error?: unknown) => void
}

export interface HealthPart {
  readonly name: string
  readonly ok: boolean
  /** What is wrong, or worth knowing. */
  readonly note?: string
}

export interface ProtocolPort {
  /** As the store has it now, and what this node speaks. */
  status(): Promise<{ readonly system: number; readonly oldest: number; readonly newest: number }>
  /** Lets the system write in version `to` if it writes in `from` now; answers whether it does. Nodes follow within a second. */
  change(from: number, to: number): Promise<boolean>
  /** Looks for what was written in a newer version than the system writes now; takes some seconds. */
  leftovers(): Promise<Leftovers>
}

export interface Leftovers {
  /** The version that the system writes. */
  readonly system: number
  /** Newer messages that are stored and not yet sent. */
  readonly outbox: number
  /** Shards that didn't say in time that they have handled what was sent to them before the question. */
  readonly silentShards: readonly number[]
  /** Newer messages among the dead letters: an older node can't replay them. */
  readonly deadLetters: number
  /** Kinds that store in a shape of their own since a newer version: an entity that nobody spoke to since still has it. */
  readonly kinds: readonly string[]
}
