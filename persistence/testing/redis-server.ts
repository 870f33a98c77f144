/** A Redis of a test's own, which it may kill, freeze and start again; and a cluster of three of them. */
import { Redis } from 'ioredis'
import { until } from '../../runtime/testing/until.ts'
import { startRedis } from '../../scripts/servers/own-for-tests.ts'

export interface TestRedis {
  readonly port: number
  readonly url: string
  /** One command over a connection of its own; a list comes as lines. */
  cli(...args: readonly string[]): Promise<string>
  signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void>
  /** Ends the process; resolves when it is gone. */
  kill(): Promise<void>
  /** After `kill`: from what is on disk. */
  start(): Promise<void>
  dispose(): Promise<void>
}

/** `settings`: over those that this system asks for. */
export const startTestRedis = async (settings: Readonly<Record<string, string>> = {}): Promise<TestRedis> => {
  const server = await startRedis({ settings })
  const cli = async (...[command = '', ...args]: readonly string[]): Promise<string> => {
    const client = new Redis({ port: server.port, protocol: 2, lazyConnect: true, retryStrategy: null })
    client.on('error', () => undefined)
    try {
      const answer = await client.call(command, ...args)
      return Array.isArray(answer) ? answer.join('\n') : String(answer)
    } finally {
      client.disconnect()
    }
  }
  return {
    port: server.port,
    url: server.url,
    cli,
    signal: (signal) => server.kill(signal),
    kill: () => server.kill(),
    start: () => server.restart(),
    dispose: () => server.stop(),
  }
}

const SLOTS = 16_384
const MASTERS = 3

export interface TestRedisCluster {
  readonly nodes: readonly TestRedis[]
  readonly url: string
  dispose(): Promise<void>
}

/** Made of commands to the nodes, as `redis-cli --cluster create` does: that program may not be here. */
export const startTestRedisCluster = async (): Promise<TestRedisCluster> => {
  const settings = { 'cluster-enabled': 'yes', 'cluster-node-timeout': '2000' }
  const nodes: TestRedis[] = []
  while (nodes.length < MASTERS) {
    const node = await startTestRedis(settings).catch((error: unknown) => {
      // A node also listens on its port + 10,000, which may be none or be taken: another try, another port.
      if (nodes.length > 0 || String(error).includes('port')) return undefined
      throw error
    })
    if (node !== undefined) nodes.push(node)
  }
  const [first] = nodes
  for (const [index, node] of nodes.entries()) {
    const [from, to] = [index, index + 1].map((share) => Math.floor((share * SLOTS) / MASTERS))
    await node.cli('cluster', 'addslotsrange', String(from), String((to ?? 0) - 1))
    await node.cli('cluster', 'set-config-epoch', String(index + 1))
    if (node !== first) await node.cli('cluster', 'meet', '127.0.0.1', String(first?.port))
  }
  const isFormed = async (node: TestRedis): Promise<boolean> =>
    (await node.cli('cluster', 'info')).includes('cluster_state:ok') &&
    (await node.cli('cluster', 'nodes')).trim().split('\n').length === MASTERS
  for (const node of nodes) await until(() => isFormed(node), 20_000)
  return {
    nodes,
    url: nodes.map(({ url }) => url).join(','),
    dispose: async () => void (await Promise.all(nodes.map((node) => node.dispose()))),
  }
}
