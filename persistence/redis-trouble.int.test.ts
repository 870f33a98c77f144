/** What callers see while Redis is away, frozen, full, or somebody else's replica; and that it works again afterwards. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../runtime/ports.ts'
import { acquire, bytes, everything, loaded, write } from '../runtime/testing/store-fixture.ts'
import { until } from '../runtime/testing/until.ts'
import { connectRedis } from './redis-connection.ts'
import type { RedisConnection } from './redis-connection.ts'
import { openRedisStore } from './redis-store.ts'
import { startTestRedis, startTestRedisCluster } from './testing/redis-server.ts'
import type { TestRedis } from './testing/redis-server.ts'

const TIMEOUT_MS = 500

let redis: TestRedis
let connection: RedisConnection
let store: Store
let prefix: string

beforeEach(async () => {
  redis = await startTestRedis()
  prefix = `test-${randomUUID()}`
  connection = connectRedis({ url: redis.url, commandTimeoutMs: TIMEOUT_MS, reconnectMaxMs: 50 })
  store = await openRedisStore({ connection, prefix })
  await store.setUp({ shards: 4, protocol: 1 })
})

afterEach(async () => {
  await connection.close()
  await redis.dispose()
})

const isServed = async (): Promise<boolean> =>
  store.acquire(2, 'probe').then(
    () => true,
    () => false,
  )

const unavailable = { code: 'unavailable', retryable: true }

describe('killed and back', () => {
  test('everything fails fast in between; then the same objects work again', async () => {
    const owner = await acquire(store)
    await owner.commit({ entities: [write('a', 1, ['e1'])] })
    await redis.kill()
    const started = performance.now()
    await expect(owner.commit({ entities: [write('a', 2, ['e2'])] })).rejects.toMatchObject(unavailable)
    await expect(store.acquire(1, 'x')).rejects.toMatchObject(unavailable)
    await expect(store.load(1, [])).resolves.toEqual([])
    await expect(store.counts()).rejects.toMatchObject(unavailable)
    await expect(store.list({ kind: 'counter', field: 'name', limit: 5 })).rejects.toMatchObject(unavailable)
    expect(performance.now() - started).toBeLessThan(4 * TIMEOUT_MS)
    await redis.start()
    await until(isServed)
    // The scripts are gone with the old process; the token isn't.
    await owner.commit({ entities: [write('a', 2, ['e2 again'])] })
    expect(await loaded(store, 'a')).toMatchObject({ events: ['e1', 'e2 again'] })
  })

  test('commits on their way when it dies are told as unknown, and none is sent a second time', async () => {
    const { lease } = await acquire(store)
    const commits = Array.from({ length: 200 }, (_, index) =>
      store.commit({
        ...{ shard: 1, token: lease.token, expectedOffset: index, nextOffset: index + 1 },
        entities: [{ kind: 'counter', id: 'a', version: index + 1, events: [bytes(`e${index}`)] }],
        ...{ marks: [], forgetMarks: [], setTimers: [], cancelTimers: [], outbox: [] },
        ...{ deadLetters: [], forgetDeadLetters: [] },
      }),
    )
    const outcomes = Promise.allSettled(commits)
    await commits[20]
    await redis.kill()
    const settled = await outcomes
    const confirmed = settled.filter((each) => each.status === 'fulfilled').length
    for (const each of settled) if (each.status === 'rejected') expect(each.reason).toMatchObject(unavailable)
    await redis.start()
    await until(isServed)
    const heir = await store.acquire(1, 'heir')
    expect(heir.nextOffset).toBeGreaterThanOrEqual(confirmed)
    expect(await loaded(store, 'a')).toMatchObject({ version: heir.nextOffset })
  })
})

test('frozen: commands fail in time, more than the bound are refused at once, and afterwards it goes on', async () => {
  const few = connectRedis({ url: redis.url, commandTimeoutMs: TIMEOUT_MS, reconnectMaxMs: 50, inFlightMax: 20 })
  const bounded = await openRedisStore({ connection: few, prefix })
  const owner = await acquire(bounded)
  await redis.signal('SIGSTOP')
  const started = performance.now()
  const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => bounded.load(1, [{ kind: 'x', id: 'y' }])))
  expect(performance.now() - started).toBeLessThan(4 * TIMEOUT_MS)
  const codes = outcomes.map((each) => (each.status === 'rejected' ? (each.reason as { code: string }).code : 'done'))
  expect(codes.filter((code) => code === 'unavailable')).toHaveLength(20)
  expect(codes.filter((code) => code === 'overloaded')).toHaveLength(30)
  await redis.signal('SIGCONT')
  await until(isServed)
  await until(() =>
    owner.commit({ entities: [write('a', 1, ['e'])] }).then(
      () => true,
      () => false,
    ),
  )
  expect(await loaded(store, 'a')).toMatchObject({ version: 1 })
  await few.close()
})

test('full: a commit is refused before its first write, reads go on', async () => {
  const owner = await acquire(store)
  await owner.commit({ entities: [write('a', 1, ['e1'], { fields: { name: 'x' } })] })
  const before = await everything(store, 1, ['a', 'b'])
  await redis.cli('config', 'set', 'maxmemory', '1000000')
  const large = { entities: [write('b', 1, ['x'.repeat(500_000)]), write('a', 2, ['e2'])] }
  await expect(owner.commit(large)).rejects.toMatchObject({
    ...unavailable,
    message: expect.stringContaining('maxmemory') as string,
  })
  expect(await everything(store, 1, ['a', 'b'])).toEqual(before)
  await redis.cli('config', 'set', 'maxmemory', '0')
  await owner.commit(large)
  expect(await loaded(store, 'a')).toMatchObject({ version: 2 })
})

test('a replica refuses writes', async () => {
  const owner = await acquire(store)
  await redis.cli('replicaof', '127.0.0.1', '1')
  await expect(owner.commit()).rejects.toMatchObject({
    ...unavailable,
    message: expect.stringContaining('replica') as string,
  })
  await redis.cli('replicaof', 'no', 'one')
  await owner.commit()
})

test('scripts that were thrown out are sent again', async () => {
  const owner = await acquire(store)
  await redis.cli('script', 'flush')
  await owner.commit({ entities: [write('a', 1, ['e'])] })
  expect(await loaded(store, 'a')).toMatchObject({ version: 1 })
})

test('no Redis at all: opening fails in time and says why', async () => {
  await redis.kill()
  const nowhere = connectRedis({ url: redis.url })
  await expect(openRedisStore({ connection: nowhere, prefix: 'x', readyMs: 300 })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('ECONNREFUSED') as string,
  })
  await nowhere.close()
  await expect(nowhere.ready()).rejects.toMatchObject({ code: 'closed' })
})

test('a URL that is none, and a name that can’t be part of a key, are refused', async () => {
  expect(() => connectRedis({ url: 'localhost:6379' })).toThrow(expect.objectContaining({ code: 'unavailable' }))
  await expect(openRedisStore({ connection, prefix: 'a{b}' })).rejects.toMatchObject({ code: 'limit-exceeded' })
})

test(
  'a cluster that loses a primary: its shards fail fast, the others go on, and all when it is back',
  { timeout: 60_000 },
  async () => {
    const cluster = await startTestRedisCluster()
    for (const node of cluster.nodes) await node.cli('config', 'set', 'cluster-require-full-coverage', 'no')
    const many = connectRedis({ url: cluster.url, commandTimeoutMs: TIMEOUT_MS, reconnectMaxMs: 50 })
    const shards = Array.from({ length: 12 }, (_, shard) => shard)
    const spread = await openRedisStore({ connection: many, prefix })
    const served = async (): Promise<number> => {
      const outcomes = await Promise.allSettled(shards.map((shard) => spread.acquire(shard, 'n')))
      for (const each of outcomes) if (each.status === 'rejected') expect(each.reason).toMatchObject(unavailable)
      return outcomes.filter((each) => each.status === 'fulfilled').length
    }
    expect(await served()).toBe(shards.length)
    await cluster.nodes[0]?.kill()
    const started = performance.now()
    expect(await served()).toBeLessThan(shards.length)
    expect(performance.now() - started).toBeLessThan(6 * TIMEOUT_MS)
    await until(async () => (await served()) > 0)
    await cluster.nodes[0]?.start()
    await until(async () => (await served()) === shards.length, 20_000)
    await many.close()
    await cluster.dispose()
  },
)
