import { expect, test } from 'vitest'
import { allAnswer, gapMs, longestGaps, type ProbeAnswer, servedAgainAfter } from './gaps.ts'

/** Probes every 10 ms, each answered after 2, but for those that wait for the end of an outage. */
const answersOf = (shard: number, outage?: { readonly fromMs: number; readonly toMs: number }): ProbeAnswer[] =>
  Array.from({ length: 100 }, (_, index) => {
    const sentMs = index * 10
    const isOut = outage !== undefined && sentMs >= outage.fromMs && sentMs < outage.toMs
    return { shard, sentMs, answeredMs: isOut ? outage.toMs : sentMs + 2 }
  })

const answers = [...answersOf(0), ...answersOf(1, { fromMs: 300, toMs: 700 })]

test('the longest gap of a shard lies between its last answer before an outage and its first one after', () => {
  const [calm, out] = longestGaps(answers, 2, { fromMs: 0, toMs: 1_000 })
  expect(calm && gapMs(calm)).toBeLessThanOrEqual(10)
  expect(out).toEqual({ shard: 1, fromMs: 292, toMs: 700 })
})

test('a shard that never answers has a gap as long as the span', () => {
  expect(longestGaps(answers, 3, { fromMs: 100, toMs: 900 })[2]).toEqual({ shard: 2, fromMs: 100, toMs: 900 })
})

test('a shard is served again with the last of the answers that were slow to come; one that never stopped took nothing', () => {
  expect(servedAgainAfter(answers, 2, 290, 100)).toEqual([0, 410])
})

test('an outage that is still on is noticed: not all shards answer promptly', () => {
  const open = answers.filter(({ shard, answeredMs }) => shard === 0 || answeredMs < 650)
  expect(allAnswer(open, 2, 400, 100)).toBe(false)
  expect(allAnswer(answers, 2, 710, 100)).toBe(true)
})
