/**
 * The driver worker of a node: shares the topic `driver-requests` with the workers of other nodes, and brings each
 * request to its driver. At least once: a request counts as done when a driver has taken it on or its refusal was
 * reported; what wasn't done when a worker ended is read again by the next. Drivers answer through their own sink
 * (`resourceReports`).
 */
import type { RuntimeClient } from '../runtime/client.ts'
import type { Clock, Log, LogMembership } from '../runtime/ports.ts'
import { settlesWithin } from './backoff.ts'
import { Capacity } from './capacity.ts'
import type { DriverRegistry } from './choice.ts'
import { DEFAULT_WORKER_CONFIG, type DriverWorkerConfig } from './config.ts'
import { cachedLocate, type LocateDeployment } from './locations.ts'
import { PartitionWork } from './partition-work.ts'
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
  readonly warn?: (text: string, details: Readonly<Record<string, unknown>>) => void
}

export interface DriverWorkerStats extends Readonly<RequestCounts> {
  readonly partitions: readonly number[]
  readonly inFlight: number
}

export interface DriverWorker {
  stats(): DriverWorkerStats
  /** Stops reading, waits for the calls under way (at most `drainTimeoutMs`), stores the position, leaves the group. */
  close(): Promise<void>
}

/** Resolves when the worker has joined the group. */
export const startDriverWorker = async (parts: DriverWorkerParts): Promise<DriverWorker> => {
  const config = { ...DEFAULT_WORKER_CONFIG, ...parts.config }
  const { log, clock } = parts
  const warn = parts.warn ?? (() => undefined)
  const counts: RequestCounts = { taken: 0, refused: 0, retried: 0, expired: 0, undecodable: 0 }
  const stopping = new AbortController()
  const capacity = new Capacity(config.inFlightMax)
  const handle = requestHandler({
    client: parts.client,
    clock,
    locate: cachedLocate(parts.locate, clock, config.locations),
    drivers: parts.drivers,
    simulatedResourceManagers: parts.simulatedResourceManagers ?? new Set(),
    config,
    counts,
    warn,
    stopping: stopping.signal,
  })

  const inFlight = new Set<Promise<unknown>>()
  const tracked: typeof handle = (value) => {
    const handled = handle(value)
    const settled: Promise<boolean> = handled.then(
      () => inFlight.delete(settled),
      () => inFlight.delete(settled),
    )
    inFlight.add(settled)
    return handled
  }

  const work = new Map<number, PartitionWork>()
  const group: { membership?: LogMembership } = {}
  let assigned: readonly number[] = []

  const follow = (): void => {
    const { membership } = group
    if (!membership || stopping.signal.aborted) return
    const wanted = new Set(assigned)
    for (const [partition, partitionWork] of work)
      if (!wanted.has(partition)) {
        work.delete(partition)
        partitionWork.release()
      }
    for (const partition of wanted)
      if (!work.has(partition))
        work.set(
          partition,
          new PartitionWork(partition, { log, clock, config, membership, capacity, handle: tracked, warn }),
        )
  }

  // The first assignment may come before `join` has resolved; it is followed as soon as there is a membership.
  const membership = await log.join(DRIVER_WORKERS_GROUP, DRIVER_REQUESTS_TOPIC, (partitions) => {
    assigned = partitions
    follow()
  })
  group.membership = membership
  follow()

  const drain = async (): Promise<void> => {
    const reading = Promise.all([...work.values()].map((partitionWork) => partitionWork.stopReading()))
    await settlesWithin(clock, config.drainTimeoutMs, Promise.all([reading, ...inFlight]))
    const stored = Promise.all([...work.values()].map((partitionWork) => partitionWork.commit()))
    await settlesWithin(clock, config.drainTimeoutMs, stored)
    for (const partitionWork of work.values()) partitionWork.release()
    work.clear()
    await settlesWithin(clock, config.drainTimeoutMs, membership.leave())
  }

  let closing: Promise<void> | undefined
  return {
    stats: () => ({ ...counts, partitions: [...work.keys()].sort((a, b) => a - b), inFlight: capacity.taken }),
    close: () => {
      stopping.abort()
      closing ??= drain()
      return closing
    },
  }
}
