/** A Kafka of our own that is killed, started again and frozen while it is used. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startKafka } from '../../../scripts/servers/kafka.ts'
import type { LocalKafka } from '../../../scripts/servers/kafka.ts'
import { systemClock } from '../../system-clock.ts'
import { text } from '../../testing/log-fixture.ts'
import { until } from '../../testing/until.ts'
import { openKafkaLog } from './kafka-log.ts'
import type { KafkaLog } from './kafka-log.ts'
import { pause } from '../../pause.ts'

const PARTITIONS = 4
const WRITERS = 8

let kafka: LocalKafka
let log: KafkaLog
let rounds = 0
const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)

beforeAll(async () => {
  process.on('unhandledRejection', note)
  // A broker that was killed may come back only when its session is over: 9 s if nothing is said.
  kafka = await startKafka({
    settings: { 'broker.session.timeout.ms': '2000', 'broker.heartbeat.interval.ms': '500' },
  })
}, 120_000)
afterAll(async () => {
  await kafka.stop()
  process.off('unhandledRejection', note)
})
beforeEach(async () => {
  log = await openKafkaLog({
    brokers: kafka.brokers,
    clientId: 'test',
    prefix: `outage-${++rounds}`,
    sharedTopics: new Set(),
    sessionTimeoutMs: 6_000,
    clock: systemClock,
    warn: () => undefined,
  })
  await log.createTopic('t', PARTITIONS)
})
afterEach(async () => {
  await log.close()
  expect(unhandled.splice(0)).toEqual([])
})

const appendText = (partition: number, value: string) =>
  log.append([{ topic: 't', partition, value: new TextEncoder().encode(value) }])

/** Each writer says 0, 1, 2 … in its partition, and repeats what was not confirmed, as all callers do. */
const startWriters = () => {
  const confirmed = Array.from({ length: WRITERS }, () => 0)
  let failures = 0
  let isEnding = false
  const write = async (writer: number): Promise<void> => {
    while (!isEnding) {
      try {
        await appendText(writer % PARTITIONS, `${writer}:${confirmed[writer] ?? 0}`)
        confirmed[writer] = (confirmed[writer] ?? 0) + 1
      } catch {
        failures++
        await pause(systemClock, 20)
      }
    }
  }
  const ended = Promise.all(confirmed.map((_, writer) => write(writer)))
  return {
    confirmed,
    failures: () => failures,
    end: async () => {
      isEnding = true
      await ended
    },
  }
}

/** What readers saw: the next number of each writer. A number out of its turn (not a repeat of an earlier one) is a loss. */
const startReaders = () => {
  const seen = Array.from({ length: WRITERS }, () => 0)
  const losses: string[] = []
  const readers = Array.from({ length: PARTITIONS }, (_, partition) => log.read('t', partition, 0))
  const reading = readers.map(async (reader) => {
    for (let records = await reader.next(100); records.length > 0; records = await reader.next(100))
      for (const record of records) {
        const [writer = 0, value = 0] = text(record).split(':').map(Number)
        if (value > (seen[writer] ?? 0)) losses.push(text(record))
        if (value === seen[writer]) seen[writer] = value + 1
      }
  })
  return {
    seen,
    losses,
    end: async () => {
      for (const reader of readers) reader.close()
      await Promise.all(reading)
    },
  }
}

test('killed and started again: nothing confirmed is lost, readers and members notice nothing', async () => {
  const told: (readonly number[])[] = []
  await log.join('g', 't', (partitions) => void told.push(partitions))
  await until(() => told.length > 0)
  const writers = startWriters()
  const readers = startReaders()
  for (let kill = 0; kill < 2; kill++) {
    const before = Math.min(...readers.seen)
    await until(() => Math.min(...readers.seen) > before + 20, 20_000)
    await kafka.restart('SIGKILL')
    const backAtMs = Date.now()
    const atRestart = Math.min(...writers.confirmed)
    await until(() => Math.min(...writers.confirmed) > atRestart + 1, 15_000)
    expect(Date.now() - backAtMs).toBeLessThan(4_000)
  }
  await writers.end()
  await until(() => writers.confirmed.every((count, writer) => (readers.seen[writer] ?? 0) >= count), 15_000)
  await readers.end()
  expect(readers.losses).toEqual([])
  expect(writers.failures()).toBeGreaterThan(0)
  await until(() => told.at(-1)?.length === PARTITIONS)
}, 90_000)

test('while it is down appends reject within seconds, and work again when it is back', async () => {
  await appendText(0, 'before')
  await kafka.kill('SIGKILL')
  for (let tries = 0; tries < 3; tries++) {
    const startedAtMs = Date.now()
    await expect(appendText(0, 'lost')).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    expect(Date.now() - startedAtMs).toBeLessThan(5_000)
  }
  await kafka.restart()
  const backAtMs = Date.now()
  await until(
    () =>
      appendText(0, 'after').then(
        () => true,
        () => false,
      ),
    10_000,
  )
  expect(Date.now() - backAtMs).toBeLessThan(3_000)
}, 60_000)

test('frozen: appends reject within seconds, and work at once when it goes on', async () => {
  const reader = log.read('t', 1, 0)
  await appendText(1, 'before')
  expect((await reader.next(1)).map(text)).toEqual(['before'])
  await kafka.kill('SIGSTOP')
  const startedAtMs = Date.now()
  await expect(appendText(1, 'perhaps')).rejects.toMatchObject({ code: 'unavailable' })
  expect(Date.now() - startedAtMs).toBeLessThan(8_000)
  await kafka.kill('SIGCONT')
  const backAtMs = Date.now()
  await until(
    () =>
      appendText(1, 'after').then(
        () => true,
        () => false,
      ),
    10_000,
  )
  expect(Date.now() - backAtMs).toBeLessThan(3_000)
  const texts: string[] = []
  while (texts.at(-1) !== 'after') texts.push(...(await reader.next(10)).map(text))
}, 60_000)

test('closing while it is down ends at once', async () => {
  const waiting = log.read('t', 0, 0).next(1)
  await log.join('g', 't', () => undefined)
  await kafka.kill('SIGKILL')
  const startedAtMs = Date.now()
  await log.close()
  expect(Date.now() - startedAtMs).toBeLessThan(6_000)
  expect(await waiting).toEqual([])
  await kafka.restart()
}, 60_000)
