/** A node without shards in this process: what the bench asks commands and queries with; and one that serves, for what is measured from within. */
import { randomBytes } from 'node:crypto'
import { createDefinitions } from '../../actors/definitions.ts'
import type { RuntimeConfig } from '../../runtime/config.ts'
import { errorText } from '../../runtime/fault.ts'
import { Node } from '../../runtime/node.ts'
import type { Log, Store } from '../../runtime/ports.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { until } from '../../runtime/testing/until.ts'
import { clusterBacking } from '../../system/cluster-backing.ts'
import { readEnvironment } from '../../system/environment.ts'
import { ownTopics } from '../../system/topics.ts'
import { benchDefinitions } from './definitions.ts'

export interface BenchClient {
  readonly node: Node
  readonly store: Store
  readonly log: Log
  close(): Promise<void>
}

export interface ClientOptions {
  readonly environment: Readonly<Record<string, string>>
  /** It takes part in serving the shards. Default: no. */
  readonly serves?: boolean
  readonly config?: Partial<RuntimeConfig>
  /** Puts something between the runtime and its store. */
  readonly between?: (store: Store) => Store
}

const READY_DEADLINE_MS = 60_000

const report = (text: string, error?: unknown): void => {
  console.error(`[bench] ${text}${error === undefined ? '' : `: ${errorText(error)}`}`)
}

export const openClient = async ({
  environment,
  serves = false,
  config = {},
  between = (store) => store,
}: ClientOptions): Promise<BenchClient> => {
  const roles = serves ? 'worker' : 'gateway'
  const settings = readEnvironment({ ...environment, HOMEOSTAT_NODE: 'bench-client', HOMEOSTAT_ROLES: roles })
  const backing = await clusterBacking({
    settings,
    clock: systemClock,
    // Trouble with servers that are being killed or are gone is expected, and what it costs is measured.
    report: () => undefined,
    sharedTopics: new Set(),
  })
  try {
    const store = between(backing.store)
    const node = new Node({
      incarnation: randomBytes(9).toString('base64url'),
      clock: systemClock,
      log: backing.log,
      store,
      replies: backing.replies,
      definitions: [...createDefinitions(settings.actors), ...benchDefinitions],
      topics: ownTopics(backing, settings),
      serves,
      config: { ...backing.runtime, ...config },
      onFault: report,
    })
    await node.start()
    await until(() => node.isReady && (!serves || node.shards.length > 0), READY_DEADLINE_MS)
    return {
      node,
      store,
      log: backing.log,
      close: async () => {
        await node.stop()
        await backing.close()
      },
    }
  } catch (error) {
    await backing.close()
    throw error
  }
}
