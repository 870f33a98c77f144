/** How large each measurement is: for figures, and for a smoke run that only shows that nothing is lost. */
import type { CommandsSize } from './commands.ts'
import type { HttpSize } from './http.ts'
import type { IdleSize } from './idle.ts'
import type { OrdersSize } from './orders.ts'

export interface Sizes {
  readonly runs: number
  readonly commands: CommandsSize
  readonly http: HttpSize
  readonly orders: OrdersSize
  readonly idle: IdleSize
}

export const FULL: Sizes = {
  runs: 5,
  commands: { actors: 10_000, warmUp: 20_000, commands: 80_000, slices: 8, inFlight: 4_096 },
  http: { actors: 10_000, connections: 64, warmUpSeconds: 2, seconds: 5, openRatePerSecond: 5_000 },
  orders: { vnfcs: 10, warmUp: 40, alone: 40, concurrent: 300, inFlight: 32 },
  idle: { actors: 100_000, warmUp: 70_000, busyBatches: 20 },
}

export const QUICK: Sizes = {
  runs: 1,
  commands: { actors: 200, warmUp: 500, commands: 2_000, slices: 2, inFlight: 256 },
  http: { actors: 200, connections: 16, warmUpSeconds: 0.2, seconds: 0.5, openRatePerSecond: 500 },
  orders: { vnfcs: 10, warmUp: 2, alone: 2, concurrent: 6, inFlight: 4 },
  idle: { actors: 1_000, warmUp: 500, busyBatches: 3 },
}
