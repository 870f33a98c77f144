/** The run's own client: a node without shards, which no fault befalls, beside the store for looking at what is kept. */
import { randomBytes } from 'node:crypto'
import { createDefinitions } from '../../actors/definitions.ts'
import { LIVE_PARTITIONS, LIVE_TOPIC } from '../../actors/live.ts'
import type { StoredSystem } from '../../actors/testing/stored-system.ts'
import { DRIVER_REQUESTS_TOPIC } from '../../drivers/protocol.ts'
import type { EntityView } from '../../runtime/client.ts'
import { Node } from '../../runtime/node.ts'
import type { Store } from '../../runtime/ports.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { clusterBacking } from '../../system/cluster-backing.ts'
import { readEnvironment } from '../../system/environment.ts'
import { chaosDefinitions } from './definitions.ts'

export interface ClientNode {
  readonly node: Node
  readonly store: Store
  readonly stored: StoredSystem
  close(): Promise<void>
}

const ENTITIES_MAX = 100_000

export const openClient = async (
  environment: Readonly<Record<string, string>>,
  report: (text: string, error?: unknown) => void,
): Promise<ClientNode> => {
  const settings = readEnvironment({ ...environment, HOMEOSTAT_NODE: 'chaos-client', HOMEOSTAT_ROLES: 'gateway' })
  const backing = await clusterBacking({ settings, clock: systemClock, report, sharedTopics: new Set() })
  const node = new Node({
    incarnation: randomBytes(9).toString('base64url'),
    clock: systemClock,
    log: backing.log,
    store: backing.store,
    replies: backing.replies,
    definitions: [...createDefinitions(settings.actors), ...chaosDefinitions],
    topics: { [DRIVER_REQUESTS_TOPIC]: backing.driverRequestPartitions, [LIVE_TOPIC]: LIVE_PARTITIONS },
    serves: false,
    config: backing.runtime,
    onFault: (where, error) => report(where, error),
  })
  await node.start()
  const { store } = backing
  const { queries } = node
  return {
    node,
    store,
    stored: {
      store,
      queries,
      all: async <State>(kind: string, field: string, equals?: string): Promise<readonly EntityView<State>[]> => {
        const rows = await store.list({ kind, field, limit: ENTITIES_MAX, ...(equals === undefined ? {} : { equals }) })
        const views = await queries.entities<State>(rows.map(({ id }) => ({ kind, id })))
        return views.filter((view) => view !== undefined)
      },
    },
    close: async () => {
      await node.stop()
      await backing.close()
    },
  }
}
