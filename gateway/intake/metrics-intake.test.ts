import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MetricReport } from '../../actors/resource/protocol.ts'
import { manualClock } from '../../drivers/testing/manual-clock.ts'
import { RuntimeFault } from '../../runtime/fault.ts'
import { MemoryBroker } from '../../runtime/transport/memory-log.ts'
import { stubParts } from '../testing/stub-parts.ts'
import type { MetricsIntakeConfig } from './config.ts'
import { METRICS_GROUP, type MetricsIntake, startMetricsIntake } from './metrics-intake.ts'

const TOPICS = { integrity: 'alm__integrity', load: 'alm__load' }
const METRICS = { h_integrity: 'integrity', h_load: 'load', other_load: 'load' }

/** Resources `r0` to `r9`, a store and a runtime that fail when told to. */
const bench = async (partitions = 2) => {
  const clock = manualClock()
  const broker = new MemoryBroker({ clock, random: () => 0.5 })
  const outside = broker.client({ name: 'outside' })
  // As the monitoring that came first made it: its number of partitions holds.
  await outside.createTopic(TOPICS.integrity, partitions)
  const told: { readonly id: string; readonly metric: MetricReport; readonly sender: string }[] = []
  const warnings: string[] = []
  const failing = { reads: 0, tells: 0, fault: new RuntimeFault('unavailable', 'not now') }
  const { queries } = stubParts({
    queries: {
      entity: async ({ kind, id }) => {
        if (failing.reads-- > 0) throw failing.fault
        if (kind !== 'resource' || !/^r\d$/.test(id)) return undefined
        const state = { id, identity: {}, released: false, traits: { metrics: METRICS } }
        return { state: state as never, version: 1, timers: [] }
      },
    },
  })
  return {
    clock,
    told,
    warnings,
    failing,
    start: (config: Partial<MetricsIntakeConfig> = {}) =>
      startMetricsIntake({
        log: broker.client(),
        clock,
        queries,
        client: {
          ask: () => Promise.reject(new Error('nobody is to be asked')),
          tell: async ({ id }, message, { sender }) => {
            if (failing.tells-- > 0) throw failing.fault
            told.push({ id, metric: (message as unknown as { metric: MetricReport }).metric, sender })
          },
        },
        topics: TOPICS,
        config,
        warn: (text, details) => void warnings.push(`${text} ${JSON.stringify(details)}`),
      }),
    publish: (message: unknown, partition = 0, topic = TOPICS.integrity) =>
      outside.append([{ topic, partition, value: Buffer.from(JSON.stringify(message)) }]),
    committed: async (partition: number) => {
      const membership = await broker.client().join(METRICS_GROUP, TOPICS.integrity, () => undefined)
      const position = await membership.committed(partition)
      await membership.leave()
      return position
    },
    ended: async (intake: MetricsIntake): Promise<void> => {
      let isClosed = false
      void intake.close().then(() => (isClosed = true))
      await clock.until(() => isClosed)
    },
  }
}

const integrityOf = (metricKey: string, more: object = {}) => ({ metricKey, integrity: 'BROKEN', ...more })

test('metrics of both kinds reach their resources, and the position behind them is stored', async () => {
  const { start, publish, clock, told, ended, committed } = await bench()
  const intake = await start()
  await publish(integrityOf('r1', { metricName: 'h_integrity', metricId: 'r1.h_integrity', message: 'no answer' }))
  await publish({ metricKey: 'r2', metricId: 'r2.h_load', load: 76 }, 0, TOPICS.load)
  await clock.until(() => told.length === 2)
  expect(told.toSorted((one, other) => one.id.localeCompare(other.id))).toEqual([
    {
      id: 'r1',
      sender: 'metrics-intake',
      metric: { kind: 'integrity', metricName: 'h_integrity', value: 'BROKEN', message: 'no answer' },
    },
    { id: 'r2', sender: 'metrics-intake', metric: { kind: 'load', metricName: 'h_load', value: 76 } },
  ])
  await ended(intake)
  expect(await committed(0)).toBe(1)
})

test('what is malformed, or of nothing that is known here, is counted, seldom warned about, and passed over', async () => {
  const { start, publish, clock, told, warnings, ended, committed } = await bench(1)
  const intake = await start({ messageBytesMax: 200 })
  for (const malformed of ['hello', {}, integrityOf('r1', { message: 'x'.repeat(200) })]) await publish(malformed)
  for (let times = 0; times < 20; times++) await publish(integrityOf(`unknown-${times}`))
  await publish(integrityOf('r1', { metricName: 'no_such_metric' }))
  // Which of the two load metrics?
  await publish({ metricKey: 'r1', load: 3 }, 0, TOPICS.load)
  await publish(integrityOf('r1'))
  await clock.until(() => told.length === 1 && intake.stats().unknown === 22)
  expect(intake.stats()).toEqual({ told: 1, malformed: 3, unknown: 22, failed: 0, retried: 0, inFlight: 0 })
  // Malformed: the 1st and 2nd. Unknown: the 1st, 2nd, 4th, 8th and 16th.
  expect(warnings).toHaveLength(7)
  expect(intake.samples()).toContainEqual(expect.objectContaining({ labels: { outcome: 'unknown' }, value: 22 }))
  await ended(intake)
  expect(await committed(0)).toBe(25)
})

test('it stays in front of a metric until its resource has been told', async () => {
  const { start, publish, clock, told, failing, warnings, ended, committed } = await bench(1)
  failing.reads = 3
  failing.tells = 1_000
  const intake = await start()
  await publish(integrityOf('r1'))
  await clock.advance(300_000)
  expect(told).toEqual([])
  expect(intake.stats().retried).toBeGreaterThan(20)
  expect(warnings.length).toBeLessThan(10)
  await ended(intake)
  expect(await committed(0)).toBe(0)
  failing.tells = 0
  const next = await start()
  await clock.until(() => told.length === 1)
  await ended(next)
  expect(await committed(0)).toBe(1)
})

test('what fails each time is passed over', async () => {
  const { start, publish, clock, told, failing, ended } = await bench(1)
  failing.reads = 1
  failing.fault = new RuntimeFault('unreadable', 'stored by nobody that is known')
  const intake = await start({ sourceTtlMs: 1 })
  await publish(integrityOf('r1'))
  await clock.until(() => intake.stats().failed === 1)
  await publish(integrityOf('r2'))
  await clock.until(() => told.length === 1)
  expect(intake.stats()).toMatchObject({ told: 1, failed: 1, retried: 0 })
  await ended(intake)
})

test('no metric is lost and those of one resource come in order, whatever fails and whenever readers end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(4), { minLength: 1, maxLength: 40 }),
      fc.array(fc.record({ reads: fc.nat(5), tells: fc.nat(10), afterMs: fc.nat(400) }), { maxLength: 4 }),
      async (resources, endings) => {
        const { start, publish, clock, told, failing, ended } = await bench(3)
        for (const [index, resource] of resources.entries())
          await publish(integrityOf(`r${resource}`, { message: `${index}` }), resource % 3)
        let intake = await start({ inFlightMax: 4, readBatchMax: 3 })
        for (const { reads, tells, afterMs } of endings) {
          Object.assign(failing, { reads, tells })
          await clock.advance(afterMs)
          await ended(intake)
          intake = await start({ inFlightMax: 4, readBatchMax: 3 })
        }
        const numbers = (): number[] => told.map(({ metric }) => Number(metric.message))
        await clock.until(() => new Set(numbers()).size === resources.length, 600_000)
        await ended(intake)
        for (const resource of new Set(resources)) {
          const ofResource = told.filter(({ id }) => id === `r${resource}`).map(({ metric }) => Number(metric.message))
          // A repetition begins again further down; within a stretch nothing is skipped or turned around.
          const expected = resources.flatMap((each, index) => (each === resource ? [index] : []))
          for (const [position, number] of ofResource.entries()) {
            const before = position === 0 ? -1 : expected.indexOf(ofResource[position - 1] ?? -1)
            expect(expected.indexOf(number)).toBeLessThanOrEqual(before + 1)
          }
        }
      },
    ),
    { numRuns: 30 },
  )
})
