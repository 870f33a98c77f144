/**
 * What every Log must do: the sentences of `runtime/ports.ts`, as tests. Call `logContract` in the test file of an
 * implementation, and `durableLogContract` where something outlives the log object.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import type { Log } from '../ports.ts'
import { bytes, entry, take, text } from './log-fixture.ts'
import type { LogUnderTest } from './log-fixture.ts'

/** `name` for the report; `open` gives a fresh, empty log. */
export const logContract = (name: string, open: () => Promise<LogUnderTest>): void => {
  describe(`log contract: ${name}`, () => {
    let under: LogUnderTest
    let log: Log

    beforeEach(async () => {
      under = await open()
      log = under.log
      await log.createTopic('orders', 4)
    })
    afterEach(() => under.dispose())

    describe('topics', () => {
      test('making one again with as many partitions changes nothing', async () => {
        await log.append([entry(0, 'kept')])
        await log.createTopic('orders', 4)
        expect((await take(log.read('orders', 0, 0), 1)).map(text)).toEqual(['kept'])
      })

      test('making one again with another number of partitions is refused', async () => {
        await expect(log.createTopic('orders', 5)).rejects.toMatchObject({ code: 'partitions-differ' })
      })

      test('ensuring one makes it, or answers how many partitions it has', async () => {
        expect(await log.ensureTopic('monitoring', 3)).toBe(3)
        expect(await log.ensureTopic('monitoring', 7)).toBe(3)
        expect(await log.ensureTopic('orders', 1)).toBe(4)
        await log.append([entry(2, 'kept', 'monitoring')])
        expect((await take(log.read('monitoring', 2, 0), 1)).map(text)).toEqual(['kept'])
      })

      test('they are apart from each other', async () => {
        await log.createTopic('others', 4)
        await log.append([entry(1, 'a'), entry(1, 'b', 'others')])
        expect((await take(log.read('others', 1, 0), 1)).map(text)).toEqual(['b'])
        expect((await take(log.read('orders', 1, 0), 1)).map(text)).toEqual(['a'])
      })
    })

    describe('append and read', () => {
      test('records come in the order of their appending, per partition, at rising offsets', async () => {
        await log.append([entry(0, 'a1'), entry(1, 'b1'), entry(0, 'a2')])
        await log.append([entry(1, 'b2'), entry(0, 'a3')])
        const records = await take(log.read('orders', 0, 0), 3)
        expect(records.map(text)).toEqual(['a1', 'a2', 'a3'])
        expect((await take(log.read('orders', 1, 0), 2)).map(text)).toEqual(['b1', 'b2'])
        const offsets = records.map((record) => record.offset)
        expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b))
      })

      test('appends that were called without waiting keep the order of the calls', async () => {
        const texts = Array.from({ length: 50 }, (_, index) => `v${index}`)
        await Promise.all(texts.map((value) => log.append([entry(2, value)])))
        expect((await take(log.read('orders', 2, 0), 50)).map(text)).toEqual(texts)
      })

      test('appending nothing is fine', async () => {
        await log.append([])
        const { first, next } = await log.bounds('orders', 0)
        expect(next).toBe(first)
      })

      test('a failing append does not take its neighbours down', async () => {
        const [good, bad, alsoGood] = await Promise.allSettled([
          log.append([entry(0, 'good')]),
          log.append([entry(99, 'bad')]),
          log.append([entry(0, 'also good')]),
        ])
        expect([good.status, bad.status, alsoGood.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
        expect((await take(log.read('orders', 0, 0), 2)).map(text)).toEqual(['good', 'also good'])
      })

      test('bytes come back exactly as they went in', async () => {
        let written = 0
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 8 }),
            async (values) => {
              const { next } = await log.bounds('orders', 3)
              await log.append(values.map((value) => ({ topic: 'orders', partition: 3, value })))
              const reader = log.read('orders', 3, next)
              const records = await take(reader, values.length)
              reader.close()
              written += values.length
              expect(records.map((record) => [...record.value])).toEqual(values.map((value) => [...value]))
            },
          ),
          { numRuns: 25 },
        )
        expect(await take(log.read('orders', 3, 0), written)).toHaveLength(written)
      })

      test('a record of 1 MB comes back', async () => {
        const value = new Uint8Array(1_000_000).fill(7)
        await log.append([{ topic: 'orders', partition: 0, value }])
        const [record] = await take(log.read('orders', 0, 0), 1)
        expect(Buffer.compare(record?.value ?? bytes(''), value)).toBe(0)
      })

      test('reading starts at the given offset, inclusive', async () => {
        await log.append(['a', 'b', 'c'].map((value) => entry(0, value)))
        const [, second] = await take(log.read('orders', 0, 0), 3)
        expect((await take(log.read('orders', 0, second?.offset ?? -1), 2)).map(text)).toEqual(['b', 'c'])
      })

      test('next gives at most as many as asked for, then goes on behind them', async () => {
        await log.append(['a', 'b', 'c', 'd', 'e'].map((value) => entry(0, value)))
        const reader = log.read('orders', 0, 0)
        const first = await reader.next(2)
        expect(first.length).toBeGreaterThan(0)
        expect(first.length).toBeLessThanOrEqual(2)
        const rest = await take(reader, 5 - first.length, 2)
        expect([...first, ...rest].map(text)).toEqual(['a', 'b', 'c', 'd', 'e'])
      })

      test('readers do not disturb each other', async () => {
        await log.append([entry(0, 'a'), entry(0, 'b')])
        const [one, two] = [log.read('orders', 0, 0), log.read('orders', 0, 0)]
        expect((await take(one, 2)).map(text)).toEqual(['a', 'b'])
        expect((await take(two, 2)).map(text)).toEqual(['a', 'b'])
      })

      test('a reader that waits at the end does not hold up one that is behind', async () => {
        await log.append(Array.from({ length: 20 }, (_, index) => entry(3, `v${index}`)))
        const { next } = await log.bounds('orders', 3)
        const waiting = log.read('orders', 3, next)
        const behind = log.read('orders', 3, 0)
        const latest = waiting.next(10)
        expect(await take(behind, 20)).toHaveLength(20)
        // And one that comes while the others have been waiting for a while.
        expect(await take(log.read('orders', 3, 0), 20)).toHaveLength(20)
        await log.append([entry(3, 'new')])
        expect((await latest).map(text)).toEqual(['new'])
        expect((await behind.next(10)).map(text)).toEqual(['new'])
      })

      test('thousands of records, read by a slow and by a fast reader', async () => {
        const texts = Array.from({ length: 6_000 }, (_, index) => `record ${index}`)
        const fast = log.read('orders', 0, 0)
        const reading = take(fast, texts.length, 500)
        for (let from = 0; from < texts.length; from += 1_000)
          await log.append(texts.slice(from, from + 1_000).map((value) => entry(0, value)))
        expect((await reading).map(text)).toEqual(texts)
        expect((await take(log.read('orders', 0, 0), texts.length, 777)).map(text)).toEqual(texts)
      })

      test('another client sees what was appended', async () => {
        const waiting = take(under.other.read('orders', 0, 0), 1)
        await log.append([entry(0, 'from afar')])
        expect((await waiting).map(text)).toEqual(['from afar'])
      })
    })

    describe('waiting', () => {
      test('next waits until there is a record', async () => {
        const reader = log.read('orders', 0, 0)
        let arrived = false
        const waiting = reader.next(10).then((records) => {
          arrived = true
          return records
        })
        await log.append([entry(1, 'elsewhere')])
        expect(arrived).toBe(false)
        await log.append([entry(0, 'here')])
        expect((await waiting).map(text)).toEqual(['here'])
      })

      test('close ends a waiting next with an empty list, and every later one', async () => {
        const reader = log.read('orders', 0, 0)
        const waiting = reader.next(10)
        reader.close()
        expect(await waiting).toEqual([])
        await log.append([entry(0, 'too late')])
        expect(await reader.next(10)).toEqual([])
      })

      test('closing the log ends its readers and refuses what comes after', async () => {
        const waiting = log.read('orders', 0, 0).next(10)
        await log.close()
        expect(await waiting).toEqual([])
        await expect(log.append([entry(0, 'x')])).rejects.toMatchObject({ code: 'closed' })
      })
    })

    describe('bounds and trimming', () => {
      test('an empty partition begins where it ends', async () => {
        expect(await log.bounds('orders', 0)).toEqual({ first: 0, next: 0 })
      })

      test('next is beyond the last record, first is the oldest', async () => {
        await log.append(['a', 'b', 'c'].map((value) => entry(0, value)))
        const records = await take(log.read('orders', 0, 0), 3)
        const { first, next } = await log.bounds('orders', 0)
        expect(first).toBeLessThanOrEqual(records[0]?.offset ?? -1)
        expect(next).toBeGreaterThan(records[2]?.offset ?? Infinity)
      })

      test('records not given up are still there after a trim', async () => {
        await log.append(['a', 'b', 'c', 'd'].map((value) => entry(0, value)))
        const third = (await take(log.read('orders', 0, 0), 4))[2]?.offset ?? -1
        await log.trim('orders', 0, third)
        expect((await log.bounds('orders', 0)).first).toBeLessThanOrEqual(third)
        expect((await take(log.read('orders', 0, third), 2)).map(text)).toEqual(['c', 'd'])
      })

      test('reading what is trimmed is refused, not skipped', async () => {
        const values = Array.from({ length: 200 }, (_, index) => entry(0, `v${index}`))
        await log.append(values)
        await log.trim('orders', 0, (await log.bounds('orders', 0)).next)
        const { first } = await log.bounds('orders', 0)
        if (first > 0)
          await expect(log.read('orders', 0, 0).next(10)).rejects.toMatchObject({ code: 'offset-out-of-range' })
        else expect(await take(log.read('orders', 0, 0), 200)).toHaveLength(200)
      })

      test('reading from beyond the end is refused: the log has lost what the reader has seen', async () => {
        await expect(log.read('orders', 0, 7).next(10)).rejects.toMatchObject({ code: 'offset-out-of-range' })
      })

      test('offsets go on rising when everything was trimmed', async () => {
        await log.append(['a', 'b'].map((value) => entry(0, value)))
        const { next } = await log.bounds('orders', 0)
        await log.trim('orders', 0, next)
        await log.append([entry(0, 'c')])
        const [record] = await take(log.read('orders', 0, next), 1)
        expect(record?.offset).toBeGreaterThanOrEqual(next)
      })
    })

    describe('groups', () => {
      /** What each member was told last. */
      const views = new Map<string, readonly number[]>()
      const join = (client: Log, member: string) =>
        client.join('workers', 'orders', (partitions) => void views.set(member, partitions))
      const shared = () => [...views.values()].flat().sort((a, b) => a - b)
      beforeEach(() => views.clear())

      test('the only member has all partitions', async () => {
        await join(log, 'one')
        await expect.poll(() => views.get('one'), { timeout: 20_000 }).toEqual([0, 1, 2, 3])
      })

      test('members share all partitions, and take over from one that leaves', async () => {
        const one = await join(log, 'one')
        await join(under.other, 'two')
        await expect
          .poll(() => [shared(), [...views.values()].every((view) => view.length === 2)], { timeout: 20_000 })
          .toEqual([[0, 1, 2, 3], true])
        await one.leave()
        await expect.poll(() => views.get('two'), { timeout: 20_000 }).toEqual([0, 1, 2, 3])
      })

      test('groups do not share with each other', async () => {
        await join(log, 'one')
        await log.join('others', 'orders', (partitions) => void views.set('other group', partitions))
        await expect
          .poll(() => [views.get('one'), views.get('other group')], { timeout: 20_000 })
          .toEqual([
            [0, 1, 2, 3],
            [0, 1, 2, 3],
          ])
      })

      test('a position is 0 at first, then what was committed, per partition and for every member', async () => {
        const one = await join(log, 'one')
        expect(await one.committed(1)).toBe(0)
        await one.commit(1, 17)
        await one.commit(2, 5)
        await one.commit(1, 18)
        expect([await one.committed(0), await one.committed(1), await one.committed(2)]).toEqual([0, 18, 5])
        await one.leave()
        const two = await join(log, 'two')
        expect(await two.committed(1)).toBe(18)
      })
    })
  })
}
