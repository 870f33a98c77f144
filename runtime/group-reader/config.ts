/** Bounds of reading a topic in a group, with what happens when they are hit. */

export interface ReadingConfig {
  /** Records of a partition read at once. */
  readonly readBatchMax: number
  /** Wait between tries after a temporary error: the first, doubled with each, up to the longest. */
  readonly retry: { readonly firstMs: number; readonly longestMs: number }
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
