import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { shareOut } from './assignment.ts'

const partitions = fc.integer({ min: 0, max: 40 })
const members = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { minLength: 1 })

test('every partition has one member, and no member has two more than another', () => {
  fc.assert(
    fc.property(partitions, members, members, (count, before, after) => {
      const shares = shareOut(count, after, shareOut(count, before, new Map()))
      expect([...shares.values()].flat().sort((a, b) => a - b)).toEqual(
        Array.from({ length: count }, (_, index) => index),
      )
      const sizes = after.map((member) => shares.get(member)?.length ?? -1)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }),
  )
})

test('one that joins or leaves moves no more than its own share', () => {
  fc.assert(
    fc.property(partitions, members, (count, all) => {
      const some = all.slice(1)
      if (some.length === 0) return
      const few = shareOut(count, some, new Map())
      const many = shareOut(count, all, few)
      const moved = (from: Map<string, number[]>, to: Map<string, number[]>, stayed: readonly string[]) =>
        stayed.flatMap((member) => (from.get(member) ?? []).filter((each) => to.get(member)?.includes(each) !== true))
      expect(moved(few, many, some)).toHaveLength(many.get(all[0] ?? '')?.length ?? -1)
      expect(moved(many, shareOut(count, some, many), some)).toEqual([])
    }),
  )
})
