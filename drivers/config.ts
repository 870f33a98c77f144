/** Every bound and time of the driver workers, with what happens when it is hit. */
import type { Backoff } from './backoff.ts'
import type { LocationCacheLimits } from './locations.ts'

/** Of reading one partition of a topic in a group. */
export interface ReadingConfig {
  /** Records of a partition read at once. */
  readonly readBatchMax: number
  /** Between tries after a temporary error. */
  readonly retry: Backoff
  /**
   * Records of a partition from the low-water mark to the newest one begun. At this many reading pauses until the
   * oldest is done: what would be repeated after a crash stays bounded.
   */
  readonly spanMax: number
  /** How long a moved low-water mark waits before it is committed; a crash in between only repeats records. */
  readonly commitDelayMs: number
}

export interface GroupReaderConfig extends ReadingConfig {
  /** Records read and not yet done (all partitions together); at this many reading stops. */
  readonly inFlightMax: number
  /** After this long a stopping reader leaves behind what isn't done: another member reads it again. */
  readonly drainTimeoutMs: number
}

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
