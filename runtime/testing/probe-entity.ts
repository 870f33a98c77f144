/** An entity per shard, to find out whether the shard is served: it stores nothing but that it was asked. */
import { z } from 'zod'
import { defineEntity, type EntityRef } from '../entity.ts'

const KIND = 'shard-probe'

/** Whoever is answered by it is served by that shard. */
export const shardProbe = (shard: number): EntityRef => ({ kind: KIND, id: String(shard) })

export const shardProbeDefinition = defineEntity({
  kind: KIND,
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
