/** The Redis and the Kafka that are measured: of the environment if it names them, else real local ones of the bench's own. */
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectRedis, type RedisConnection } from '../../persistence/redis-connection.ts'
import { startKafka } from '../../scripts/servers/kafka.ts'
import { startRedis } from '../../scripts/servers/redis.ts'

export interface BenchServers {
  readonly redisUrl: string
  readonly kafkaBrokers: readonly string[]
  /** Unknown: it isn't ours, and what it uses of the machine can't be told. */
  readonly kafkaPid: number | undefined
  /** How they were had, and how Redis is set up, for the report. */
  readonly description: string
  /** For looking and for what has no node. */
  readonly redis: RedisConnection
  stop(): Promise<void>
}

const REDIS_SETTINGS = {
  // A rewrite in the middle of a measurement would be part of it; growth asks for one where it belongs.
  'auto-aof-rewrite-percentage': '0',
}

/** Commands of the bench itself may be long: forgetting a system, rewriting a large file. */
const PATIENCE_MS = 300_000

export const startServers = async (): Promise<BenchServers> => {
  const { REDIS_URL: redisUrl, KAFKA_BROKERS: kafkaBrokers } = process.env
  if (redisUrl !== undefined && kafkaBrokers !== undefined) {
    const redis = await connected(redisUrl)
    return {
      redisUrl,
      kafkaBrokers: kafkaBrokers.split(','),
      kafkaPid: undefined,
      description: 'Redis and Kafka of the environment',
      redis,
      stop: () => redis.close(),
    }
  }
  const [redisServer, kafka] = await Promise.all([startRedis({ settings: REDIS_SETTINGS }), startKafka()])
  const redis = await connected(redisServer.url)
  return {
    redisUrl: redisServer.url,
    kafkaBrokers: kafka.brokers,
    kafkaPid: kafka.pid,
    description:
      'Redis (append-only file, fsync every second, noeviction, no rewrite by itself) and Kafka (one broker, KRaft, heap of 384 MB), both local processes on the same machine',
    redis,
    stop: async () => {
      await redis.close()
      await Promise.all([redisServer.stop(), kafka.stop()])
    },
  }
}

const connected = async (url: string): Promise<RedisConnection> => {
  const redis = connectRedis({ url, name: 'bench', commandTimeoutMs: PATIENCE_MS })
  await redis.ready()
  return redis
}

/** A name that nobody else uses. */
export const uniqueName = (what: string): string => `bench-${what}-${randomBytes(4).toString('hex')}`

export interface SystemFacts {
  readonly system: string
  readonly shards: number
  /** Kafka takes no less than 6,000 unless it is told so. */
  readonly sessionTimeoutMs?: number
}

/** The settings that all members of a system share. */
export const systemEnvironment = (
  { redisUrl, kafkaBrokers }: Pick<BenchServers, 'redisUrl' | 'kafkaBrokers'>,
  { system, shards, sessionTimeoutMs }: SystemFacts,
): Readonly<Record<string, string>> => ({
  HOMEOSTAT_REDIS_URL: redisUrl,
  HOMEOSTAT_KAFKA_BROKERS: kafkaBrokers.join(','),
  HOMEOSTAT_SYSTEM: system,
  HOMEOSTAT_SHARDS: String(shards),
  ...(sessionTimeoutMs === undefined ? {} : { HOMEOSTAT_SESSION_TIMEOUT_MS: String(sessionTimeoutMs) }),
  // Other systems may use the same Kafka.
  HOMEOSTAT_DRIVER_EVENTS_TOPIC: `${system}-driver-events`,
  HOMEOSTAT_EXAMPLE: 'off',
  HOMEOSTAT_PORT: '0',
  NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
})

const SCAN_COUNT = 1_000

/** Takes all keys of a system out of Redis, so that the next measurement starts with what the first one had. */
export const forgetSystem = async (redis: RedisConnection, system: string): Promise<void> => {
  for (const pattern of [`{${system}:*`, `${system}:*`]) {
    let cursor = '0'
    do {
      const [next, keys] = (await redis.call('scan', [cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT])) as [
        Buffer,
        Buffer[],
      ]
      if (keys.length > 0) await redis.call('unlink', keys)
      cursor = next.toString()
    } while (cursor !== '0')
  }
}
