/** What nodes that don't run have stored: a moment in which nothing moves, so that things can be held side by side. */
import { join } from 'node:path'
import { LIVE_PARTITIONS, LIVE_TOPIC } from '../live.ts'
import { createDefinitions } from '../definitions.ts'
import { DRIVER_REQUESTS_TOPIC } from '../../drivers/protocol.ts'
import { openEmbedded } from '../../persistence/embedded.ts'
import { connectRedis } from '../../persistence/redis-connection.ts'
import { openRedisStore } from '../../persistence/redis-store.ts'
import type { EntityView } from '../../runtime/client.ts'
import type { Store } from '../../runtime/ports.ts'
import { PROTOCOL_NEWEST } from '../../runtime/protocol.ts'
import { StoreQueries } from '../../runtime/queries.ts'
import { placementOf } from '../../runtime/shard-of.ts'

export interface StoredSystem {
  readonly store: Store
  readonly queries: StoreQueries
  /** All entities of a kind that are in lists, found by one of their fields. */
  all<State>(kind: string, field: string, equals?: string): Promise<readonly EntityView<State>[]>
}

const ENTITIES_MAX = 100_000

/** Opens the data folder of a node on its own, lets `look` see it, and gives it back. */
export const whileStopped = async <Value>(
  folder: string,
  shards: number,
  look: (system: StoredSystem) => Promise<Value>,
): Promise<Value> => {
  const embedded = await openEmbedded({ path: join(folder, 'homeostat.sqlite') })
  try {
    return await look(storedSystem(embedded.store, shards))
  } finally {
    await embedded.close()
  }
}

/** The same for a cluster whose nodes are all stopped. `system`: its name. */
export const whileClusterStopped = async <Value>(
  { redisUrl, system, shards }: { readonly redisUrl: string; readonly system: string; readonly shards: number },
  look: (system: StoredSystem) => Promise<Value>,
): Promise<Value> => {
  const connection = connectRedis({ url: redisUrl })
  try {
    const store = await openRedisStore({ connection, prefix: system })
    await store.setUp({ shards, protocol: PROTOCOL_NEWEST })
    return await look(storedSystem(store, shards))
  } finally {
    await connection.close()
  }
}

const storedSystem = (store: Store, shards: number): StoredSystem => {
  const definitions = new Map(createDefinitions().map((definition) => [definition.kind, definition]))
  const topics = new Map([
    [DRIVER_REQUESTS_TOPIC, 1],
    [LIVE_TOPIC, LIVE_PARTITIONS],
  ])
  const queries = new StoreQueries(store, definitions, placementOf(definitions, shards, topics))
  return {
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
  }
}
