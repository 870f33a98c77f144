/**
 * A change that reaches several entities is answered by the first of them; the others follow within moments. Whoever ordered it
 * should find it done, so the answer waits until they have.
 */
import type { EntityRef } from '../../runtime/entity.ts'
import type { Asking } from '../asking.ts'
import type { GatewayParts } from '../parts.ts'

const FIRST_WAIT_MS = 5
const LONGEST_WAIT_MS = 100
/** Beyond it the answer is given all the same: what was ordered is accepted, and will be done. */
const PATIENCE_MS = 5_000

export type Settled = <State>(
  refs: readonly EntityRef[],
  isSettled: (state: State | undefined) => boolean,
) => Promise<void>

export const settled =
  ({ queries, clock }: Pick<GatewayParts, 'queries' | 'clock'>, { read }: Asking): Settled =>
  async <State>(refs: readonly EntityRef[], isSettled: (state: State | undefined) => boolean) => {
    const untilMs = clock.now() + PATIENCE_MS
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
      const views = await read(queries.entities<State>(refs))
      if (views.every((view) => isSettled(view?.state)) || clock.now() >= untilMs) return
      await new Promise<void>((resolve) => {
        clock.schedule(waitMs, resolve)
      })
    }
  }
