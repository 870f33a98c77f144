import { describe, expect, it } from 'vitest'
import { ShardProgress } from './shard-progress.ts'
import { SHARD_TOPIC } from './config.ts'
import { ManualClock } from './testing/manual-clock.ts'
import { MemoryBroker } from './transport/memory-log.ts'

const open = (config: { readonly logKeepMs: number; readonly logKeepRecords: number }, records = 1_000) => {
  const clock = new ManualClock(1_000_000)
  const broker = new MemoryBroker({ clock, random: () => 0 })
  broker.createTopic(SHARD_TOPIC, 1)
  broker.append(
    Array.from({ length: records }, () => ({ topic: SHARD_TOPIC, partition: 0, value: new Uint8Array([1]) })),
  )
  const log = broker.client()
  const progress = new ShardProgress({
    shard: 0,
    config: { ...config, tellProgressMs: 1_000 },
    clock,
    log,
    membership: () => undefined,
  })
  return { clock, progress, first: () => broker.partition(SHARD_TOPIC, 0).first }
}

describe('the progress of a shard', () => {
  it('keeps every record that was handled less than logKeepMs ago', () => {
    const { clock, progress, first } = open({ logKeepMs: 60_000, logKeepRecords: 0 })
    const committedAt: number[] = []
    for (let second = 0; second < 300; second++) {
      progress.committed(second * 3)
      committedAt.push(clock.now())
      const needed = committedAt.findIndex((atMs) => clock.now() - atMs < 60_000) * 3
      expect(first()).toBeLessThanOrEqual(needed)
      // And little more: a part of the time beyond it.
      expect(first()).toBeGreaterThanOrEqual(needed - 3 * (60 / 8 + 2))
      clock.advance(1_000)
    }
  })

  it('keeps logKeepRecords, however old they are', () => {
    const { clock, progress, first } = open({ logKeepMs: 10, logKeepRecords: 100 })
    progress.committed(500)
    clock.advance(1_000)
    progress.committed(500)
    expect(first()).toBe(400)
    clock.advance(1_000)
    progress.committed(550)
    expect(first()).toBe(400)
  })

  it('keeps no more than logKeepRecords of a store that loses nothing', () => {
    const { progress, first } = open({ logKeepMs: 0, logKeepRecords: 100 })
    progress.committed(150)
    expect(first()).toBe(0)
    progress.committed(350)
    expect(first()).toBe(250)
  })
})
