import fc from 'fast-check'
import { expect, it } from 'vitest'
import { WeighedCache } from './weighed-cache.ts'

it('forgets what was used longest ago, and keeps nothing that is too heavy', () => {
  const cache = new WeighedCache<number>(10)
  cache.set('a', 1, 4)
  cache.set('b', 2, 4)
  expect(cache.get('a')).toBe(1)
  cache.set('c', 3, 4)
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3])
  cache.set('a', 5, 11)
  expect([cache.get('a'), cache.weight]).toEqual([undefined, 4])
})

it('never weighs more than it may', () => {
  const entry = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 12 }))
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const cache = new WeighedCache<number>(10)
      for (const [key, weight] of entries) {
        cache.set(key, weight, weight)
        expect(cache.weight).toBeLessThanOrEqual(10)
        expect(cache.get(key)).toBe(weight > 10 ? undefined : weight)
      }
    }),
  )
})
