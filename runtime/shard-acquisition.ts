/** How a shard is taken over while the store may be away. */
import { backoffMs } from './backoff.ts'
import { isFault } from './fault.ts'
import { pause } from './pause.ts'
import type { Clock, ShardLease, Store } from './ports.ts'

export interface ShardAcquisition {
  readonly store: Store
  readonly clock: Clock
  readonly shard: number
  readonly node: string
  readonly firstWaitMs: number
  /** A store that comes back is noticed this soon. */
  readonly longestWaitMs: number
  readonly isStopping: () => boolean
  readonly onRetry: () => void
}

/**
 * Asks again as long as the store doesn't answer: that is no crash of the runner, and to let it rest after several would
 * leave the shard unserved when the store is back. Undefined: it was stopped meanwhile.
 * @throws any other fault
 */
export const acquireShard = async (acquisition: ShardAcquisition): Promise<ShardLease | undefined> => {
  const { store, clock, shard, node, firstWaitMs, longestWaitMs, isStopping, onRetry } = acquisition
  for (let failures = 1; !isStopping(); failures++) {
    try {
      return await store.acquire(shard, node)
    } catch (error) {
      if (!isFault(error, 'unavailable')) throw error
      onRetry()
      await pause(clock, backoffMs(failures, firstWaitMs, longestWaitMs))
    }
  }
  return undefined
}
