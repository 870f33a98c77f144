/** Look-ups that are remembered for a short while. */
import type { Clock } from '../../runtime/ports.ts'

export interface RememberedLimits {
  readonly ttlMs: number
  /** Beyond it the one looked up longest ago is forgotten. */
  readonly entriesMax: number
}

/**
 * What `lookUp` answers, also that there is nothing; failures aren't remembered. Those who ask for the same key at the
 * same time share one look-up.
 */
export const remembered = <Found>(
  lookUp: (key: string) => Promise<Found>,
  clock: Pick<Clock, 'now'>,
  { ttlMs, entriesMax }: RememberedLimits,
): ((key: string) => Promise<Found>) => {
  const known = new Map<string, { readonly untilMs: number; readonly found: Promise<Found> }>()
  return (key) => {
    const hit = known.get(key)
    if (hit && hit.untilMs > clock.now()) return hit.found
    const entry = { untilMs: clock.now() + ttlMs, found: lookUp(key) }
    // Taken out first, so that the map stays in the order of the look-ups.
    known.delete(key)
    known.set(key, entry)
    entry.found.catch(() => {
      if (known.get(key) === entry) known.delete(key)
    })
    const [oldest] = known.keys()
    if (known.size > entriesMax && oldest !== undefined) known.delete(oldest)
    return entry.found
  }
}
