/**
 * What goes wrong in a run, drawn from its seed: each kind of fault is in or out of a run as a whole, so that every
 * combination of few kinds comes up, and with another strength each time.
 */
import type { Faults } from '../transport/link.ts'
import type { LogFaults } from '../transport/memory-log.ts'

export interface Profile {
  readonly nodes: number
  readonly shards: number
  readonly operations: number
  readonly durationMs: number
  readonly logFaults: LogFaults
  readonly storeFaults: Faults
  /** Mean time between events of a kind; Infinity: it doesn't happen. */
  readonly crashEveryMs: number
  readonly zombieEveryMs: number
  readonly slowEveryMs: number
  readonly cutEveryMs: number
  readonly storeLossEveryMs: number
  /** How often somebody raises or lowers the protocol version. */
  readonly protocolEveryMs: number
  /** Some of the nodes are of a release that speaks only the oldest version. */
  readonly hasOldNodes: boolean
}

export const profileOf = (random: () => number): Profile => {
  const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1))
  const often = (): number => (random() < 0.5 ? random() * 0.15 : 0)
  const every = (chance: number, low: number, high: number): number =>
    random() < chance ? between(low, high) : Infinity
  const latency = () => ({ minMs: between(0, 1), maxMs: between(1, 8) })
  const lateness = () => ({ minMs: 1, maxMs: between(20, 600) })
  return {
    nodes: between(2, 3),
    shards: between(2, 4),
    operations: between(30, 80),
    durationMs: between(600, 2_000),
    logFaults: {
      latency: latency(),
      readLatency: latency(),
      lost: often(),
      unconfirmed: often(),
      late: often(),
      repeated: often(),
      partial: often(),
      lateness: lateness(),
    },
    storeFaults: {
      latency: latency(),
      lost: often() / 3,
      unconfirmed: often() / 3,
      late: often() / 3,
      repeated: often() / 3,
      lateness: lateness(),
    },
    crashEveryMs: every(0.5, 150, 1_000),
    zombieEveryMs: every(0.5, 100, 700),
    slowEveryMs: every(0.4, 100, 700),
    cutEveryMs: every(0.4, 200, 1_000),
    storeLossEveryMs: every(0.4, 150, 900),
    protocolEveryMs: every(0.5, 50, 500),
    hasOldNodes: random() < 0.3,
  }
}
