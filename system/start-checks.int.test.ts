/** What a node refuses to start with: it ends at once, and says in a line what is wrong and what would be right. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { connectRedis } from '../persistence/redis-connection.ts'
import { openRedisStore } from '../persistence/redis-store.ts'
import { SHARD_TOPIC } from '../runtime/config.ts'
import type { Store } from '../runtime/ports.ts'
import { PROTOCOL_NEWEST } from '../runtime/protocol.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { openKafkaLog } from '../runtime/transport/kafka/kafka-log.ts'
import { freePort } from '../scripts/servers/free-port.ts'
import { servers, uniqueSystem } from '../scripts/servers/for-tests.ts'
import { startRedis } from '../scripts/servers/own-for-tests.ts'
import { NodeProcess } from './node-process.ts'

/** From being spawned on a busy machine: what it waits for servers comes on top. */
const START_MS = 30_000
const PATIENCE_MS = 1_500

let node: NodeProcess | undefined
afterEach(() => node?.kill())

/** What a node says that ends by itself, without the lines of what it was waiting for meanwhile. */
const refusalOf = async (environment: Readonly<Record<string, string>>, withinMs = START_MS): Promise<string> => {
  const { redisUrl, kafkaBrokers } = servers()
  node = new NodeProcess({
    HOMEOSTAT_PORT: '0',
    HOMEOSTAT_REDIS_URL: redisUrl,
    HOMEOSTAT_KAFKA_BROKERS: kafkaBrokers.join(','),
    HOMEOSTAT_SYSTEM: uniqueSystem(),
    HOMEOSTAT_START_TIMEOUT_MS: String(PATIENCE_MS),
    HOMEOSTAT_DRIVERS: 'simulator=http://127.0.0.1:1',
    NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
    ...environment,
  })
  node.spawn()
  const startedMs = performance.now()
  await node.ended
  expect(performance.now() - startedMs).toBeLessThan(withinMs)
  expect(await node.stop(), node.output).toBe(1)
  const lines = node.output.trimEnd().split('\n')
  const last = lines.at(-1) ?? ''
  expect(lines.slice(0, -1).filter((line) => !/does not answer yet|ECONNREFUSED/.test(line))).toEqual([])
  return last
}

/** A system that somebody has set up; `prepare` does more to it. */
const systemSetUp = async (prepare: (store: Store) => Promise<void> = () => Promise.resolve()): Promise<string> => {
  const system = uniqueSystem()
  const connection = connectRedis({ url: servers().redisUrl })
  try {
    const store = await openRedisStore({ connection, prefix: system })
    await store.setUp({ shards: 16, protocol: 1 })
    await prepare(store)
    await store.close()
  } finally {
    await connection.close()
  }
  return system
}

describe('a node refuses a Redis that would lose data', () => {
  it.each([
    [
      { 'maxmemory-policy': 'allkeys-lru' },
      'has maxmemory-policy allkeys-lru: it would forget actors when its memory is used up; it must be noeviction: CONFIG SET maxmemory-policy noeviction',
    ],
    [
      { appendonly: 'no' },
      'has appendonly no: a restart would lose what was committed; it must be yes: CONFIG SET appendonly yes',
    ],
    [{ appendfsync: 'no' }, 'has appendfsync no: a power cut would lose up to half a minute; it must be everysec'],
  ])('%j', async (settings, text) => {
    const redis = await startRedis({ settings })
    try {
      const line = await refusalOf({ HOMEOSTAT_REDIS_URL: redis.url })
      expect(line).toContain(`[homeostat] Redis ${redis.host}:${redis.port} ${text}`)
    } finally {
      await redis.stop()
    }
  })
})

describe('a node refuses a system that it does not fit', () => {
  it('which has another number of shards', async () => {
    const line = await refusalOf({ HOMEOSTAT_SYSTEM: await systemSetUp(), HOMEOSTAT_SHARDS: '8' })
    expect(line).toBe(
      "[homeostat] this system was set up with 16 shards; it can't run with 8; set HOMEOSTAT_SHARDS as it was when the system was set up, or choose another HOMEOSTAT_SYSTEM",
    )
  })

  it('whose topic has another number of partitions than it has shards', async () => {
    const system = await systemSetUp()
    const log = await openKafkaLog({
      brokers: servers().kafkaBrokers,
      clientId: system,
      prefix: system,
      sharedTopics: new Set(),
      sessionTimeoutMs: 6_000,
      clock: systemClock,
      warn: (text) => console.log(text),
    })
    try {
      await log.createTopic(SHARD_TOPIC, 4)
      const line = await refusalOf({ HOMEOSTAT_SYSTEM: system })
      expect(line).toMatch(/shards: topic has 4 partitions, not 16; set HOMEOSTAT_SHARDS/)
    } finally {
      await log.close()
    }
  })

  it('which writes in a protocol that it does not speak', async () => {
    const raised = await systemSetUp(async (store) => {
      expect(await store.changeProtocol(1, PROTOCOL_NEWEST)).toBe(true)
    })
    const line = await refusalOf({ HOMEOSTAT_SYSTEM: raised, HOMEOSTAT_PROTOCOL_MAX: '1' })
    expect(line).toContain(
      `this system writes protocol ${PROTOCOL_NEWEST}; this node speaks 1 to 1: run a newer release`,
    )
    const ahead = await systemSetUp(async (store) => {
      expect(await store.changeProtocol(1, PROTOCOL_NEWEST + 1)).toBe(true)
    })
    expect(await refusalOf({ HOMEOSTAT_SYSTEM: ahead })).toContain(
      `this system writes protocol ${PROTOCOL_NEWEST + 1}; this node speaks 1 to ${PROTOCOL_NEWEST}: run a newer release`,
    )
  })
})

describe('a node waits for its servers, and says which of them was not there', () => {
  const within = START_MS + PATIENCE_MS
  it('Redis', async () => {
    const port = await freePort()
    const line = await refusalOf({ HOMEOSTAT_REDIS_URL: `redis://127.0.0.1:${port}` }, within)
    expect(line).toContain(`Redis at 127.0.0.1:${port} (HOMEOSTAT_REDIS_URL) did not answer within 2 s`)
  }, 60_000)

  it('Kafka', async () => {
    const port = await freePort()
    const line = await refusalOf({ HOMEOSTAT_KAFKA_BROKERS: `127.0.0.1:${port}` }, within)
    expect(line).toContain(`Kafka at 127.0.0.1:${port} (HOMEOSTAT_KAFKA_BROKERS) did not answer within 2 s`)
  }, 60_000)
})

it('names every wrong setting at once, and ends', async () => {
  node = new NodeProcess({ HOMEOSTAT_PORT: 'x', HOMEOSTAT_ROLES: 'king', HOMEOSTAT_REDIS_URL: 'here' })
  node.spawn()
  await node.ended
  expect(await node.stop()).toBe(1)
  for (const name of ['HOMEOSTAT_PORT', 'HOMEOSTAT_ROLES', 'HOMEOSTAT_REDIS_URL']) expect(node.output).toContain(name)
})
