/**
 * The driver worker of a node: shares the topic `driver-requests` with the workers of other nodes, and brings each
 * request to its driver. At least once: a request counts as done when a driver has taken it on or its refusal was
 * reported; what wasn't done when a worker ended is read again by the next. Drivers answer through their own sink
 * (`resourceReports`).
 */
import type { RuntimeClient } from '../runtime/client.ts'
import type { Clock, Log } from '../runtime/ports.ts'
import type { DriverRegistry } from './choice.ts'
import { DEFAULT_WORKER_CONFIG, type DriverWorkerConfig, type DriverWorkerLimits } from './config.ts'
import { type GroupReaderStats, startGroupReader } from '../runtime/group-reader/group-reader.ts'
import { cachedLocate, type LocateDeployment } from './locations.ts'
import { DRIVER_REQUESTS_TOPIC, DRIVER_WORKERS_GROUP } from './protocol.ts'
import { requestHandler, type RequestCounts } from './request-handling.ts'

export interface DriverWorkerParts {
  /** The topic `driver-requests` must exist. */
  readonly log: Log
  readonly clock: Clock
  readonly client: Pick<RuntimeClient, 'tell'>
  /** Looks up a deployment location; the worker keeps the answer for a short while. */
  readonly locate: LocateDeployment
  /** The drivers that run here; closing them (after the worker) is their maker's business. */
  readonly drivers: DriverRegistry
  /** Names of resource managers whose locations are all answered by the simulator. */
  readonly simulatedResourceManagers?: ReadonlySet<string>
  readonly config?: Partial<DriverWorkerConfig>
  /** Instead of the same settings in `config` and `simulatedResourceManagers`; may change while the worker runs. */
  readonly limits?: DriverWorkerLimits
  readonly warn?: (text: string, details: Readonly<Record<string, unknown>>) => void
}

export interface DriverWorkerStats extends Readonly<RequestCounts>, GroupReaderStats {}

export interface DriverWorker {
  stats(): DriverWorkerStats
  /** Stops reading, waits for the calls under way (at most `drainTimeoutMs`), stores the position, leaves the group. */
  close(): Promise<void>
}

/** Resolves when the worker has joined the group. */
export const startDriverWorker = async (parts: DriverWorkerParts): Promise<DriverWorker> => {
  const config = { ...DEFAULT_WORKER_CONFIG, ...parts.config }
  const limits = parts.limits ?? {
    ...config,
    simulatedResourceManagers: parts.simulatedResourceManagers ?? new Set<string>(),
  }
  const { log, clock } = parts
  const warn = parts.warn ?? (() => undefined)
  const counts: RequestCounts = { taken: 0, refused: 0, retried: 0, expired: 0, undecodable: 0 }
  const stopping = new AbortController()
  const handle = requestHandler({
    client: parts.client,
    clock,
    locate: cachedLocate(parts.locate, clock, config.locations),
    drivers: parts.drivers,
    config,
    limits,
    counts,
    warn,
    stopping: stopping.signal,
  })

  const reader = await startGroupReader({
    log,
    clock,
    topic: DRIVER_REQUESTS_TOPIC,
    group: DRIVER_WORKERS_GROUP,
    trims: true,
    config: {
      ...config,
      get inFlightMax() {
        return limits.inFlightMax
      },
    },
    handle,
    warn,
  })

  return {
    stats: () => ({ ...counts, ...reader.stats() }),
    close: () => {
      stopping.abort()
      return reader.close()
    },
  }
}
