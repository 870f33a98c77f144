/**
 * For tests that kill, freeze and restart a Redis or Kafka of their own. The same functions as in `redis.ts` and `kafka.ts`, but with
 * the programs fetched while this file loads: the first time on a machine that takes longer than a hook may.
 */
import { obtainKafkaProgram } from './kafka-program.ts'
import { obtainRedisProgram } from './redis-program.ts'

await Promise.all([obtainRedisProgram(), obtainKafkaProgram()])

export { startKafka } from './kafka.ts'
export { startRedis } from './redis.ts'
