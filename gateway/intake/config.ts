/** Every bound and time of the intake of metrics, with what happens when it is hit. */
import type { GroupReaderConfig } from '../../runtime/group-reader/config.ts'

export interface MetricsIntakeConfig extends GroupReaderConfig {
  /** Of a topic that isn't there yet. */
  readonly partitions: number
  /** A longer message counts as malformed. */
  readonly messageBytesMax: number
  /** How long a look-up in the store may take; then it is tried again. */
  readonly readDeadlineMs: number
  /** How long it may go unnoticed that a resource came, went, or has other metrics. */
  readonly sourceTtlMs: number
  /** Metric keys remembered; beyond it the one looked up longest ago is forgotten. */
  readonly sourcesMax: number
}

export const DEFAULT_METRICS_INTAKE_CONFIG: MetricsIntakeConfig = {
  partitions: 8,
  messageBytesMax: 65_536,
  readDeadlineMs: 5_000,
  sourceTtlMs: 2_000,
  sourcesMax: 10_000,
  inFlightMax: 1_024,
  readBatchMax: 256,
  retry: { firstMs: 100, longestMs: 10_000 },
  spanMax: 50_000,
  commitDelayMs: 100,
  drainTimeoutMs: 10_000,
}
