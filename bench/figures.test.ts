import { describe, expect, it } from 'vitest'
import { isMet, median, percentiles, quantile, summarize } from './figures.ts'

describe('what several runs say', () => {
  it('is their median, by name, with whether that meets the aim', () => {
    const run = (value: number) => ({ figures: [{ name: 'rate', value, unit: '/s', aim: { atLeast: 5 } }], notes: [] })
    expect(summarize([run(9), run(1), run(6)])).toEqual([
      { name: 'rate', unit: '/s', median: 6, runs: [9, 1, 6], aim: { atLeast: 5 }, isMet: true },
    ])
    expect(summarize([])).toEqual([])
  })

  it('lies between the middle two of an even number', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([7])).toBe(7)
  })

  it('meets an aim at its lower bound, not at its upper one', () => {
    expect([isMet({ atLeast: 5 }, 5), isMet({ atLeast: 5 }, 4.9), isMet({ below: 5 }, 5)]).toEqual([true, false, false])
  })
})

it('a quantile is one of the values', () => {
  const sorted = Array.from({ length: 100 }, (_, index) => index + 1)
  expect([quantile(sorted, 0.5), quantile(sorted, 0.99), quantile(sorted, 1)]).toEqual([50, 99, 100])
  expect(quantile([3], 0.99)).toBe(3)
  expect(quantile([], 0.5)).toBe(0)
})

describe('what is kept of many times', () => {
  it('is the lowest, every hundredth part, and the highest', () => {
    const kept = percentiles(Array.from({ length: 1_000 }, (_, index) => index + 0.123))
    expect([kept.length, kept[0], kept[50], kept[99], kept[100]]).toEqual([101, 0.12, 499.12, 989.12, 999.12])
    expect(new Set(percentiles([]))).toEqual(new Set([0]))
  })
})
