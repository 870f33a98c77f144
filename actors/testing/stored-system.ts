/** What a node that isn't running has stored: a moment in which nothing moves, so that things can be held side by side. */
import { join } from 'node:path'
import { LIVE_PARTITIONS, LIVE_TOPIC } from '../live.ts'
import { createDefinitions } from '../definitions.ts'
import { DRIVER_REQUESTS_TOPIC } from '../../drivers/protocol.ts'
import { openEmbedded } from '../../persistence/embedded.ts'
import type { EntityView } from '../../runtime/client.ts'
import type { Store } from '../../runtime/ports.ts'
import { StoreQueries } from '../../runtime/queries.ts'
import { placementOf } from '../../runtime/shard-of.ts'

export interface StoredSystem {
  readonly store: Store
  readonly queries: StoreQueries
  /** All entities of a kind that are in lists, found by one of their fields. */
  all<State>(kind: string, field: string, equals?: string): Promise<readonly EntityView<State>[]>
}

const ENTITIES_MAX = 100_000

/** Opens the data folder, lets `look` see it, and gives it back. */
export const whileStopped = async <Value>(
  folder: string,
  shards: number,
  look: (system: StoredSystem) => Promise<Value>,
): Promise<Value> => {
  const embedded = await openEmbedded({ path: join(folder, 'homeostat.sqlite') })
  try {
    const { store } = embedded
    const definitions = new Map(createDefinitions().map((definition) => [definition.kind, definition]))
    const topics = new Map([
      [DRIVER_REQUESTS_TOPIC, 1],
      [LIVE_TOPIC, LIVE_PARTITIONS],
    ])
    const queries = new StoreQueries(store, definitions, placementOf(definitions, shards, topics))
    return await look({
      store,
      queries,
      all: async <State>(kind: string, field: string, equals?: string) => {
        const rows = await store.list({
          kind,
          field,
          limit: ENTITIES_MAX,
          ...(equals === undefined ? {} : { equals }),
        })
        const views = await queries.entities<State>(rows.map(({ id }) => ({ kind, id })))
        return views.filter((view) => view !== undefined)
      },
    })
  } finally {
    await embedded.close()
  }
}
