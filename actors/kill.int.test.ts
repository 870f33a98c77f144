/** Orders while the only node is killed with `kill -9`, as often as it takes to meet every moment. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NodeProcess } from '../system/node-process.ts'
import { type Killable, killRun, pass } from './testing/kill-run.ts'
import { whileStopped } from './testing/stored-system.ts'
import { stuck } from './testing/stuck-checks.ts'

/** `HOMEOSTAT_TEST_KILLS=1000` for a long run; about 2 s each on a busy machine. */
const KILLS = Number(process.env['HOMEOSTAT_TEST_KILLS'] ?? 100)
const SEED = Number(process.env['HOMEOSTAT_TEST_SEED'] ?? Date.now() % 1_000_000)
const SHARDS = 4
const INTENTS = ['createAssembly', 'deleteAssembly', 'healAssembly', 'scaleOutAssembly', 'scaleInAssembly']
/** A slow machine gets less done between two kills: then there are more of them. Policies act on several bad reports in a row. */
const AT_LEAST = {
  ...Object.fromEntries(INTENTS.map((intent) => [`${intent} Completed`, 1])),
  'integrity reported: 200': 10,
  'load reported: 200': 10,
}
/** From when it is up until it is killed, at most. */
const ALIVE_MAX_MS = 1_000
/** Some are killed while they start, this long after they were spawned at most. */
const STARTING_MAX_MS = 1_500

let folder = ''
let node: NodeProcess

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-killed-'))
  node = new NodeProcess({
    HOMEOSTAT_DATA: folder,
    HOMEOSTAT_PORT: '0',
    HOMEOSTAT_EXAMPLE: 'off',
    HOMEOSTAT_SHARDS: String(SHARDS),
    HOMEOSTAT_DRIVER_TIMEOUT_MS: '2000',
    // A node that is killed again and again before it gets to it must not run out of tries.
    HOMEOSTAT_DRIVER_SENDS_MAX: '1000',
    HOMEOSTAT_DRIVER_BACKOFF_MS: '20',
    HOMEOSTAT_POLICY_QUIET_MS: '100',
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
  })
})

afterAll(async () => {
  await node.kill()
  rmSync(folder, { recursive: true, force: true })
})

const killableNode = (): Killable => {
  let [startingMs, lookingMs] = [0, 0]
  const up = async (): Promise<void> => void (await node.up())
  const stop = async (): Promise<void> => expect(await node.stop(), node.output).toBe(0)
  return {
    url: () => node.url,
    infrastructure: join(folder, 'simulated-infrastructure.sqlite'),
    up,
    stop,
    // Only a process that ends by itself leaves its compiled code behind, and with that the next start takes half the time.
    onboarded: async () => {
      await stop()
      node.spawn()
    },
    kill: async ({ number, random, watched }) => {
      if (random() < 0.1) await pass(random() * STARTING_MAX_MS)
      else {
        const beginMs = performance.now()
        await up()
        startingMs += performance.now() - beginMs
        await pass(random() * ALIVE_MAX_MS)
      }
      node.assertRunning()
      await node.kill()
      const lookedMs = performance.now()
      const found = await whileStopped(folder, SHARDS, (system) => stuck(system, watched))
      lookingMs += performance.now() - lookedMs
      expect(found, `after kill ${number}`).toEqual([])
      node.spawn()
    },
    stored: (look) => whileStopped(folder, SHARDS, look),
    summary: () =>
      `of them ${Math.round(startingMs / 1000)} s for starts and ${Math.round(lookingMs / 1000)} s for looking at what was stored`,
  }
}

test(
  `a node killed ${KILLS} times (seed ${SEED}) loses no order, does nothing twice and leaves nothing stuck`,
  async () => {
    node.spawn()
    const { kills, completed, byPolicies, unanswered } = await killRun(killableNode(), {
      kills: KILLS,
      seed: SEED,
      ...(KILLS < 100 ? {} : { atLeast: AT_LEAST }),
    })
    if (KILLS < 100) return
    // Otherwise the test would have shown nothing.
    for (const intent of INTENTS) expect(completed(intent), intent).toBeGreaterThan(0)
    expect(byPolicies).toBeGreaterThan(0)
    expect(unanswered).toBeGreaterThan(kills / 10)
  },
  240_000 + KILLS * 6_000,
)
