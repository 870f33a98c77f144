/** What the gateway's other tests show in memory, shown again by three nodes over Kafka and Redis. */
import { describe } from 'vitest'
import { connectRedis } from '../persistence/redis-connection.ts'
import { openRedisReplies } from '../persistence/redis-replies.ts'
import { openRedisStore } from '../persistence/redis-store.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { openKafkaLog } from '../runtime/transport/kafka/kafka-log.ts'
import { servers, uniqueSystem } from '../scripts/servers/for-tests.ts'
import { type Connected, standOn } from './testing/real-system.ts'

const connect = async (prefix: string, incarnation: string): Promise<Connected> => {
  const { redisUrl, kafkaBrokers } = servers()
  const connection = connectRedis({ url: redisUrl })
  const store = await openRedisStore({ connection, prefix })
  const replies = await openRedisReplies({ connection, prefix })
  const log = await openKafkaLog({
    brokers: kafkaBrokers,
    clientId: incarnation,
    prefix,
    sharedTopics: new Set(),
    sessionTimeoutMs: 6_000,
    clock: systemClock,
    warn: () => undefined,
  })
  return {
    log,
    store,
    replies,
    close: async () => {
      await log.close()
      await replies.close()
      await connection.close()
    },
  }
}

standOn(() => {
  const prefix = uniqueSystem()
  return { nodes: 3, connect: (incarnation) => connect(prefix, incarnation) }
})

describe('over three nodes: orders', () => import('./lifecycle/intents.test.ts').then(() => undefined))
describe('over three nodes: the catalogue', () => import('./lifecycle/catalogue.test.ts').then(() => undefined))
describe('over three nodes: processes', () => import('./lifecycle/processes.test.ts').then(() => undefined))
describe('over three nodes: the runtime', () => import('./runtime/runtime-api.test.ts').then(() => undefined))
describe('over three nodes: services', () => import('./services/services-api.test.ts').then(() => undefined))
describe('over three nodes: control loops’ templates', () =>
  import('./control-loop/onap/commissioning.test.ts').then(() => undefined))
describe('over three nodes: control loops', () =>
  import('./control-loop/onap/instantiation.test.ts').then(() => undefined))
describe('over three nodes: control loops’ statistics', () =>
  import('./control-loop/onap/monitoring.test.ts').then(() => undefined))
describe('over three nodes: control loops, alarms, participants and events', () =>
  import('./control-loop/runtime/runtime-api.test.ts').then(() => undefined))
