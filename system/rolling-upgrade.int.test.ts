/**
 * A release is rolled out and back under load: nodes that speak protocol 1 only (the release before) and nodes that speak
 * 2 as well, side by side. Each step is what a run of kills calls a kill; at its end every order has one outcome, every
 * change was made once, and there are no dead letters.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deploymentLocationRef } from '../actors/addresses.ts'
import { type Killable, killRun } from '../actors/testing/kill-run.ts'
import { whileClusterStopped } from '../actors/testing/stored-system.ts'
import { placementOfText, shardOfPlacement } from '../runtime/placement.ts'
import { until } from '../runtime/testing/until.ts'
import { servers } from '../scripts/servers/for-tests.ts'
import type { NodeProcess } from './node-process.ts'
import { openShardLog, type ShardLog } from './testing/shard-log.ts'
import { CLUSTER_SHARDS, startTestCluster, type TestCluster } from './testing/test-cluster.ts'

const SEED = Number(process.env['HOMEOSTAT_TEST_SEED'] ?? Date.now() % 1_000_000)
/** The release before, and this one. */
const OLD = { HOMEOSTAT_PROTOCOL_MAX: '1' }
const NEW = { HOMEOSTAT_PROTOCOL_MAX: undefined }
const REFUSAL = 'could not start: this system writes protocol 2; this node speaks 1 to 1: run a newer release'
/** Orders that end between two steps. */
const ORDERS_BETWEEN = 2
const DEADLINE_MS = 60_000
/** What is asked over HTTP costs the nodes something. */
const LOOK_EVERY_MS = 100

let cluster: TestCluster
let log: ShardLog
/** Orders that have ended. */
let ended = (): number => 0

beforeAll(async () => {
  cluster = await startTestCluster({
    environment: {
      ...OLD,
      HOMEOSTAT_DRIVER_TIMEOUT_MS: '2000',
      HOMEOSTAT_DRIVER_BACKOFF_MS: '20',
      HOMEOSTAT_POLICY_QUIET_MS: '100',
    },
  })
  log = await openShardLog(cluster.cluster.system)
}, 120_000)
afterAll(async () => {
  await log.close()
  await cluster.close()
}, 60_000)

const node = (name: string): NodeProcess => cluster.cluster.node(name)

const call = async (name: string, path: string, body?: object): Promise<[number, Record<string, unknown>]> => {
  const response = await fetch(`${node(name).url}${path}`, {
    ...(body ? { method: 'PUT', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
  })
  return [response.status, (await response.json()) as Record<string, unknown>]
}
/** Waits until it is so, without asking all the time. */
const seen = async (isSo: () => Promise<boolean>): Promise<void> => {
  const endMs = Date.now() + DEADLINE_MS
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error(`not so within ${DEADLINE_MS} ms: ${isSo.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
const protocol = (name: string, change?: object) => call(name, '/api/runtime/protocol', change)

interface Part {
  readonly name: string
  readonly ok: boolean
  readonly note: string
}
const shardsPart = async (name: string): Promise<Part | undefined> => {
  const [, { parts }] = await call(name, '/health')
  return (parts as readonly Part[]).find((part) => part.name === 'shards')
}

/** As an operator replaces a node: asks it to end, waits for its successor to serve shards. */
const replace = async (name: string, release: typeof OLD | typeof NEW): Promise<void> => {
  expect(await node(name).stop(), node(name).output).toBe(0)
  await begin(name, release)
}
const begin = async (name: string, release: typeof OLD | typeof NEW): Promise<void> => {
  node(name).spawn(release)
  await node(name).up()
  await seen(async () => {
    const part = await shardsPart(name)
    return part?.ok === true && !part.note.startsWith('0 of')
  })
}

const ordersGoOn = async (): Promise<void> => {
  const goal = ended() + ORDERS_BETWEEN
  await until(() => ended() >= goal, DEADLINE_MS)
}

/** Everything that is sent, after a while, is of this version. */
const everybodyWrites = (version: number): Promise<void> =>
  seen(async () => {
    const from = await log.ends()
    await ordersGoOn()
    const found = await log.versionsSince(from)
    return found.size === 1 && found.has(version)
  })

const shardsOf = async (name: string): Promise<readonly number[]> =>
  (await cluster.settled()).find((seen) => seen.node === name)?.shards ?? []

/** Asked as often as an operator would; the newest answer if it never is. */
const expectNothingNewerLeft = async (name: string): Promise<void> => {
  let found: Record<string, unknown> = {}
  await seen(async () => {
    found = (await call(name, '/api/runtime/protocol/leftovers'))[1]
    return found['clean'] === true
  }).catch(() => undefined)
  expect(found).toMatchObject({
    system: 1,
    clean: true,
    advice: 'nodes that read no newer version than 1 can serve alone',
  })
}

const aNodeOfTheNextReleaseJoins = async (): Promise<void> => {
  expect(await protocol('node-2')).toMatchObject([200, { system: 1, oldest: 1, newest: 1 }])
  await replace('node-1', NEW)
  // It took shards over from nodes of the release before.
  expect((await shardsOf('node-1')).length).toBeGreaterThan(0)
  expect(await protocol('node-1')).toMatchObject([
    200,
    { system: 1, newest: 2, whyNot: 'protocol 2 is not read by node-2 (reads 1), node-3 (reads 1)' },
  ])
}

const raisingIsRefusedWhileOldNodesRun = async (): Promise<void> => {
  expect(await protocol('node-1', { version: 2, expected: 1 })).toMatchObject([
    409,
    {
      code: 'protocol-not-read',
      detail: expect.stringContaining('protocol 2 is not read by node-2 (reads 1), node-3 (reads 1)') as string,
    },
  ])
  expect(await protocol('node-2', { version: 2, force: true })).toMatchObject([
    422,
    { code: 'protocol-not-spoken', details: { nodes: ['node-1'] } },
  ])
}

/** Nothing was raised, so all is written as the release before reads it; its nodes serve what the next one's served. */
const itGoesBackAtOnce = async (): Promise<void> => {
  await replace('node-1', OLD)
  await cluster.settled()
  expect(await log.versionsSince([])).toEqual(new Set([1]))
}

const itIsRaisedWhenAllAreReplaced = async (): Promise<void> => {
  expect(await log.versionsSince([])).toEqual(new Set([1]))
  await seen(async () => (await protocol('node-2'))[1]['canRaiseTo'] === 2)
  expect(await protocol('node-2', { version: 2, expected: 1 })).toMatchObject([200, { system: 2, newest: 2 }])
  await everybodyWrites(2)
}

const anOldNodeIsRefused = async (): Promise<void> => {
  expect(await node('node-3').stop()).toBe(0)
  node('node-3').spawn(OLD)
  await node('node-3').ended
  expect(await node('node-3').stop()).toBe(1)
  expect(node('node-3').output).toContain(REFUSAL)
}

const itGoesBackAfterLowering = async (): Promise<void> => {
  expect(await protocol('node-1', { version: 1, expected: 2 })).toMatchObject([200, { system: 1, canRaiseTo: 2 }])
  await everybodyWrites(1)
  await expectNothingNewerLeft('node-1')
  await begin('node-3', OLD)
  // It took shards over from nodes of the next release.
  expect((await shardsOf('node-3')).length).toBeGreaterThan(0)
}

/** What a node of the next release had written before it was lowered, and was kept from sending until now. */
const somethingNewerComesLate = async (): Promise<void> => {
  const [shard] = await shardsOf('node-3')
  if (shard === undefined) throw new Error('node-3 serves nothing')
  const names = Array.from({ length: 1_000 }, (_, index) => `late-${index}`)
  const name = names.find((one) => shardOfPlacement(placementOfText(one), CLUSTER_SHARDS) === shard) ?? ''
  const location = { resourceManager: 'brent', infrastructureType: 'Late', description: '', properties: {} }
  const late = {
    to: deploymentLocationRef(name),
    origin: 'gkept-from-sending',
    position: [1, 0] as const,
    atMs: Date.now(),
    sender: 'api',
    trace: '',
    body: { type: 'put', mode: 'put', location },
  }
  await log.append(shard, late, 2)
  // The older node says what it met, and leaves it to one that reads it; that is how it gets handled.
  await seen(async () => (await call('node-1', `/api/deploymentLocations/${name}`))[0] === 200)
  expect(node('node-3').output).toMatch(
    new RegExp(
      `shards was restarted: this node leaves its shards to newer ones for \\d+ ms: shard ${shard}, record \\d+: a message ` +
        'of version 2 was written by a newer release; this node reads up to version 1: upgrade it',
    ),
  )
  expect(await shardsPart('node-3')).toMatchObject({ ok: false })
  expect(await call('node-1', '/api/runtime/dead-letters')).toEqual([200, []])
}

const steps: readonly (() => Promise<void>)[] = [
  aNodeOfTheNextReleaseJoins,
  raisingIsRefusedWhileOldNodesRun,
  itGoesBackAtOnce,
  () => replace('node-1', NEW),
  () => replace('node-2', NEW),
  () => replace('node-3', NEW),
  itIsRaisedWhenAllAreReplaced,
  anOldNodeIsRefused,
  itGoesBackAfterLowering,
  somethingNewerComesLate,
  // Started again, it doesn't wait until its pause is over.
  () => replace('node-3', OLD),
  () => replace('node-2', OLD),
  () => expectNothingNewerLeft('node-1'),
  () => replace('node-1', OLD),
]

const upgradedCluster = (): Killable => {
  const { nodes, simulator, infrastructureFile, system } = cluster.cluster
  const tookMs: number[] = []
  return {
    url: () => (cluster.cluster.urls.length === 0 ? undefined : cluster.url()),
    infrastructure: infrastructureFile,
    onboarded: async () => void (await cluster.settled()),
    kill: async (moment) => {
      ended = moment.ended
      const startedMs = performance.now()
      await steps[moment.number - 1]?.()
      await ordersGoOn()
      tookMs.push(performance.now() - startedMs)
    },
    up: async () => {
      await cluster.settled()
      for (const name of nodes.keys()) expect(await protocol(name)).toMatchObject([200, { system: 1, newest: 1 }])
    },
    stop: async () => {
      for (const one of nodes.values()) expect(await one.stop(), one.output).toBe(0)
      expect(await simulator.stop(), simulator.output).toBe(0)
    },
    stored: (look) => whileClusterStopped({ redisUrl: servers().redisUrl, system, shards: CLUSTER_SHARDS }, look),
    summary: () => `steps of an upgrade and back, taking ${tookMs.map((ms) => (ms / 1000).toFixed(1)).join(', ')} s`,
  }
}

test(`nodes of two releases side by side under load (seed ${SEED}), raised, lowered and back: nothing is lost or done twice`, async () => {
  const { completed, accepted } = await killRun(upgradedCluster(), { kills: steps.length, seed: SEED })
  // Otherwise the test would have shown nothing.
  expect(accepted).toBeGreaterThan(ORDERS_BETWEEN * steps.length)
  expect(completed('createAssembly')).toBeGreaterThan(0)
}, 400_000)
