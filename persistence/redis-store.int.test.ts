import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { durableStoreContract, storeContract } from '../runtime/testing/store-contract.ts'
import { acquire, bytes, loaded, outboxRow, timer, write } from '../runtime/testing/store-fixture.ts'
import { connectRedis } from './redis-connection.ts'
import type { RedisConnection } from './redis-connection.ts'
import { openRedisStore } from './redis-store.ts'
import { expectSameAsMemory } from './testing/store-equality.ts'
import { startTestRedis, startTestRedisCluster } from './testing/redis-server.ts'
import type { TestRedis, TestRedisCluster } from './testing/redis-server.ts'

let redis: TestRedis
let cluster: TestRedisCluster
const connections: RedisConnection[] = []

/** Two clients of a system of its own. */
const openOn = async (url: string) => {
  const prefix = `test-${randomUUID()}`
  const [first, second] = [connectRedis({ url }), connectRedis({ url })]
  connections.push(first, second)
  const store = await openRedisStore({ connection: first, prefix })
  const other = await openRedisStore({ connection: second, prefix })
  return {
    store,
    other,
    prefix,
    connection: first,
    dispose: async () => void (await Promise.all([first.close(), second.close()])),
  }
}

beforeAll(async () => {
  redis = await startTestRedis()
  cluster = await startTestRedisCluster()
}, 60_000)

afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.close()))
  await redis.dispose()
  await cluster.dispose()
})

storeContract('redis', () => openOn(redis.url))
storeContract('redis cluster of three', () => openOn(cluster.url))

durableStoreContract('redis, restarted from its append-only file', async () => {
  const opened = await openOn(redis.url)
  return {
    ...opened,
    reopen: async () => {
      // Written with the next turn of its event loop, or once a sync to a slow disk is over: a kill needs no more than that.
      await expect.poll(() => redis.cli('info', 'persistence'), { timeout: 10_000 }).toMatch(/aof_buffer_length:0\s/)
      await redis.kill()
      await redis.start()
      return openRedisStore({ connection: opened.connection, prefix: opened.prefix })
    },
  }
})

test('whatever is committed, it shows the same as the store in memory', { timeout: 60_000 }, async () => {
  const { store, dispose } = await openOn(redis.url)
  await store.setUp({ shards: 4, protocol: 1 })
  await expectSameAsMemory(store, 60)
  await dispose()
})

test('an entity written out of sequence is refused, and nothing of that commit is kept', async () => {
  const { store, dispose } = await openOn(redis.url)
  await store.setUp({ shards: 4, protocol: 1 })
  const owner = await acquire(store)
  await owner.commit({ entities: [write('a', 1, ['e1'])] })
  const broken = { entities: [write('b', 1, ['x']), write('a', 3, ['e3'])], outbox: [outboxRow([1, 0], 'x')] }
  await expect(owner.commit(broken)).rejects.toMatchObject({ code: 'unavailable' })
  expect(await loaded(store, 'b')).toBeUndefined()
  expect(await store.outbox(1, 10)).toEqual([])
  await owner.commit({ entities: [write('a', 2, ['e2'])] })
  expect(await loaded(store, 'a')).toMatchObject({ version: 2, events: ['e1', 'e2'] })
  await dispose()
})

test('a commit with thousands of everything goes in as one, and comes out again', async () => {
  const { store, dispose } = await openOn(cluster.url)
  await store.setUp({ shards: 4, protocol: 1 })
  const owner = await acquire(store)
  const count = 4_500
  const many = Array.from({ length: count }, (_, index) => `id-${String(index).padStart(5, '0')}`)
  await owner.commit({
    entities: many.map((id) => write(id, 1, ['e'], { fields: { name: id, state: 'x' } })),
    setTimers: many.map((id, index) => timer(id, 't', index)),
    outbox: many.map((id, index) => outboxRow([0, index], id)),
    marks: many.map((origin, index) => ({ origin, mark: { position: [index, 0] as const, atMs: 1 } })),
  })
  expect(await store.counts()).toEqual({ entities: { counter: count }, deadLetters: 0, timers: count, outbox: count })
  const rows = await store.load(
    1,
    many.map((id) => ({ kind: 'counter', id })),
  )
  expect(rows.every((row, index) => row?.id === many[index] && row?.timers.length === 1)).toBe(true)
  const listed = await store.list({ kind: 'counter', field: 'name', descending: true, limit: count + 1 })
  expect(listed.map((row) => row.id)).toEqual(many.toReversed())
  await owner.commit({
    entities: many.map((id) => write(id, 0, [], { forget: true })),
    forgetMarks: many,
    published: [0, count - 3],
  })
  expect(await store.counts()).toEqual({ entities: {}, deadLetters: 0, timers: 0, outbox: 2 })
  expect((await store.acquire(1, 'heir')).marks.size).toBe(0)
  await dispose()
})

test('nothing remains of what is forgotten, but the names of kinds and fields', async () => {
  const { store, prefix, dispose } = await openOn(redis.url)
  const owner = await acquire(store)
  await owner.commit({
    entities: [write('a', 3, ['e1', 'e2', 'e3'], { snapshot: 's', fields: { name: 'x', state: 'y' } })],
    setTimers: [timer('a', 't', 5), timer('b', 't', 6)],
  })
  await owner.commit({ cancelTimers: [{ kind: 'counter', id: 'b', name: 't' }] })
  await owner.commit({ entities: [write('a', 0, [], { forget: true })] })
  const keys = (await redis.cli('keys', `{${prefix}:1}:*`)).split('\n').sort()
  expect(keys).toEqual(['counts', 'meta', 'names'].map((part) => `{${prefix}:1}:${part}`))
  await dispose()
})

test('without guards, whoever comes last is believed: only for chaos runs', async () => {
  const { store, connection, prefix, dispose } = await openOn(redis.url)
  const unguarded = await openRedisStore({ connection, prefix, guards: { tokenCheck: false, offsetCheck: true } })
  const zombie = await acquire(unguarded)
  await acquire(store)
  await zombie.commit({ entities: [{ kind: 'counter', id: 'a', version: 1, events: [bytes('e')] }] })
  expect(await loaded(store, 'a')).toMatchObject({ version: 1 })
  await dispose()
})
