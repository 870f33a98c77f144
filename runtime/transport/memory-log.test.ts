import { describe, expect, test } from 'vitest'
import type { LogRecord } from '../ports.ts'
import { logContract } from '../testing/log-contract.ts'
import { ManualClock, seeded } from '../testing/manual-clock.ts'
import { MemoryBroker, noLogFaults } from './memory-log.ts'
import type { LogFaults } from './memory-log.ts'

const openBroker = (faults: Partial<LogFaults> = {}) => {
  const clock = new ManualClock()
  const broker = new MemoryBroker({ clock, random: seeded(1), faults: { ...noLogFaults(), ...faults } })
  broker.createTopic('t', 2)
  return { clock, broker }
}
const entry = (text: string, partition = 0) => ({ topic: 't', partition, value: new TextEncoder().encode(text) })
const texts = (records: readonly LogRecord[]) => records.map((record) => new TextDecoder().decode(record.value))

logContract('memory', async () => {
  const broker = new MemoryBroker({ clock: new ManualClock(), random: seeded(1) })
  return { log: broker.client(), other: broker.client(), dispose: async () => undefined }
})

describe('faults of an append', () => {
  test('lost: reported as failed, and never there', async () => {
    const { broker, clock } = openBroker({ lost: 1 })
    await expect(broker.client().append([entry('a')])).rejects.toMatchObject({ code: 'unavailable' })
    clock.advance(10_000)
    expect(broker.records('t', 0)).toHaveLength(0)
  })

  test('unconfirmed: reported as failed, but there', async () => {
    const { broker } = openBroker({ unconfirmed: 1 })
    await expect(broker.client().append([entry('a')])).rejects.toMatchObject({ code: 'unavailable' })
    expect(texts(broker.records('t', 0))).toEqual(['a'])
  })

  test('late: reported as failed, there later, behind what came meanwhile', async () => {
    const { broker, clock } = openBroker({ late: 1, lateness: { minMs: 50, maxMs: 50 } })
    await expect(broker.client().append([entry('a')])).rejects.toMatchObject({ code: 'unavailable' })
    broker.faults.late = 0
    await broker.client().append([entry('b')])
    expect(texts(broker.records('t', 0))).toEqual(['b'])
    clock.advance(50)
    expect(texts(broker.records('t', 0))).toEqual(['b', 'a'])
  })

  test('repeated: there at once and again later', async () => {
    const { broker, clock } = openBroker({ repeated: 1, lateness: { minMs: 50, maxMs: 50 } })
    await broker.client().append([entry('a')])
    expect(texts(broker.records('t', 0))).toEqual(['a'])
    clock.advance(50)
    expect(texts(broker.records('t', 0))).toEqual(['a', 'a'])
  })

  test('partial: fails, and in the end some partitions have it and others do not', async () => {
    const { broker } = openBroker({ partial: 1 })
    const log = broker.client()
    for (let round = 0; round < 20; round++)
      await expect(log.append([entry('a', 0), entry('b', 1)])).rejects.toMatchObject({ code: 'unavailable' })
    expect(broker.records('t', 0).length).toBeGreaterThan(0)
    expect(broker.records('t', 0).length).toBeLessThan(20)
    expect(broker.records('t', 1).length).toBeGreaterThan(0)
  })
})

describe('latency', () => {
  test('an append is there after its way to the broker, and known after the way back', async () => {
    const { broker, clock } = openBroker({ latency: { minMs: 10, maxMs: 10 } })
    let known = false
    const appended = broker
      .client()
      .append([entry('a')])
      .then(() => (known = true))
    clock.advance(9)
    expect(broker.records('t', 0)).toHaveLength(0)
    clock.advance(1)
    expect(broker.records('t', 0)).toHaveLength(1)
    await Promise.resolve()
    expect(known).toBe(false)
    clock.advance(10)
    await appended
    expect(known).toBe(true)
  })

  test('a read is delayed', async () => {
    const { broker, clock } = openBroker({ readLatency: { minMs: 30, maxMs: 30 } })
    const log = broker.client()
    let read: readonly LogRecord[] = []
    const reading = log
      .read('t', 0, 0)
      .next(10)
      .then((records) => (read = records))
    await log.append([entry('a')])
    clock.advance(29)
    await Promise.resolve()
    expect(read).toEqual([])
    clock.advance(1)
    await reading
    expect(texts(read)).toEqual(['a'])
  })
})

describe('a node that is cut off', () => {
  test('can neither append nor hear, and goes on where it was when it is back', async () => {
    const { broker } = openBroker()
    const [near, far] = [broker.client(), broker.client()]
    const reading = far.read('t', 0, 0).next(10)
    far.link.cut()
    await expect(far.append([entry('x')])).rejects.toMatchObject({ code: 'unavailable' })
    await near.append([entry('a')])
    await near.append([entry('b')])
    far.link.restore()
    expect(texts(await reading)).toEqual(['a', 'b'])
  })

  test('believes its old assignment until it is back', async () => {
    const { broker } = openBroker()
    const views: Record<string, readonly number[]> = {}
    const [zombie, heir] = [broker.client({ name: 'zombie' }), broker.client({ name: 'heir' })]
    await zombie.join('g', 't', (partitions) => (views['zombie'] = partitions))
    zombie.link.cut()
    await heir.join('g', 't', (partitions) => (views['heir'] = partitions))
    broker.assign('g', 'zombie', [])
    broker.assign('g', 'heir', [0, 1])
    expect(views).toEqual({ zombie: [0, 1], heir: [0, 1] })
    zombie.link.restore()
    expect(views).toEqual({ zombie: [], heir: [0, 1] })
  })

  test('is expelled without being told, and the others take over', async () => {
    const { broker } = openBroker()
    const views: Record<string, readonly number[]> = {}
    for (const name of ['a', 'b']) await broker.client({ name }).join('g', 't', (mine) => (views[name] = mine))
    broker.expel('g', 'a')
    expect(views).toEqual({ a: [0], b: [0, 1] })
  })
})

describe('a node that dies', () => {
  test('hears nothing any more, while what it has sent arrives', async () => {
    const { broker, clock } = openBroker({ latency: { minMs: 5, maxMs: 5 } })
    const log = broker.client()
    let settled = false
    void log
      .append([entry('last words')])
      .finally(() => (settled = true))
      .catch(() => undefined)
    log.link.crash()
    void log
      .append([entry('from the grave')])
      .finally(() => (settled = true))
      .catch(() => undefined)
    clock.advance(1_000)
    await broker.client({ faults: noLogFaults() }).bounds('t', 0)
    expect(texts(broker.records('t', 0))).toEqual(['last words'])
    expect(settled).toBe(false)
  })
})

test('a test can leave a member with a stale view', async () => {
  const { broker } = openBroker()
  const told: (readonly number[])[] = []
  await broker.client({ name: 'a' }).join('g', 't', (partitions) => told.push(partitions))
  broker.assign('g', 'a', [1], { tell: false })
  broker.assign('g', 'a', [0, 1])
  broker.assign('g', 'a', [0])
  expect(told).toEqual([[0, 1], [0]])
})
