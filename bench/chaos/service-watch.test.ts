import { describe, expect, it } from 'vitest'
import { isSteady, outages, type Probe, watchService } from './service-watch.ts'

/** A probe every 100 ms from 0 on; each is answered `tookMs` later. */
const probed = (count: number, tookMs: (sentAt: number) => number | undefined): Probe[] =>
  Array.from({ length: count }, (_, index) => {
    const took = tookMs(index * 100)
    return { sentAt: index * 100, ...(took === undefined ? {} : { answeredAt: index * 100 + took }) }
  })

describe('a shard', () => {
  it('was out of service until the last slow answer came', () => {
    const takenOver = probed(100, (sentAt) => (sentAt < 6_200 ? 6_200 - sentAt : 3))
    expect(outages([takenOver, probed(100, () => 3)], 0)).toEqual([6_200, 0])
  })

  it('that is interrupted again later counts until then', () => {
    const twice = probed(100, (sentAt) =>
      sentAt < 2_000 ? 2_000 - sentAt : sentAt > 4_000 && sentAt < 5_500 ? 5_500 - sentAt : 3,
    )
    expect(outages([twice], 0)).toEqual([5_500])
  })

  it('is served steadily when all of its latest probes were answered at once', () => {
    expect(isSteady([probed(30, () => 3)], 0, 3_000)).toBe(true)
    expect(isSteady([probed(30, () => 3)], 2_900, 3_000)).toBe(false)
    expect(isSteady([probed(30, () => 3), probed(30, () => undefined)], 0, 3_000)).toBe(false)
    expect(isSteady([probed(30, (sentAt) => (sentAt === 1_800 ? undefined : 3))], 0, 3_000)).toBe(false)
    expect(isSteady([probed(30, (sentAt) => (sentAt === 1_800 ? 1_100 : 3))], 0, 3_000)).toBe(false)
  })
})

describe('the watch', () => {
  it('ends when all shards answer, and says how long that took', async () => {
    const since = performance.now()
    const ask = async (shard: number): Promise<void> => {
      const leftMs = shard === 1 ? since + 1_500 - performance.now() : 0
      if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs))
    }
    const served = await watchService({ shards: 3, ask, everyMs: 50 }, since, 10_000)
    expect(served).toMatchObject({ isServed: true, slowest: [{ shard: 1 }] })
    expect(served.tookMs).toBeGreaterThan(1_450)
    expect(served.tookMs).toBeLessThan(2_000)
  })

  it('gives up at the deadline and names the shards', async () => {
    const ask = (shard: number): Promise<void> => (shard === 2 ? Promise.reject(new Error('no')) : Promise.resolve())
    const served = await watchService({ shards: 3, ask, everyMs: 50 }, performance.now(), 2_400)
    expect(served).toMatchObject({ isServed: false, slowest: [{ shard: 2 }] })
  })
})
