import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../../runtime/testing/until.ts'
import { servers, uniqueSystem } from './for-tests.ts'

test('the Redis that all tests share keeps what it is given, and is set up as this system wants it', async () => {
  const redis = new Redis(servers().redisUrl, { protocol: 2 })
  onTestFinished(() => redis.disconnect())
  const key = uniqueSystem()
  await redis.set(key, 'blue')
  expect(await redis.getdel(key)).toBe('blue')
  expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction'])
  expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'yes'])
})

test('the Kafka that all tests share creates a topic and brings a message through it', async () => {
  const topic = uniqueSystem()
  const kafka = new Kafka({ brokers: [...servers().kafkaBrokers], logLevel: logLevel.NOTHING, clientId: topic })
  const [admin, producer, consumer] = [kafka.admin(), kafka.producer(), kafka.consumer({ groupId: topic })]
  for (const client of [admin, producer, consumer]) {
    await client.connect()
    onTestFinished(() => client.disconnect())
  }
  await admin.createTopics({ topics: [{ topic, numPartitions: 3 }] })
  await producer.send({ topic, messages: [{ partition: 2, value: 'blue' }] })
  await consumer.subscribe({ topic, fromBeginning: true })
  const read: string[] = []
  await consumer.run({
    eachMessage: async ({ partition, message }) => void read.push(`${partition} ${String(message.value)}`),
  })
  await until(() => read.length > 0, 20_000)
  expect(read).toEqual(['2 blue'])
  await admin.deleteTopics({ topics: [topic] })
})

test('no two tests have the same system name', () => {
  const names = Array.from({ length: 1000 }, uniqueSystem)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^[a-z0-9-]{1,64}$/)
})
