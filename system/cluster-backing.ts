/** Many machines: the log is Kafka, the store and the replies are Redis. Checked before anything relies on them. */
import { checkRedis } from '../persistence/redis-check.ts'
import { connectRedis } from '../persistence/redis-connection.ts'
import { openRedisReplies } from '../persistence/redis-replies.ts'
import { openRedisStore } from '../persistence/redis-store.ts'
import { isFault } from '../runtime/fault.ts'
import type { MetricSample } from '../runtime/metrics.ts'
import type { Clock } from '../runtime/ports.ts'
import { ConfigError } from '../runtime/settings.ts'
import { type KafkaCounters, openKafkaLog } from '../runtime/transport/kafka/kafka-log.ts'
import type { Backing, Report } from './backing.ts'
import type { NodeSettings } from './environment.ts'
import { untilAnswered } from './start-deadline.ts'

const COMMAND_TIMEOUT_MS = 3_000
const CONNECT_TIMEOUT_MS = 1_000
/** Enough for as many workers, and few enough for full batches. */
const SHARDS = 16
const DRIVER_REQUEST_PARTITIONS = 32
/** So soon a starting node says that Redis or Kafka isn't there; then it goes on asking. */
const ATTEMPT_MS = 5_000

export interface ClusterParts {
  readonly settings: NodeSettings
  readonly clock: Clock
  readonly report: Report
  /** Topics that others named, used without the system's prefix. */
  readonly sharedTopics: ReadonlySet<string>
  /** Off only to show that the chaos run notices. */
  readonly tokenCheck?: boolean
}

/**
 * @throws {ConfigError} if Redis is set up so that it would lose data
 * @throws {UnreachableError} if Redis or Kafka doesn't answer in time
 */
export const clusterBacking = async (parts: ClusterParts): Promise<Backing> => {
  const { settings, clock, report } = parts
  const { redis, kafka, system, data } = settings
  const { redisUrl } = redis
  const { kafkaBrokers } = kafka
  if (redisUrl === undefined || kafkaBrokers === undefined)
    throw new ConfigError(['a cluster needs HOMEOSTAT_REDIS_URL and HOMEOSTAT_KAFKA_BROKERS'])
  const patience = { clock, report, timeoutMs: system.startTimeoutMs }
  const opened: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const closing of opened.splice(0).reverse()) await closing()
  }
  try {
    const connection = connectRedis({
      url: redisUrl,
      // A node that is cut off must notice in time to leave its shards to others within a session timeout.
      commandTimeoutMs: COMMAND_TIMEOUT_MS,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      onTrouble: (message) => report(`Redis at ${connection.address}: ${message}`),
    })
    opened.push(() => connection.close())
    const where = `Redis at ${connection.address}`
    const { problems, warnings } = await untilAnswered(patience, `${where} (HOMEOSTAT_REDIS_URL)`, async () => {
      await connection.ready(Math.min(ATTEMPT_MS, system.startTimeoutMs))
      return checkRedis(connection, clock.now())
    })
    if (problems.length > 0) throw new ConfigError(problems)
    for (const warning of warnings) report(warning)
    const store = await openRedisStore({
      connection,
      prefix: redis.system,
      ...(parts.tokenCheck === false ? { guards: { tokenCheck: false, offsetCheck: true } } : {}),
    })
    const replies = await openRedisReplies({ connection, prefix: redis.system })
    opened.push(() => replies.close())
    const log = await untilAnswered(
      patience,
      `Kafka at ${kafkaBrokers.join(', ')} (HOMEOSTAT_KAFKA_BROKERS)`,
      () =>
        openKafkaLog({
          brokers: kafkaBrokers,
          clientId: system.node,
          prefix: redis.system,
          sharedTopics: parts.sharedTopics,
          replication: kafka.kafkaReplication,
          ssl: kafka.kafkaSsl === 'on' ? {} : undefined,
          sasl: saslOf(kafka),
          sessionTimeoutMs: kafka.sessionTimeoutMs,
          openTimeoutMs: Math.min(ATTEMPT_MS, system.startTimeoutMs),
          clock,
          warn: (text, details) => report(`${text} ${JSON.stringify(details)}`),
        }),
      (error) => !isFault(error, 'unavailable'),
    )
    opened.push(() => log.close())
    return {
      kind: 'cluster',
      where: `${where}, Kafka at ${kafkaBrokers.join(', ')}, as system ${redis.system}`,
      log,
      store,
      replies,
      runtime: { shards: data.shards ?? SHARDS },
      driverRequestPartitions: DRIVER_REQUEST_PARTITIONS,
      samples: () => kafkaSamples(log.counters()),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const saslOf = ({ kafkaSaslMechanism, kafkaSaslUser, kafkaSaslPassword }: NodeSettings['kafka']) =>
  kafkaSaslMechanism === undefined
    ? undefined
    : { mechanism: kafkaSaslMechanism, username: kafkaSaslUser ?? '', password: kafkaSaslPassword ?? '' }

const kafkaSamples = ({ append, read }: KafkaCounters): readonly MetricSample[] => {
  const counter = (name: string, help: string, value: number): MetricSample => ({
    name: `homeostat_log_${name}_total`,
    help,
    type: 'counter',
    value,
  })
  return [
    counter('append_requests', 'Requests to append', append.requests),
    counter('appended_records', 'Records appended', append.records),
    counter('append_failures', 'Requests to append that failed, and are repeated', append.failures),
    counter('fetches', 'Requests for records', read.fetches),
    counter('read_records', 'Records read', read.records),
    counter('read_failures', 'Requests for records that failed, and are repeated', read.failures),
  ]
}
