/** Waiting under a clock that a test moves: whatever waits for time gets it, little by little. */
import type { ManualClock } from '../../runtime/testing/manual-clock.ts'
import { settled } from './participant-world.ts'

const STEP_MS = 50
const STEPS_MAX = 2_000

export const settling =
  (clock: ManualClock) =>
  async (condition: () => boolean): Promise<void> => {
    for (let step = 0; step < STEPS_MAX; step++) {
      await settled()
      if (condition()) return
      clock.advance(STEP_MS)
    }
    throw new Error(`not so within ${STEP_MS * STEPS_MAX} ms of the manual clock: ${condition.toString()}`)
  }
