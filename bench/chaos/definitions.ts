/** The entities that nodes of the chaos run serve beside the product's own, and the clients speak to. */
import { z } from 'zod'
import { type AnyEntityDefinition, defineEntity, type EntityRef } from '../../runtime/entity.ts'
import { workloadDefinitions } from '../../runtime/simulation/workload.ts'
import { counterOf } from '../../runtime/testing/counter.ts'
import { coinDefinition } from './coin.ts'
import { registerDefinition } from './register.ts'

const COUNTER_KIND = 'chaos-counter'
export const counter = (id: string): EntityRef => ({ kind: COUNTER_KIND, id })

/** One per shard: whoever is answered by it is served by that shard. It stores nothing but that it was asked. */
export const probe = (shard: number): EntityRef => ({ kind: 'chaos-probe', id: String(shard) })

const probeDefinition = defineEntity({
  kind: 'chaos-probe',
  version: 1,
  command: z.object({ type: z.literal('probe') }),
  event: z.object({ type: z.literal('none') }),
  state: z.object({}),
  initial: () => ({}),
  decide: () => ({ events: [], reply: true }),
  evolve: (state) => state,
  react: () => [],
  placement: Number,
})

/** The simulator's entities and the coins notice broken promises in their own state. */
export const chaosDefinitions: readonly AnyEntityDefinition[] = [
  registerDefinition,
  counterOf(COUNTER_KIND, { listed: false }),
  probeDefinition,
  coinDefinition,
  ...workloadDefinitions(Math.random),
]
