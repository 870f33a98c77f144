/** Orders over all gateways of a cluster whose nodes are killed with `kill -9`, one or two at a time. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Killable, killRun, pass } from '../actors/testing/kill-run.ts'
import { whileClusterStopped } from '../actors/testing/stored-system.ts'
import { until } from '../runtime/testing/until.ts'
import { servers } from '../scripts/servers/for-tests.ts'
import type { NodeProcess } from './node-process.ts'
import { servedAfterMs } from './testing/shard-probe.ts'
import { CLUSTER_SHARDS, startTestCluster, type TestCluster } from './testing/test-cluster.ts'

/** `HOMEOSTAT_TEST_CLUSTER_KILLS=500` for a long run; about 5 s each. */
const KILLS = Number(process.env['HOMEOSTAT_TEST_CLUSTER_KILLS'] ?? 15)
const SEED = Number(process.env['HOMEOSTAT_TEST_SEED'] ?? Date.now() % 1_000_000)
/** Each so many kills everything may settle and orders go on; then it is measured how long all shards take to be served again. */
const MEASURED_EVERY = 5
const ORDERS_BETWEEN = 10
/** When half of the kills are done, the simulated infrastructure is killed, too, and away for so long. */
const SIMULATOR_AWAY_MS = 1_500
/** Between two kills otherwise, at most. */
const PAUSE_MAX_MS = 2_500
const SESSION_TIMEOUT_MS = 6_000
/** What the others may take to find out and take over. */
const TAKEOVER_MS = 2_000
/** Nodes, servers and other tests share few cores. */
const BUSY_MS = 6_000

let cluster: TestCluster

beforeAll(async () => {
  cluster = await startTestCluster({
    environment: {
      HOMEOSTAT_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
      HOMEOSTAT_DRIVER_TIMEOUT_MS: '2000',
      // One whose nodes are killed again and again before they get to it must not run out of tries.
      HOMEOSTAT_DRIVER_SENDS_MAX: '1000',
      HOMEOSTAT_DRIVER_BACKOFF_MS: '20',
      HOMEOSTAT_POLICY_QUIET_MS: '100',
    },
  })
}, 120_000)
afterAll(() => cluster.close(), 60_000)

const pick = <Value>(values: readonly Value[], random: () => number): Value | undefined =>
  values[Math.floor(random() * values.length)]

const killableCluster = (): Killable => {
  const { nodes, simulator, infrastructureFile, system } = cluster.cluster
  const takeoversMs: number[] = []
  const url = (): string | undefined => (cluster.cluster.urls.length === 0 ? undefined : cluster.url())

  const measured = async (random: () => number, ended: () => number): Promise<void> => {
    await cluster.settled()
    const before = ended()
    await until(() => ended() >= before + ORDERS_BETWEEN, 60_000)
    const victim = pick([...nodes.values()], random)
    await victim?.kill()
    takeoversMs.push(await servedAfterMs(url, CLUSTER_SHARDS))
    victim?.spawn()
  }
  /** At least one other is up; those that are still starting may be hit, too. */
  const unmeasured = async (random: () => number): Promise<void> => {
    await pass(random() * PAUSE_MAX_MS)
    const mayDie = (node: NodeProcess): boolean =>
      [...nodes.values()].some((other) => other !== node && other.url !== undefined)
    const victim = pick([...nodes.values()].filter(mayDie), random)
    await victim?.kill()
    // Not always at once: the group then goes on without it for a while.
    if (random() < 0.3) await pass(random() * PAUSE_MAX_MS)
    victim?.spawn()
  }
  return {
    url,
    infrastructure: infrastructureFile,
    onboarded: () => Promise.resolve(),
    kill: async ({ number, random, ended }) => {
      await (number % MEASURED_EVERY === 0 ? measured(random, ended) : unmeasured(random))
      for (const node of nodes.values()) node.assertRunning()
      if (number !== Math.ceil(KILLS / 2)) return
      await simulator.kill()
      await pass(SIMULATOR_AWAY_MS)
      simulator.spawn()
      await simulator.up()
    },
    up: async () => {
      await Promise.all([...nodes.values()].map((node) => node.up()))
      await cluster.settled()
    },
    stop: async () => {
      for (const node of nodes.values()) expect(await node.stop(), node.output).toBe(0)
      expect(await simulator.stop(), simulator.output).toBe(0)
    },
    stored: (look) =>
      whileClusterStopped({ redisUrl: servers().redisUrl, system, shards: CLUSTER_SHARDS }, look).then((value) => {
        for (const tookMs of takeoversMs) expect(tookMs).toBeLessThan(SESSION_TIMEOUT_MS + TAKEOVER_MS + BUSY_MS)
        return value
      }),
    summary: () =>
      `all shards served again after ${takeoversMs.map((ms) => (ms / 1000).toFixed(1)).join(', ')} s ` +
      `(a session counts as lost after ${SESSION_TIMEOUT_MS / 1000} s)`,
  }
}

test(
  `a cluster whose nodes are killed ${KILLS} times (seed ${SEED}) loses no order, does nothing twice and leaves nothing stuck`,
  async () => {
    await cluster.settled()
    const { completed, accepted, unanswered } = await killRun(killableCluster(), { kills: KILLS, seed: SEED })
    // Otherwise the test would have shown nothing.
    expect(accepted).toBeGreaterThan(2 * KILLS)
    expect(completed('createAssembly')).toBeGreaterThan(0)
    expect(unanswered).toBeGreaterThan(0)
  },
  300_000 + KILLS * 15_000,
)
