import { describe, expect, it } from 'vitest'
import { MemoryStoreServer } from '../../persistence/memory-store.ts'
import { EVERY_GUARD, simulate, type SimulatedGuards } from './simulate.ts'
import type { MakeStoreServer } from './world.ts'

const store: MakeStoreServer = (options) => new MemoryStoreServer(options)

/** Each guard is missed within this many seeds; measured: 764 for the token check, 18 at most for the others. */
const SEEDS_MAX = 3_000

describe('the simulator', () => {
  it('finds nothing in 150 seeds with every guard on', async () => {
    let acknowledged = 0
    for (let seed = 1; seed <= 150; seed++) {
      const run = await simulate(seed, store)
      expect({ seed, violations: run.violations }).toEqual({ seed, violations: [] })
      acknowledged += run.acknowledged
    }
    // Most of the work gets done: a system that did nothing would violate nothing.
    expect(acknowledged).toBeGreaterThan(150 * 30)
  }, 60_000)

  it.each(Object.keys(EVERY_GUARD) as (keyof SimulatedGuards)[])(
    'finds a violation when %s is switched off',
    async (guard) => {
      const guards = { ...EVERY_GUARD, [guard]: false }
      for (let seed = 1; seed <= SEEDS_MAX; seed++) {
        const run = await simulate(seed, store, guards)
        if (run.violations.length === 0) continue
        const again = await simulate(seed, store, guards)
        expect(again).toEqual(run)
        return
      }
      expect.fail(`${guard} was not missed in ${SEEDS_MAX} seeds`)
    },
    60_000,
  )

  it('repeats a run exactly', async () => {
    for (const seed of [3, 30, 108, 409]) expect(await simulate(seed, store)).toEqual(await simulate(seed, store))
  })
})
