import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Answer } from '../runtime/replies.ts'
import { until } from '../runtime/testing/until.ts'
import { connectRedis } from './redis-connection.ts'
import type { RedisConnection } from './redis-connection.ts'
import { openRedisReplies } from './redis-replies.ts'
import type { RedisReplies, RedisRepliesOptions } from './redis-replies.ts'
import { startTestRedis, startTestRedisCluster } from './testing/redis-server.ts'
import type { TestRedis } from './testing/redis-server.ts'

let redis: TestRedis
let prefix: string
const opened: { connection: RedisConnection; replies: RedisReplies }[] = []

beforeEach(async () => {
  redis = await startTestRedis()
  prefix = `test-${randomUUID()}`
})

afterEach(async () => {
  for (const { connection, replies } of opened.splice(0)) {
    await replies.close()
    await connection.close()
  }
  await redis.dispose()
})

const open = async (url: string, options: Partial<RedisRepliesOptions> = {}): Promise<RedisReplies> => {
  const connection = connectRedis({ url, commandTimeoutMs: 500, reconnectMaxMs: 50 })
  await connection.ready()
  const replies = await openRedisReplies({ connection, prefix, echoEveryMs: 100, ...options })
  opened.push({ connection, replies })
  return replies
}

const ok = (value: unknown): Answer => ({ ok: true, value })

/** What a node hears, by correlation. */
const listener = (replies: RedisReplies, node: string): Map<number, Answer> => {
  const heard = new Map<number, Answer>()
  replies.listen(node, (correlation, answer) => void heard.set(correlation, answer))
  return heard
}

/** Until a subscription is known to be there: asks again and again, as nobody in the system would. */
const connected = (from: RedisReplies, node: string, heard: Map<number, Answer>): Promise<void> =>
  until(() => {
    from.send({ node, correlation: -1 }, ok('hello'))
    return heard.has(-1)
  })

const publishes = async (): Promise<number> =>
  Number(/cmdstat_publish:calls=(\d+)/.exec(await redis.cli('info', 'commandstats'))?.[1] ?? 0)

test('answers of every form reach the node that asked, in order, and nobody else', async () => {
  const [a, b, c] = [await open(redis.url), await open(redis.url), await open(redis.url)]
  const [atB, atC] = [listener(b, 'b'), listener(c, 'c')]
  await connected(a, 'b', atB)
  await connected(a, 'c', atC)
  const answers: Answer[] = [
    ok({ text: 'é\u{1f600}', bytes: new Uint8Array([0, 255]), nothing: null, list: [1, 2.5] }),
    { ok: false, rejection: { code: 'busy', reason: 'another process runs', details: { process: 'p1' } } },
    { fault: { code: 'handler-failed', message: 'it threw' } },
  ]
  answers.forEach((answer, index) => a.send({ node: 'b', correlation: index + 1 }, answer))
  await until(() => atB.size === answers.length + 1)
  expect([...atB.keys()].filter((key) => key > 0)).toEqual([1, 2, 3])
  answers.forEach((answer, index) => expect(atB.get(index + 1)).toEqual(answer))
  expect([...atC.keys()]).toEqual([-1])
})

test('answers of one turn to one node share one PUBLISH, up to a bound', async () => {
  const [a, b] = [await open(redis.url, { batchMax: 100 }), await open(redis.url, { echoEveryMs: 60_000 })]
  const atB = listener(b, 'b')
  await connected(a, 'b', atB)
  const before = await publishes()
  for (let correlation = 1; correlation <= 250; correlation++) a.send({ node: 'b', correlation }, ok(correlation))
  await until(() => atB.size === 251)
  expect((await publishes()) - before).toBe(3)
})

test('answers to a node of this process never leave it', async () => {
  const a = await open(redis.url, { echoEveryMs: 60_000 })
  const atA = listener(a, 'a')
  a.send({ node: 'a', correlation: 1 }, ok('here'))
  expect(atA.get(1)).toEqual(ok('here'))
  expect(await publishes()).toBe(0)
})

test('who stopped listening hears nothing; an answer to nobody is lost without a sound', async () => {
  const [a, b] = [await open(redis.url), await open(redis.url)]
  const heard: number[] = []
  const stop = b.listen('b', (correlation) => heard.push(correlation))
  const atC = listener(b, 'c')
  await connected(a, 'c', atC)
  stop()
  a.send({ node: 'b', correlation: 1 }, ok('x'))
  a.send({ node: 'nobody', correlation: 1 }, ok('x'))
  a.send({ node: 'c', correlation: 1 }, ok('after'))
  await until(() => atC.has(1))
  expect(heard).toEqual([])
})

test('while Redis is away nothing is thrown or kept; it works again with the same objects', async () => {
  const [a, b] = [await open(redis.url, { inFlightMax: 5, batchMax: 10 }), await open(redis.url)]
  const atB = listener(b, 'b')
  await connected(a, 'b', atB)
  await redis.kill()
  for (let correlation = 1; correlation <= 1_000; correlation++) a.send({ node: 'b', correlation }, ok('lost'))
  await until(() => a.lost >= 1_000)
  await redis.start()
  atB.clear()
  await connected(a, 'b', atB)
  expect(atB.has(1)).toBe(false)
})

test('while Redis is frozen, no more than the bound is on its way', async () => {
  const [a, b] = [await open(redis.url, { inFlightMax: 5, batchMax: 10 }), await open(redis.url)]
  const atB = listener(b, 'b')
  await connected(a, 'b', atB)
  await redis.signal('SIGSTOP')
  for (let correlation = 1; correlation <= 1_000; correlation++) a.send({ node: 'b', correlation }, ok('x'))
  // One more may have been on its way before.
  expect(a.lost).toBeGreaterThanOrEqual(950)
  await until(() => a.lost >= 1_000)
  await redis.signal('SIGCONT')
  atB.clear()
  await connected(a, 'b', atB)
})

test('a subscription that died unnoticed is found by its echo, and made anew', async () => {
  const [a, b] = [await open(redis.url), await open(redis.url)]
  const atB = listener(b, 'b')
  await connected(a, 'b', atB)
  // The server forgets the subscription; the client isn't told by an end of its connection.
  const subscriptions = async (): Promise<string> => redis.cli('client', 'list', 'type', 'pubsub')
  const [, id] = /^id=(\d+)/.exec(await subscriptions()) ?? []
  const muted = opened[1]?.replies
  expect(muted).toBe(b)
  await redis.cli('acl', 'setuser', 'default', 'resetchannels')
  await until(async () => !(await subscriptions()).includes(`id=${id} `))
  await redis.cli('acl', 'setuser', 'default', 'allchannels')
  atB.clear()
  await connected(a, 'b', atB)
})

test('what can’t be read is told, and what comes after it is heard', async () => {
  const troubles: string[] = []
  const [a, b] = [await open(redis.url), await open(redis.url, { onTrouble: (message) => troubles.push(message) })]
  const atB = listener(b, 'b')
  await connected(a, 'b', atB)
  await redis.cli('publish', `${prefix}:replies:b`, 'nonsense')
  await until(() => troubles.length > 0)
  a.send({ node: 'b', correlation: 1 }, ok('after'))
  await until(() => atB.has(1))
})

test('over a cluster', { timeout: 60_000 }, async () => {
  const cluster = await startTestRedisCluster()
  const [a, b] = [await open(cluster.url), await open(cluster.url)]
  const atB = listener(b, 'b')
  await connected(a, 'b', atB)
  for (let correlation = 1; correlation <= 50; correlation++) a.send({ node: 'b', correlation }, ok(correlation))
  await until(() => atB.size === 51)
  await cluster.dispose()
})
