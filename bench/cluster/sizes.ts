/** How large each measurement is: for figures, and for a smoke run that only shows that nothing is lost. */
import type { CeilingsSize } from './ceilings.ts'
import type { CommandsSize, Knob } from './commands.ts'
import type { CrowdedSize } from './crowded-node.ts'
import type { GrowthSize } from './growth-step.ts'
import type { HttpSize } from './http.ts'
import type { OrdersSize } from './orders.ts'
import type { SpreadSize } from './spread.ts'
import type { TakeoverSize } from './takeover.ts'

export interface Sizes {
  readonly ceilings: CeilingsSize
  readonly commands: CommandsSize
  readonly http: HttpSize
  readonly orders: OrdersSize
  readonly spread: SpreadSize
  readonly takeover: TakeoverSize
  readonly 'crowded-node': CrowdedSize
  readonly growth: GrowthSize
}

/** As a cluster has them if nobody says otherwise. */
const SHARDS = 16
/** The brokers' least, and the default. */
const SESSION_TIMEOUT_MS = 6_000

const KNOBS: readonly Knob[] = [
  { name: 'as it is: 16 shards, 256 records in a batch, 500 in an append', shards: 16, config: {} },
  { name: '8 shards', shards: 8, config: {} },
  { name: '4 shards', shards: 4, config: {} },
  { name: '16 shards, 64 records in a batch', shards: 16, config: { batchRecordsMax: 64 } },
  { name: '16 shards, 1,024 records in a batch', shards: 16, config: { batchRecordsMax: 1_024 } },
  { name: '16 shards, 2,000 in an append', shards: 16, config: { sendBatchMax: 2_000 } },
  { name: '16 shards, 8,000 in an append', shards: 16, config: { sendBatchMax: 8_000 } },
  { name: '4 shards, 2,000 in an append', shards: 4, config: { sendBatchMax: 2_000 } },
]

const HTTP_KNOBS: HttpSize['knobs'] = [4, 8, 16].map((shards) => ({ name: `${shards} shards`, shards, config: {} }))

export const FULL: Sizes = {
  ceilings: {
    runs: 3,
    shards: SHARDS,
    actors: 10_000,
    batches: [1, 4, 16, 64, 256],
    commands: (batch) => (batch < 4 ? 10_000 : batch < 16 ? 20_000 : 60_000),
    records: 200_000,
  },
  commands: {
    shards: SHARDS,
    actors: 10_000,
    warmUp: 40_000,
    commands: 60_000,
    slices: 7,
    inFlight: 4_096,
    knobs: KNOBS,
  },
  http: {
    shards: SHARDS,
    actors: 10_000,
    connections: 64,
    warmUpSeconds: 4,
    seconds: 4,
    runs: 5,
    openShares: [0.5, 0.8],
    knobs: HTTP_KNOBS,
  },
  orders: { shards: SHARDS, vnfcs: 10, warmUp: 30, alone: 10, concurrent: 100, inFlight: 16, runs: 3 },
  spread: {
    shards: SHARDS,
    receivers: 100,
    runs: 5,
    alone: 40,
    spreads: 200,
    inFlight: 16,
    hotCommands: 20_000,
    hotInFlight: 1_024,
  },
  takeover: { nodes: 3, shards: SHARDS, sessionTimeoutMs: SESSION_TIMEOUT_MS, actors: 1_000, perSecond: 500, runs: 3 },
  'crowded-node': { shards: SHARDS, sessionTimeoutMs: SESSION_TIMEOUT_MS, resources: 200_000, samples: 500 },
  growth: {
    shards: SHARDS,
    nodes: 2,
    actors: [1_000, 10_000, 100_000, 1_000_000],
    idleSeconds: 10,
    idleSecondsLast: 30,
    perSecond: 500,
    warmUpSeconds: 4,
    seconds: 15,
    samples: 500,
  },
}

export const SMALL: Sizes = {
  ceilings: { runs: 1, shards: 4, actors: 100, batches: [1, 64], commands: () => 600, records: 3_000 },
  commands: { shards: 4, actors: 100, warmUp: 300, commands: 800, slices: 2, inFlight: 256, knobs: [] },
  http: {
    shards: 4,
    actors: 50,
    connections: 8,
    warmUpSeconds: 0.2,
    seconds: 0.4,
    runs: 1,
    openShares: [0.5],
    knobs: [],
  },
  orders: { shards: 4, vnfcs: 10, warmUp: 1, alone: 1, concurrent: 2, inFlight: 2, runs: 1 },
  spread: {
    shards: 4,
    receivers: 20,
    runs: 1,
    alone: 2,
    spreads: 6,
    inFlight: 4,
    hotCommands: 200,
    hotInFlight: 64,
  },
  takeover: { nodes: 2, shards: 4, sessionTimeoutMs: SESSION_TIMEOUT_MS, actors: 20, perSecond: 20, runs: 1 },
  'crowded-node': { shards: 6, sessionTimeoutMs: SESSION_TIMEOUT_MS, resources: 100, samples: 20 },
  growth: {
    shards: 4,
    nodes: 1,
    actors: [200],
    idleSeconds: 0.3,
    idleSecondsLast: 0.5,
    perSecond: 50,
    warmUpSeconds: 0.2,
    seconds: 0.5,
    samples: 20,
  },
}
