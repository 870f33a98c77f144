/**
 * A coin rolls what no context gives, against the rules of entities: handled again, a command comes out differently. So
 * every event can say which history it was decided on, and a decision of an owner that had been replaced shows for good.
 * It says nothing to anybody, so a shard in which only coins are flipped is at rest at once.
 */
import { z } from 'zod'
import { defineEntity, type EntityRef } from '../../runtime/entity.ts'

const command = z.object({ type: z.literal('flip') })
const event = z.object({ type: z.literal('flipped'), on: z.number(), at: z.number(), value: z.number() })
const state = z.object({
  /** Follows from all values so far. */
  chain: z.number(),
  flips: z.number(),
  broken: z.array(z.string()),
})
export type CoinState = z.infer<typeof state>

/** One is enough to fail a run. */
const BROKEN_MAX = 5

/** `number`: several live in each shard. */
export const coin = (shard: number, number: number): EntityRef => ({ kind: 'chaos-coin', id: `${shard}-${number}` })

export const coinDefinition = defineEntity<CoinState, z.infer<typeof command>, z.infer<typeof event>>({
  kind: 'chaos-coin',
  version: 1,
  command,
  event,
  state,
  initial: () => ({ chain: 0, flips: 0, broken: [] }),
  decide: ({ chain, flips }) => {
    const value = Math.floor(Math.random() * 1e9)
    return { events: [{ type: 'flipped', on: chain, at: flips + 1, value }], reply: value }
  },
  evolve: ({ chain, flips, broken }, { on, at, value }) => ({
    chain: (Math.imul(chain, 31) + value + 7) | 0,
    flips: flips + 1,
    broken:
      on === chain && at === flips + 1
        ? broken
        : [
            ...broken,
            `flip ${at} was decided on another history (${on}) than the one it stands in (${chain}, ${flips} flips)`,
          ].slice(0, BROKEN_MAX),
  }),
  react: () => [],
  placement: (id) => Number(id.split('-')[0]),
  limits: { snapshotEveryEvents: 16, historyEventsMax: 64 },
})
