import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectRedis, type RedisConnection } from '../../persistence/redis-connection.ts'
import { type LocalRedis, startRedis } from '../../scripts/servers/redis.ts'
import { RedisLoss } from './redis-loss.ts'

const LOSS_MS = 1_000
const RUN_MS = 4_000

let redis: LocalRedis
let connection: RedisConnection

beforeAll(async () => {
  redis = await startRedis({ settings: { 'auto-aof-rewrite-percentage': '0', 'aof-load-truncated': 'yes' } })
  connection = connectRedis({ url: redis.url })
}, 120_000)
afterAll(async () => {
  await connection?.close()
  await redis?.stop()
})

const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  const endMs = Date.now() + 20_000
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > endMs) throw new Error('not so in time')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('a Redis loses its last second, and nothing before', async () => {
  await until(async () => (await connection.call('ping', [])) !== undefined)
  const loss = new RedisLoss(redis.folder)
  const startedMs = performance.now()
  const writtenAtMs: number[] = []
  while (performance.now() - startedMs < RUN_MS) {
    // Two writes in one transaction, as the store's scripts make: the cut must not go between them.
    await connection.call('eval', [
      `redis.call('RPUSH', KEYS[1], ARGV[1]) redis.call('RPUSH', KEYS[2], ARGV[1]) return 1`,
      2,
      '{t}:one',
      '{t}:two',
      writtenAtMs.length,
    ])
    writtenAtMs.push(performance.now())
  }
  const killedAtMs = performance.now()
  await redis.kill('SIGKILL')
  const { bytes, lostMs } = loss.lose(killedAtMs, LOSS_MS)
  await redis.restart()
  loss.close()
  await until(async () => (await connection.call('ping', [])) !== undefined)
  const [one, two] = (await Promise.all(['{t}:one', '{t}:two'].map((key) => connection.call('llen', [key])))) as [
    number,
    number,
  ]
  expect(bytes).toBeGreaterThan(0)
  expect(lostMs).toBeGreaterThanOrEqual(LOSS_MS)
  expect(one).toBe(two)
  expect(one).toBeLessThan(writtenAtMs.length)
  // What was confirmed longer ago than what is lost is there; what was confirmed well within it isn't.
  const newestKept = writtenAtMs[one - 1] ?? 0
  const oldestLost = writtenAtMs[one] ?? Infinity
  expect(killedAtMs - newestKept).toBeGreaterThan(lostMs * 0.8)
  expect(killedAtMs - oldestLost).toBeLessThan(lostMs + 200)
}, 60_000)
