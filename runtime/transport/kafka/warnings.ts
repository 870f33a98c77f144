import type { Clock } from '../../ports.ts'

/** Says something to those who run the system; `details` are for machines. */
export type Warn = (text: string, details: Readonly<Record<string, unknown>>) => void

const QUIET_MS = 10_000
const TEXTS_MAX = 100

/** Passes a text on at most once in ten seconds, with the number of times that it was said meanwhile. */
export const seldom = (warn: Warn, clock: Clock): Warn => {
  const said = new Map<string, { quietUntilMs: number; repeated: number }>()
  return (text, details) => {
    const before = said.get(text)
    if (before && clock.now() < before.quietUntilMs) {
      before.repeated++
      return
    }
    if (said.size >= TEXTS_MAX) said.clear()
    said.set(text, { quietUntilMs: clock.now() + QUIET_MS, repeated: 0 })
    warn(text, before?.repeated ? { ...details, repeated: before.repeated } : details)
  }
}
