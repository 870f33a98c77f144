/** What a Log must keep that outlives its object: in addition to `log-contract.ts`. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Log } from '../ports.ts'
import { entry, take, text } from './log-fixture.ts'
import type { DurableLogUnderTest } from './log-fixture.ts'

/** `name` for the report; `open` gives a fresh, empty log. */
export const durableLogContract = (name: string, open: () => Promise<DurableLogUnderTest>): void => {
  describe(`durable log contract: ${name}`, () => {
    let under: DurableLogUnderTest
    let log: Log

    beforeEach(async () => {
      under = await open()
      log = under.log
      await log.createTopic('orders', 4)
    })
    afterEach(() => under.dispose())

    test('everything that was acknowledged is there, in order', async () => {
      await log.append(['a', 'b'].map((value) => entry(0, value)))
      await log.append([entry(3, 'c')])
      log = await under.reopen()
      expect((await take(log.read('orders', 0, 0), 2)).map(text)).toEqual(['a', 'b'])
      expect((await take(log.read('orders', 3, 0), 1)).map(text)).toEqual(['c'])
      await log.append([entry(0, 'd')])
      expect((await take(log.read('orders', 0, 0), 3)).map(text)).toEqual(['a', 'b', 'd'])
    })

    test('the number of partitions is remembered', async () => {
      log = await under.reopen()
      await expect(log.createTopic('orders', 8)).rejects.toMatchObject({ code: 'partitions-differ' })
    })

    test('bounds are the same, even when everything was trimmed', async () => {
      await log.append(['a', 'b', 'c'].map((value) => entry(0, value)))
      const { next } = await log.bounds('orders', 0)
      await log.trim('orders', 0, next)
      const before = await log.bounds('orders', 0)
      log = await under.reopen()
      expect(await log.bounds('orders', 0)).toEqual(before)
      await log.append([entry(0, 'd')])
      const [record] = await take(log.read('orders', 0, next), 1)
      expect(record && text(record)).toBe('d')
    })

    test('positions of groups are remembered', async () => {
      const member = await log.join('workers', 'orders', () => undefined)
      await member.commit(2, 9)
      log = await under.reopen()
      const again = await log.join('workers', 'orders', () => undefined)
      expect([await again.committed(2), await again.committed(1)]).toEqual([9, 0])
    })
  })
}
