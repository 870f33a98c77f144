/** A Redis of a test's own, which it may kill, freeze and start again; and a cluster of three of them. */
import { spawn, execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from '../../runtime/testing/until.ts'

const run = promisify(execFile)

/** As this system wants a Redis to be. */
const SETTINGS = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--save', '']

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** In cluster mode a node also listens on its port + 10,000, so that must be a port, too. */
const freeClusterPort = async (): Promise<number> => {
  for (;;) {
    const port = await freePort()
    if (port < 55_000) return port
  }
}

export interface TestRedis {
  readonly port: number
  readonly url: string
  cli(...args: readonly string[]): Promise<string>
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  /** After `kill`: from what is on disk. */
  start(): Promise<void>
  /** Ends the process; resolves when it is gone. */
  kill(): Promise<void>
  dispose(): Promise<void>
}

export const startTestRedis = async (
  settings: readonly string[] = SETTINGS,
  portOf: () => Promise<number> = freePort,
): Promise<TestRedis> => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-redis-'))
  const port = await portOf()
  const at = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--loglevel', 'warning']
  let child: ReturnType<typeof spawn> | undefined
  const cli = async (...args: readonly string[]): Promise<string> =>
    (await run('redis-cli', ['-h', '127.0.0.1', '-p', String(port), ...args])).stdout.trim()
  const start = async (): Promise<void> => {
    child = spawn('redis-server', [...at, ...settings], { stdio: 'ignore' })
    await until(async () => (await cli('ping').catch(() => '')) === 'PONG')
  }
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    cli,
    start,
    kill,
    signal: (signal) => void child?.kill(signal),
    dispose: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const MASTERS = 3

export interface TestRedisCluster {
  readonly nodes: readonly TestRedis[]
  readonly url: string
  dispose(): Promise<void>
}

export const startTestRedisCluster = async (): Promise<TestRedisCluster> => {
  const settings = [...SETTINGS, '--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']
  const nodes: TestRedis[] = []
  for (let index = 0; index < MASTERS; index++) nodes.push(await startTestRedis(settings, freeClusterPort))
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-replicas', '0', '--cluster-yes'])
  const isFormed = async (node: TestRedis): Promise<boolean> =>
    (await node.cli('cluster', 'info')).includes('cluster_state:ok') &&
    (await node.cli('cluster', 'nodes')).split('\n').length === MASTERS
  for (const node of nodes) await until(() => isFormed(node), 20_000)
  return {
    nodes,
    url: nodes.map(({ url }) => url).join(','),
    dispose: async () => void (await Promise.all(nodes.map((node) => node.dispose()))),
  }
}
