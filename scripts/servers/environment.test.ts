import { afterEach, expect, test, vi } from 'vitest'
import { kafkaAddresses, kafkaOfEnvironment, redisAddresses, redisOfEnvironment } from './environment.ts'
import { FinalProblem } from './ways.ts'

afterEach(() => void vi.unstubAllEnvs())

test('addresses of Redis: one or several URLs, with or without a port', () => {
  expect(redisAddresses('redis://a:1,rediss://user:secret@b/0')).toEqual([
    { host: 'a', port: 1, tls: false },
    { host: 'b', port: 6379, tls: true },
  ])
  for (const wrong of ['a:6379', 'http://a', 'redis://']) expect(() => redisAddresses(wrong)).toThrow(FinalProblem)
})

test('addresses of Kafka: one or several, with or without a port', () => {
  expect(kafkaAddresses('a:1, b')).toEqual([
    { host: 'a', port: 1 },
    { host: 'b', port: 9092 },
  ])
})

test('what the environment does not name is not asked for', async () => {
  vi.stubEnv('REDIS_URL', '')
  vi.stubEnv('KAFKA_BROKERS', undefined)
  expect(await redisOfEnvironment()).toBeUndefined()
  expect(await kafkaOfEnvironment()).toBeUndefined()
})

test('what the environment names must answer, and the error keeps the password to itself', async () => {
  vi.stubEnv('REDIS_URL', 'redis://user:secret@127.0.0.1:1')
  const failure = await redisOfEnvironment().catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(FinalProblem)
  expect((failure as Error).message).toBe('REDIS_URL is set, but nothing that fits answers at 127.0.0.1:1')
})
