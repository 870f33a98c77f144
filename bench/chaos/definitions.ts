/** The entities that nodes of the chaos run serve beside the product's own, and the clients speak to. */
import type { AnyEntityDefinition, EntityRef } from '../../runtime/entity.ts'
import { workloadDefinitions } from '../../runtime/simulation/workload.ts'
import { counterOf } from '../../runtime/testing/counter.ts'
import { shardProbeDefinition } from '../../runtime/testing/probe-entity.ts'
import { coinDefinition } from './coin.ts'
import { registerDefinition } from './register.ts'

const COUNTER_KIND = 'chaos-counter'
export const counter = (id: string): EntityRef => ({ kind: COUNTER_KIND, id })

/** The simulator's entities and the coins notice broken promises in their own state. */
export const chaosDefinitions: readonly AnyEntityDefinition[] = [
  registerDefinition,
  counterOf(COUNTER_KIND, { listed: false }),
  shardProbeDefinition,
  coinDefinition,
  ...workloadDefinitions(Math.random),
]
