import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryBroker } from '../../runtime/transport/memory-log.ts'
import { manualClock } from '../testing/manual-clock.ts'
import {
  COMPLETION_EVENTS_TOPIC,
  type CompletionEvents,
  type CompletionEventsConfig,
  DRIVER_EVENTS_GROUP,
  startCompletionEvents,
} from './completion-events.ts'

const bench = async (partitions = 2) => {
  const clock = manualClock()
  const broker = new MemoryBroker({ clock, random: () => 0.5 })
  const outside = broker.client({ name: 'outside' })
  // As the driver that came first made it: its number of partitions holds.
  await outside.createTopic(COMPLETION_EVENTS_TOPIC, partitions)
  const told: string[] = []
  const warnings: string[] = []
  const failing = { tells: 0 }
  return {
    clock,
    told,
    warnings,
    failing,
    start: (config: Partial<CompletionEventsConfig> = {}) =>
      startCompletionEvents({
        log: broker.client(),
        clock,
        client: {
          tell: async (to, message, { sender }) => {
            if (failing.tells-- > 0) throw new Error('not now')
            if (to.kind !== 'driver-request' || message.type !== 'completion' || sender !== 'driver-events')
              throw new Error('something else was said')
            told.push(to.id)
          },
        },
        config,
        warn: (text, details) => void warnings.push(`${text} ${JSON.stringify(details)}`),
      }),
    publish: (text: string, partition = 0) =>
      outside.append([{ topic: COMPLETION_EVENTS_TOPIC, partition, value: Buffer.from(text) }]),
    committed: async (partition: number) => {
      const member = broker.client({ name: `reader-${partition}-${told.length}` })
      const membership = await member.join(DRIVER_EVENTS_GROUP, COMPLETION_EVENTS_TOPIC, () => undefined)
      const position = await membership.committed(partition)
      await membership.leave()
      return position
    },
    ended: async (events: CompletionEvents): Promise<void> => {
      let isClosed = false
      void events.close().then(() => (isClosed = true))
      await clock.until(() => isClosed)
    },
  }
}
const eventOf = (requestId: string): string => JSON.stringify({ requestId, status: 'COMPLETE', outputs: {} })

describe('the reader of completion events', () => {
  it('tells each event to its entity, and stores how far it is', async () => {
    const { start, publish, clock, told, ended, committed } = await bench()
    const events = await start()
    await publish(eventOf('a'), 0)
    await publish(eventOf('b'), 1)
    await publish(eventOf('c'), 1)
    await clock.until(() => told.length === 3)
    expect(told.toSorted()).toEqual(['a', 'b', 'c'])
    await ended(events)
    expect([await committed(0), await committed(1)]).toEqual([1, 2])
  })

  it('passes over what it can not read, with a warning, and goes on', async () => {
    const { start, publish, clock, told, warnings, ended, committed } = await bench()
    const events = await start({ eventBytesMax: 200 })
    for (const text of ['', '\xff{', '{"status":"COMPLETE"}', `{"requestId":"${'x'.repeat(190)}"}`, '"hello"'])
      await publish(text)
    await publish(eventOf('good'))
    await clock.until(() => told.length === 1)
    expect(events.stats()).toMatchObject({ told: 1, malformed: 5, retried: 0 })
    // Of the first, the second and the fourth.
    expect(warnings).toHaveLength(3)
    await ended(events)
    expect(await committed(0)).toBe(6)
  })

  it('stays in front of an event until its entity has been told', async () => {
    const { start, publish, clock, told, failing, ended, committed } = await bench(1)
    failing.tells = 1_000
    const events = await start()
    await publish(eventOf('a'))
    await clock.advance(60_000)
    expect(told).toEqual([])
    expect(events.stats().retried).toBeGreaterThan(5)
    await ended(events)
    expect(await committed(0)).toBe(0)
    failing.tells = 0
    const next = await start()
    await clock.until(() => told.length === 1)
    await ended(next)
    expect(await committed(0)).toBe(1)
  })

  it('loses no event, whatever fails and whenever readers end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.nat(20), { maxLength: 4 }),
        fc.array(fc.nat(400), { maxLength: 4 }),
        async (count, failures, endings) => {
          const { start, publish, clock, told, failing, ended } = await bench(3)
          for (let index = 0; index < count; index++) await publish(eventOf(`${index}`), index % 3)
          let events = await start({ inFlightMax: 4, readBatchMax: 3 })
          for (const [index, afterMs] of endings.entries()) {
            failing.tells = failures[index] ?? 0
            await clock.advance(afterMs)
            await ended(events)
            events = await start({ inFlightMax: 4, readBatchMax: 3 })
          }
          await clock.until(() => new Set(told).size === count, 600_000)
          await ended(events)
        },
      ),
      { numRuns: 30 },
    )
  })
})
