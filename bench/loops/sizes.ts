/** How large each measurement of control loops is. */
import type { KillsSize } from './kills.ts'
import type { LatencySize } from './latency.ts'
import type { ThroughputSize } from './throughput.ts'

export interface LoopSizes {
  readonly throughput: ThroughputSize
  readonly latency: LatencySize
  readonly kills: KillsSize
}

export const FULL: LoopSizes = {
  throughput: { loops: 10_000, perRequest: 32, inFlight: 512, warmUp: 2_000, runs: 3, idleSeconds: 100 },
  latency: { warmUp: 50, warmUpSeconds: 15, alone: 50, perSecond: [50, 100], seconds: 15, runs: 3 },
  kills: { rounds: 5, loops: 20 },
}

export const SMALL: LoopSizes = {
  throughput: { loops: 60, perRequest: 8, inFlight: 32, warmUp: 16, runs: 1, idleSeconds: 0.3 },
  latency: { warmUp: 2, warmUpSeconds: 0.5, alone: 2, perSecond: [20], seconds: 0.5, runs: 1 },
  kills: { rounds: 1, loops: 4 },
}
