/** Three nodes as processes, over the Redis and the Kafka that all tests share, with a system of their own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../scripts/servers/free-port.ts'
import { servers, uniqueSystem } from '../../scripts/servers/for-tests.ts'
import { LocalCluster, type LocalClusterOptions } from '../local-cluster.ts'

export const THREE_NODES = ['node-1', 'node-2', 'node-3'] as const
/** As a cluster has them if nobody says otherwise. */
export const CLUSTER_SHARDS = 16
/** The registry hears of shards with heartbeats: there is no hurry. */
const LOOK_EVERY_MS = 100

export type TestClusterOptions = Partial<
  Pick<LocalClusterOptions, 'nodes' | 'environment' | 'environmentOf' | 'firstPort' | 'system'>
>

export interface NodeSeen {
  readonly node: string
  readonly state: string
  readonly pid: number
  readonly roles: readonly { readonly service: string; readonly state: string }[]
  readonly shards: readonly number[]
}

export interface TestCluster {
  readonly cluster: LocalCluster
  readonly folder: string
  /** To a gateway, the next one with each call: any of them can take any request. */
  readonly url: () => string
  /** As the registry shows them. */
  nodes(): Promise<readonly NodeSeen[]>
  /** Resolves when all nodes are ready and all shards are served, each by one node and each node its part. */
  settled(deadlineMs?: number): Promise<readonly NodeSeen[]>
  close(): Promise<void>
}

export const startTestCluster = async (options: TestClusterOptions = {}): Promise<TestCluster> => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-cluster-'))
  const system = options.system ?? uniqueSystem()
  const cluster = await LocalCluster.start({
    ...servers(),
    system,
    folder,
    nodes: THREE_NODES,
    // Its own, so that it is where the nodes look for it when it was started again.
    simulatorPort: await freePort(),
    // Other systems use the same Kafka.
    eventsTopic: `${system}-driver-events`,
    ...options,
    environment: {
      // Where Node keeps compiled code by its own custom: each start after the first takes half the time.
      NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
      ...options.environment,
    },
  }).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true })
    throw error
  })
  let turn = 0
  const url = (): string => {
    const { urls } = cluster
    const one = urls[turn++ % urls.length]
    if (one === undefined) throw new Error('no node of the cluster runs')
    return one
  }
  const nodes = async (): Promise<readonly NodeSeen[]> => {
    const response = await fetch(`${url()}/api/runtime/nodes`)
    return response.ok ? ((await response.json()) as readonly NodeSeen[]) : []
  }
  return {
    cluster,
    folder,
    url,
    nodes,
    settled: async (deadlineMs = 60_000) => {
      const endMs = Date.now() + deadlineMs
      for (;;) {
        const seen = await nodes().catch(() => [])
        const pids = new Set([...cluster.nodes.values()].map(({ pid }) => pid))
        if (isSettled(seen, pids)) return seen
        if (Date.now() > endMs) throw new Error(`not settled within ${deadlineMs} ms: ${JSON.stringify(seen)}`)
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
      }
    },
    close: async () => {
      await cluster.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Each shard exactly once, and as many on each node as on the others (or one more). All nodes are workers here. */
const isSettled = (seen: readonly NodeSeen[], pids: ReadonlySet<number | undefined>): boolean => {
  const nodes = seen.filter(({ state, pid }) => state === 'Ready' && pids.has(pid))
  const served = nodes.flatMap(({ shards }) => shards)
  return (
    nodes.length === pids.size &&
    served.length === CLUSTER_SHARDS &&
    new Set(served).size === CLUSTER_SHARDS &&
    nodes.every(({ shards }) => shards.length >= Math.floor(CLUSTER_SHARDS / pids.size))
  )
}
