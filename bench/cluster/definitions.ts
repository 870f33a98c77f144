/** The entities that nodes of the bench serve beside the product's own. */
import { z } from 'zod'
import { type AnyEntityDefinition, defineEntity, type EntityRef } from '../../runtime/entity.ts'
import { type CounterCommand, counterOf } from '../../runtime/testing/counter.ts'
import { shardProbeDefinition } from '../../runtime/testing/probe-entity.ts'
import { COUNTER } from '../ledger.ts'

export const spreaderRef = (id: string): EntityRef => ({ kind: 'bench-spreader', id })

interface SpreadCommand {
  readonly type: 'spread'
  readonly counters: string[]
}

export const spreadTo = (counters: readonly string[]): SpreadCommand => ({ type: 'spread', counters: [...counters] })

const addOne: CounterCommand = { type: 'add', amount: 1 }

/** Tells many counters to add one, with one event of its own. */
const spreader = defineEntity({
  kind: 'bench-spreader',
  version: 1,
  command: z.object({ type: z.literal('spread'), counters: z.array(z.string()).max(1_000) }),
  event: z.object({ type: z.literal('spread'), counters: z.array(z.string()) }),
  state: z.object({ times: z.number() }),
  initial: () => ({ times: 0 }),
  decide: (state, { counters }) => ({ events: [{ type: 'spread' as const, counters }], reply: state.times + 1 }),
  evolve: ({ times }) => ({ times: times + 1 }),
  react: (_state, { counters }) =>
    counters.map((id) => ({ type: 'tell' as const, to: { kind: COUNTER, id }, message: addOne })),
  limits: { snapshotEveryEvents: 16, historyEventsMax: 16 },
})

export const benchDefinitions: readonly AnyEntityDefinition[] = [
  counterOf(COUNTER, { listed: false }),
  shardProbeDefinition,
  spreader,
]
