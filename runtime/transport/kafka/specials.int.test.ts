import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { servers, uniqueSystem } from '../../../scripts/servers/for-tests.ts'
import { DEFAULT_CONFIG } from '../../config.ts'
import { systemClock } from '../../system-clock.ts'
import { entry, take, text } from '../../testing/log-fixture.ts'
import { until } from '../../testing/until.ts'
import { openKafkaLog } from './kafka-log.ts'
import type { KafkaLog } from './kafka-log.ts'

let logs: KafkaLog[] = []
const open = async (prefix: string, sharedTopics: readonly string[] = []): Promise<KafkaLog> => {
  const log = await openKafkaLog({
    brokers: servers().kafkaBrokers,
    clientId: 'test',
    prefix,
    sharedTopics: new Set(sharedTopics),
    sessionTimeoutMs: 6_000,
    clock: systemClock,
    warn: () => undefined,
  })
  logs.push(log)
  return log
}
beforeEach(() => {
  logs = []
})
afterEach(() => Promise.all(logs.map((log) => log.close())))

test('the longest record that the runtime sends is one that brokers take, alone and among others', async () => {
  const log = await open(uniqueSystem())
  await log.createTopic('orders', 1)
  const longest = 'x'.repeat(DEFAULT_CONFIG.recordBytesMax)
  await log.append([entry(0, 'before'), entry(0, longest), entry(0, 'after')])
  const taken = await take(log.read('orders', 0, 0), 3)
  expect(taken.map(({ value }) => value.length)).toEqual([6, DEFAULT_CONFIG.recordBytesMax, 5])
  await expect(log.append([entry(0, `${longest}${'x'.repeat(100_000)}`)])).rejects.toMatchObject({
    code: 'unavailable',
  })
})

describe('names', () => {
  test('two systems on one Kafka have topics and groups of their own, and share those that others named', async () => {
    const shared = `${uniqueSystem()}-shared`
    const [one, two] = [await open(uniqueSystem(), [shared]), await open(uniqueSystem(), [shared])]
    await one.createTopic('orders', 2)
    await two.createTopic('orders', 3)
    expect(await one.ensureTopic(shared, 2)).toBe(2)
    expect(await two.ensureTopic(shared, 5)).toBe(2)
    await one.append([entry(0, 'mine'), entry(1, 'for all', shared)])
    await two.append([entry(0, 'theirs')])
    expect((await take(one.read('orders', 0, 0), 1)).map(text)).toEqual(['mine'])
    expect((await take(two.read('orders', 0, 0), 1)).map(text)).toEqual(['theirs'])
    expect((await take(two.read(shared, 1, 0), 1)).map(text)).toEqual(['for all'])
  })

  test('a name that Kafka refuses is refused at once', async () => {
    const log = await open(uniqueSystem())
    await expect(log.createTopic('no/topic', 1)).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('a Kafka that is not there is named', async () => {
    const opening = openKafkaLog({
      brokers: ['127.0.0.1:1'],
      clientId: 'test',
      prefix: 'x',
      openTimeoutMs: 500,
      sharedTopics: new Set(),
      sessionTimeoutMs: 6_000,
      clock: systemClock,
      warn: () => undefined,
    })
    await expect(opening).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('127.0.0.1:1') as string,
    })
  })
})

describe('reading', () => {
  test('records larger than a fetch asks for come from all partitions, in order', async () => {
    const log = await open(uniqueSystem())
    await log.createTopic('t', 6)
    const partitions = [0, 1, 2, 3, 4, 5]
    const readers = partitions.map((partition) => log.read('t', partition, 0))
    for (let round = 0; round < 3; round++)
      for (const partition of partitions)
        await log.append([{ topic: 't', partition, value: new Uint8Array(900_000).fill(round) }])
    for (const reader of readers)
      expect((await take(reader, 3, 1)).map(({ value }) => [value.length, value[7]])).toEqual([
        [900_000, 0],
        [900_000, 1],
        [900_000, 2],
      ])
  })

  test('readers that nobody reads from do not hold up the others', async () => {
    const log = await open(uniqueSystem())
    await log.createTopic('t', 3)
    const value = new Uint8Array(50_000)
    for (let partition = 0; partition < 3; partition++)
      await log.append(Array.from({ length: 60 }, () => ({ topic: 't', partition, value })))
    for (const partition of [0, 1]) log.read('t', partition, 0)
    expect(await take(log.read('t', 2, 0), 60, 5)).toHaveLength(60)
  })

  test('the fault of an offset that is gone names topic, partition, offset and bounds', async () => {
    const prefix = uniqueSystem()
    const log = await open(prefix)
    await log.createTopic('t', 1)
    await log.append([entry(0, 'a', 't')])
    await expect(log.read('t', 0, 5).next(1)).rejects.toMatchObject({
      code: 'offset-out-of-range',
      address: `${prefix}.t/0`,
      message: `offset 5 of ${prefix}.t/0 isn't in [0, 1]`,
    })
  })

  test('a topic that is made after its reader is read when it is there', async () => {
    const log = await open(uniqueSystem())
    const waiting = take(log.read('late', 0, 0), 1)
    await log.createTopic('late', 1)
    await log.append([entry(0, 'there', 'late')])
    expect((await waiting).map(text)).toEqual(['there'])
  })

  test('a record that is larger than the broker takes fails alone', async () => {
    const log = await open(uniqueSystem())
    await log.createTopic('t', 2)
    const [tooLarge, other] = await Promise.allSettled([
      log.append([{ topic: 't', partition: 0, value: new Uint8Array(3_000_000) }]),
      log.append([entry(1, 'fine', 't')]),
    ])
    expect([tooLarge.status, other.status]).toEqual(['rejected', 'fulfilled'])
  })
})

test('of many trims the last one counts, a little later', async () => {
  const log = await open(uniqueSystem())
  await log.createTopic('t', 1)
  await log.append(Array.from({ length: 10 }, (_, index) => entry(0, `${index}`, 't')))
  for (let before = 1; before <= 8; before++) await log.trim('t', 0, before)
  expect((await log.bounds('t', 0)).first).toBe(1)
  await until(async () => (await log.bounds('t', 0)).first === 8, 10_000)
  expect((await take(log.read('t', 0, 8), 2)).map(text)).toEqual(['8', '9'])
})

test('appends of many callers share requests', async () => {
  const log = await open(uniqueSystem())
  await log.createTopic('t', 4)
  await Promise.all(Array.from({ length: 2_000 }, (_, index) => log.append([entry(index % 4, `${index}`, 't')])))
  const { requests, records, failures } = log.counters().append
  expect([records, failures]).toEqual([2_000, 0])
  expect(requests).toBeLessThan(10)
})
