/** Every bound and time of the intake of participants' messages, with what happens when it is hit. */
import type { GroupReaderConfig } from '../../runtime/group-reader/config.ts'

export interface ParticipantIntakeConfig extends GroupReaderConfig {
  /** Of a topic that isn't there yet. */
  readonly partitions: number
  /** A longer message counts as malformed. */
  readonly messageBytesMax: number
}

export const DEFAULT_PARTICIPANT_INTAKE_CONFIG: ParticipantIntakeConfig = {
  partitions: 8,
  messageBytesMax: 1_048_576,
  inFlightMax: 4_096,
  readBatchMax: 512,
  retry: { firstMs: 50, longestMs: 5_000 },
  spanMax: 50_000,
  commitDelayMs: 100,
  drainTimeoutMs: 10_000,
}

export interface ReturnsConfig extends GroupReaderConfig {
  /** Loops of a participant that are told before the next of them are looked up. */
  readonly pageLoops: number
}

export const DEFAULT_RETURNS_CONFIG: ReturnsConfig = {
  pageLoops: 500,
  inFlightMax: 16,
  readBatchMax: 16,
  retry: { firstMs: 100, longestMs: 5_000 },
  spanMax: 1_000,
  commitDelayMs: 100,
  drainTimeoutMs: 5_000,
}
