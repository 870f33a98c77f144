/**
 * Nodes' clocks differ by less than this (one that is further off doesn't start). What is dated later than that was dated by a clock
 * that has been set right since.
 */
const CLOCKS_DIFFER_MAX_MS = 60_000

/** How long ago; for ever if it was dated by a wrong clock: a wait must not depend on when that comes true. */
export const elapsedMs = (nowMs: number, thenMs: number): number =>
  thenMs - nowMs > CLOCKS_DIFFER_MAX_MS ? Infinity : nowMs - thenMs
