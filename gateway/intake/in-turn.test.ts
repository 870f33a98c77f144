import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inTurn } from './in-turn.ts'

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('work of one key is done one after the other, in the order of asking, whatever each takes and whether it fails', async () => {
  const work = fc.record({ key: fc.constantFrom('a', 'b', 'c'), takes: fc.nat(4), fails: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(work, { maxLength: 30 }), async (asked) => {
      const turn = inTurn()
      const running = new Set<string>()
      const done: number[] = []
      const outcomes = await Promise.allSettled(
        asked.map(({ key, takes, fails }, index) =>
          turn(key, async () => {
            expect(running).not.toContain(key)
            running.add(key)
            await turns(takes)
            running.delete(key)
            done.push(index)
            if (fails) throw new Error('failed')
            return index
          }),
        ),
      )
      expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(asked.map(({ fails }) => fails))
      for (const key of ['a', 'b', 'c']) {
        const ofKey = done.filter((index) => asked[index]?.key === key)
        expect(ofKey).toEqual(ofKey.toSorted((left, right) => left - right))
      }
    }),
    { numRuns: 50 },
  )
})

test('a key does not wait for another one', async () => {
  const turn = inTurn()
  const never = turn('slow', () => new Promise<never>(() => undefined))
  expect(await Promise.race([never, turn('quick', async () => 'done')])).toBe('done')
})
