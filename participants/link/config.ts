/** Every bound and time of a link over a topic, with what happens when it is hit. */
export interface TopicLinkConfig {
  /** Of the topic, if it isn't there yet. */
  readonly partitions: number
  /** A longer record counts as malformed. */
  readonly recordBytesMax: number
  /** A longer report is refused for good: no broker would take it. */
  readonly reportBytesMax: number
  /** Reports that wait to be appended; beyond it `send` rejects with `overloaded`. */
  readonly reportsWaitingMax: number
  /** Appended with one request. */
  readonly reportsPerAppendMax: number
  readonly readBatchMax: number
  /** Waits between tries, to append and to read; doubled each time, up to the longest. For ever. */
  readonly retry: { readonly firstMs: number; readonly longestMs: number }
  /** How long `close` waits for what is still to be appended; the rest is rejected with `closed`. */
  readonly flushWaitMs: number
}

export const DEFAULT_TOPIC_LINK_CONFIG: TopicLinkConfig = {
  partitions: 8,
  recordBytesMax: 4 * 1_048_576,
  reportBytesMax: 900_000,
  reportsWaitingMax: 50_000,
  reportsPerAppendMax: 1_000,
  readBatchMax: 256,
  retry: { firstMs: 50, longestMs: 5_000 },
  flushWaitMs: 3_000,
}
