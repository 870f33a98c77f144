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
  /** Unexpected errors (each of them a fault of this program) and other news for whoever runs it. */
  readonly report?: (text: string, error?: unknown) => void
}

export interface HealthPart {
  readonly name: string
  readonly ok: boolean
  /** What is wrong, or worth knowing. */
  readonly note?: string
}
