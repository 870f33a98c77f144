/**
 * Redis and Kafka for tests and developers: those of the environment, else containers where a Docker engine answers, else real local
 * processes. Never none in silence.
 */
import { kafkaInContainer, redisInContainer } from './containers.ts'
import { kafkaOfEnvironment, redisOfEnvironment } from './environment.ts'
import { startKafka } from './kafka.ts'
import { startRedis } from './redis.ts'
import { obtainFirst } from './ways.ts'
import type { How, Obtained, Server, Way } from './ways.ts'

export interface Servers {
  readonly redisUrl: string
  readonly kafkaBrokers: readonly string[]
  /** Each on its own: `REDIS_URL` may be set and `KAFKA_BROKERS` not. */
  readonly how: { readonly redis: How; readonly kafka: How }
  /** Ends what was started for this, and leaves alone what was found. */
  stop(): Promise<void>
}

type Print = (line: string) => void

const localRedis = async (print: Print): Promise<Server> => {
  const redis = await startRedis({ print })
  return { address: redis.url, description: 'redis-server', stop: () => redis.stop() }
}

const localKafka = async (print: Print): Promise<Server> => {
  const kafka = await startKafka({ print })
  return { address: kafka.brokers.join(','), description: 'java', stop: () => kafka.stop() }
}

const redisWays = (print: Print): readonly Way[] => [
  { how: 'environment', obtain: redisOfEnvironment },
  { how: 'containers', obtain: () => redisInContainer(print) },
  { how: 'local', obtain: () => localRedis(print) },
]

const kafkaWays = (print: Print): readonly Way[] => [
  { how: 'environment', obtain: kafkaOfEnvironment },
  { how: 'containers', obtain: () => kafkaInContainer(print) },
  { how: 'local', obtain: () => localKafka(print) },
]

/** Without what a URL may carry of secrets. */
const shown = (address: string): string => address.replace(/\/\/[^@/,]*@/g, '//…@')

/** Throws with all that was tried for each that can't be had, and then leaves nothing running. */
export const obtainServers = async (print: Print = console.log): Promise<Servers> => {
  const startedMs = performance.now()
  const [redis, kafka] = await Promise.allSettled([
    obtainFirst('Redis', redisWays(print), print),
    obtainFirst('Kafka', kafkaWays(print), print),
  ])
  if (redis.status === 'rejected' || kafka.status === 'rejected') {
    for (const result of [redis, kafka]) if (result.status === 'fulfilled') await result.value.stop()
    const problems = [redis, kafka].flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []))
    throw new Error(problems.map(({ message }) => message).join('\n'))
  }
  const line = ({ address, description, how }: Obtained): string => `${shown(address)} (${how}: ${description})`
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  print(`Redis at ${line(redis.value)}, Kafka at ${line(kafka.value)}, after ${seconds} s`)
  return {
    redisUrl: redis.value.address,
    kafkaBrokers: kafka.value.address.split(',').map((broker) => broker.trim()),
    how: { redis: redis.value.how, kafka: kafka.value.how },
    stop: async () => {
      await Promise.all([redis.value.stop(), kafka.value.stop()])
    },
  }
}
