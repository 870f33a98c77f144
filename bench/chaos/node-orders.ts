/** What the chaos run tells its nodes: in their environment when they start, and as messages later. */

export const GUARDS = ['token', 'dedupe'] as const
export type Guard = (typeof GUARDS)[number]
export const isGuard = (text: string): text is Guard => GUARDS.some((guard) => guard === text)

/** The guard that is switched off. */
export const GUARD_VARIABLE = 'CHAOS_WITHOUT'

export interface NodeOrder {
  /** From now on: does its clock stand still while it is stopped? */
  readonly standsStill: boolean
}
