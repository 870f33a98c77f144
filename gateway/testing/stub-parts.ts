/** A gateway's parts that answer nothing, for tests of the edge itself; each test replaces what it needs. */
import { readGatewayConfig, type GatewayConfig } from '../config.ts'
import type { GatewayParts } from '../parts.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { RuntimeFault } from '../../runtime/fault.ts'
import { seeded } from '../../runtime/testing/manual-clock.ts'
import { MemoryBroker } from '../../runtime/transport/memory-log.ts'

export interface StubOptions extends Omit<Partial<GatewayParts>, 'config' | 'queries' | 'client'> {
  readonly config?: Partial<GatewayConfig>
  readonly queries?: Partial<GatewayParts['queries']>
  readonly client?: Partial<GatewayParts['client']>
}

export const stubParts = ({ config, queries, client, ...others }: StubOptions = {}): GatewayParts => ({
  clock: systemClock,
  log: new MemoryBroker({ clock: systemClock, random: seeded(1) }).client(),
  deadLetters: { replay: async () => false, discard: async () => false },
  ...others,
  config: { ...readGatewayConfig({}), ...config },
  client: {
    ask: async () => {
      throw new RuntimeFault('closed', 'nobody is there')
    },
    tell: async () => undefined,
    ...client,
  },
  queries: {
    kinds: new Map(),
    entity: async () => undefined,
    entities: async (refs) => refs.map(() => undefined),
    fields: async (refs) => refs.map(() => undefined),
    list: async () => [],
    history: async () => [],
    waiting: async () => undefined,
    deadLetters: async () => [],
    deadLetter: async () => undefined,
    counts: async () => ({ entities: {}, deadLetters: 0, timers: 0, outbox: 0 }),
    ...queries,
  },
})
