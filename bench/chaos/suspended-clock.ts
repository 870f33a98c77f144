/**
 * The clock of a process on a virtual machine: while the machine is suspended it stands still, so timers that were set
 * before have as long to go afterwards as they had. (A process that is only stopped finds all of them due when it goes on,
 * and with them everything that it would have noticed.) It takes part in the classic way of a replaced owner to go on.
 */
import type { Clock } from '../../runtime/ports.ts'

export interface SuspendableClock extends Clock {
  /** True: from now on a gap counts as suspension. False, as at first: timers go on as those of any process. */
  standStill(isSuspending: boolean): void
  close(): void
}

/** Nobody having looked at the clock for this long means that the process was stopped. */
const GAP_MS = 1_000
const LOOK_EVERY_MS = 100

export const suspendableClock = (base: Clock): SuspendableClock => {
  let seenMs = base.now()
  let activeMs = 0
  let isSuspending = false
  let cancelLook = (): void => undefined
  const active = (): number => {
    const now = base.now()
    const passed = Math.max(0, now - seenMs)
    seenMs = now
    if (!isSuspending || passed < GAP_MS) activeMs += passed
    return activeMs
  }
  const look = (): void => {
    active()
    cancelLook = base.schedule(LOOK_EVERY_MS, look)
  }
  look()
  return {
    standStill: (next) => {
      // What has passed until now is of the other kind.
      active()
      isSuspending = next
    },
    now: () => base.now(),
    schedule: (delayMs, run) => {
      const dueMs = active() + delayMs
      let cancel = (): void => undefined
      const wait = (leftMs: number): void => {
        cancel = base.schedule(leftMs, () => {
          const stillMs = dueMs - active()
          if (stillMs >= 1) wait(stillMs)
          else run()
        })
      }
      wait(delayMs)
      return () => cancel()
    },
    close: () => cancelLook(),
  }
}
