import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DueQueue } from './due-queue.ts'

const step = fc.oneof(
  fc.record({
    do: fc.constant('set' as const),
    key: fc.integer({ min: 0, max: 9 }),
    dueMs: fc.integer({ min: 0, max: 50 }),
  }),
  fc.record({ do: fc.constant('delete' as const), key: fc.integer({ min: 0, max: 9 }) }),
  fc.record({
    do: fc.constant('take' as const),
    nowMs: fc.integer({ min: 0, max: 50 }),
    max: fc.integer({ min: 1, max: 4 }),
  }),
)

it('gives out what a sorted list would', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const queue = new DueQueue<number>()
      const model = new Map<number, number>()
      for (const one of steps) {
        if (one.do === 'set') {
          queue.set(String(one.key), one.dueMs, one.key)
          model.set(one.key, one.dueMs)
        } else if (one.do === 'delete') {
          queue.delete(String(one.key))
          model.delete(one.key)
        } else {
          const taken = queue.takeDue(one.nowMs, one.max)
          const dues = taken.map((key) => model.get(key) ?? -1)
          const expected = [...model.values()].filter((dueMs) => dueMs <= one.nowMs).sort((left, right) => left - right)
          expect(dues).toEqual(expected.slice(0, one.max))
          for (const key of taken) model.delete(key)
        }
        expect(queue.size).toBe(model.size)
        expect(queue.firstDueMs()).toBe(Math.min(Infinity, ...model.values()))
      }
    }),
  )
})
