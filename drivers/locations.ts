/** Deployment locations, looked up by name and remembered for a short while. */
import type { Clock } from '../runtime/ports.ts'
import type { ResolvedLocation } from './protocol.ts'

/** `undefined`: there is no such location. A rejection means that it can't be known now. */
export type LocateDeployment = (name: string) => Promise<ResolvedLocation | undefined>

export interface LocationCacheLimits {
  /** How long a change of a location may go unnoticed. */
  readonly ttlMs: number
  /** Beyond it the one looked up longest ago is forgotten. */
  readonly locationsMax: number
}

/**
 * Only found locations are remembered: one that is missing may be added at any moment, and a failed look-up says
 * nothing. Requests for the same location that arrive together share one look-up.
 */
export const cachedLocate = (locate: LocateDeployment, clock: Clock, limits: LocationCacheLimits): LocateDeployment => {
  const known = new Map<string, { readonly untilMs: number; readonly found: Promise<ResolvedLocation | undefined> }>()

  return (name) => {
    const hit = known.get(name)
    if (hit && hit.untilMs > clock.now()) return hit.found
    const found = locate(name)
    const entry = { untilMs: clock.now() + limits.ttlMs, found }
    known.delete(name)
    known.set(name, entry)
    const forget = (): void => {
      if (known.get(name) === entry) known.delete(name)
    }
    found.then((location) => {
      if (!location) forget()
    }, forget)
    const oldest = known.keys().next()
    if (known.size > limits.locationsMax && !oldest.done) known.delete(oldest.value)
    return found
  }
}
