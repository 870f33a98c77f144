import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { durableStoreContract, storeContract } from '../runtime/testing/store-contract.ts'
import { connectRedis } from './redis-connection.ts'
import type { RedisConnection } from './redis-connection.ts'
import { openRedisStore } from './redis-store.ts'
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
      // Written with the next turn of its event loop; synced to disk only within a second, which a kill doesn't need.
      await redis.cli('ping')
      await redis.kill()
      await redis.start()
      return openRedisStore({ connection: opened.connection, prefix: opened.prefix })
    },
  }
})
