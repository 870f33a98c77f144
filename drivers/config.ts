/** Every bound and time of the driver workers, with what happens when it is hit. */
import type { GroupReaderConfig } from '../runtime/group-reader/config.ts'
import type { LocationCacheLimits } from './locations.ts'

/** Requests that wait between tries do so until their own deadline. */
export interface DriverWorkerConfig extends GroupReaderConfig {
  /**
   * Calls to one driver type at the same time; the others wait in line. Smaller than `inFlightMax`, so a driver that
   * takes long holds up other drivers only once that many requests wait for it alone.
   */
  readonly callsPerDriverMax: number
  /** A call that hasn't resolved after this long counts as a temporary error and is repeated. */
  readonly callTimeoutMs: number
  readonly locations: LocationCacheLimits
}

/** What of it can be configured while a worker runs: read each time that it counts. */
export interface DriverWorkerLimits extends Pick<
  DriverWorkerConfig,
  'inFlightMax' | 'callsPerDriverMax' | 'callTimeoutMs'
> {
  /** Names of resource managers whose locations are all answered by the simulator. */
  readonly simulatedResourceManagers: ReadonlySet<string>
}

export const DEFAULT_WORKER_CONFIG: DriverWorkerConfig = {
  inFlightMax: 2048,
  callsPerDriverMax: 256,
  readBatchMax: 256,
  callTimeoutMs: 30_000,
  retry: { firstMs: 100, longestMs: 10_000 },
  spanMax: 50_000,
  commitDelayMs: 100,
  drainTimeoutMs: 10_000,
  locations: { ttlMs: 2_000, locationsMax: 1_000 },
}
