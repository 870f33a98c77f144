/** Flips coins in every shard, and asks them in the end whether all of their decisions belong together. */
import type { RuntimeClient } from '../../runtime/client.ts'
import type { EntityRef } from '../../runtime/entity.ts'
import type { Node } from '../../runtime/node.ts'
import { coin, type CoinState } from './coin.ts'
import type { Lull } from './lull.ts'

export interface CoinClients {
  readonly flipped: number
  next(): Promise<void>
  /** Every coin at once, lull or not. */
  flipAll(): Promise<void>
  violations(): Promise<readonly string[]>
}

export interface CoinClientsOptions {
  readonly client: RuntimeClient & Pick<Node, 'queries'>
  readonly lull: Lull
  readonly random: () => number
  readonly shards: number
  readonly deadlineMs: number
}

const COINS_PER_SHARD = 2

export const coinClients = ({ client, lull, random, shards, deadlineMs }: CoinClientsOptions): CoinClients => {
  const coins = Array.from({ length: shards * COINS_PER_SHARD }, (_, index) =>
    coin(index % shards, Math.floor(index / shards)),
  )
  let flipped = 0
  // Whether a flip is lost is what registers and counters show; here only what is stored counts.
  const flip = (to: EntityRef): Promise<void> =>
    client.ask(to, { type: 'flip' }, { sender: 'chaos', deadlineMs }).then(
      () => void flipped++,
      () => undefined,
    )
  return {
    get flipped() {
      return flipped
    },
    next: () => lull.during(() => flip(coins[Math.floor(random() * coins.length)] as EntityRef)),
    flipAll: async () => {
      await Promise.all(coins.map(flip))
    },
    violations: async () => {
      const views = await client.queries.entities<CoinState>(coins)
      return views.flatMap((view, index) =>
        (view?.state.broken ?? []).map((text) => `coin ${coins[index]?.id}: ${text}`),
      )
    },
  }
}
