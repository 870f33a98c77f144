/** Waits between tries. */
import { backoffMs as doubledMs } from '../runtime/backoff.ts'

export { pause, settlesWithin } from '../runtime/pause.ts'

export interface Backoff {
  /** Wait before the first repetition; each further one waits twice as long. */
  readonly firstMs: number
  readonly longestMs: number
}

/** Wait after the `failures`th failure in a row (from 1). */
export const backoffMs = (failures: number, { firstMs, longestMs }: Backoff): number =>
  doubledMs(failures, firstMs, longestMs)
