import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { ManualClock, seeded } from '../runtime/testing/manual-clock.ts'
import { storeContract } from '../runtime/testing/store-contract.ts'
import { acquire, everything, loaded, outboxRow, timer, write } from '../runtime/testing/store-fixture.ts'
import { noFaults } from '../runtime/transport/link.ts'
import type { Faults } from '../runtime/transport/link.ts'
import { MemoryStoreServer } from './memory-store.ts'

const openServer = (options: { faults?: Partial<Faults>; undoMax?: number } = {}) => {
  const clock = new ManualClock()
  const faults = { ...noFaults(), ...options.faults }
  return { clock, server: new MemoryStoreServer({ clock, random: seeded(1), faults, undoMax: options.undoMax ?? 100 }) }
}

storeContract('memory', async () => {
  const { server } = openServer()
  return { store: server.client(), other: server.client(), dispose: async () => undefined }
})

describe('faults of a commit', () => {
  test('lost: reported as failed, and not applied', async () => {
    const { server } = openServer()
    const store = server.client()
    const owner = await acquire(store)
    server.faults.lost = 1
    await expect(owner.commit({ entities: [write('a', 1, ['e'])] })).rejects.toMatchObject({ code: 'unavailable' })
    server.faults.lost = 0
    expect(await loaded(store, 'a')).toBeUndefined()
  })

  test('unconfirmed: reported as failed, but applied', async () => {
    const { server } = openServer()
    const store = server.client()
    const owner = await acquire(store)
    server.faults.unconfirmed = 1
    await expect(owner.commit({ entities: [write('a', 1, ['e'])] })).rejects.toMatchObject({ code: 'unavailable' })
    expect(await loaded(store, 'a')).toMatchObject({ version: 1 })
  })

  test('late: reported as failed and applied later, unless another owner came in between', async () => {
    for (const taken of [false, true]) {
      const { server, clock } = openServer({ faults: { lateness: { minMs: 9, maxMs: 9 } } })
      const store = server.client()
      const owner = await acquire(store)
      server.faults.late = 1
      await expect(owner.commit({ entities: [write('a', 1, ['e'])] })).rejects.toMatchObject({ code: 'unavailable' })
      server.faults.late = 0
      if (taken) await store.acquire(1, 'heir')
      clock.advance(9)
      expect((await loaded(store, 'a'))?.version).toBe(taken ? undefined : 1)
    }
  })

  test('a client that is cut off reaches nothing, the others do', async () => {
    const { server } = openServer()
    const [near, far] = [server.client(), server.client()]
    far.link.cut()
    await expect(far.acquire(1, 'far')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(far.counts()).rejects.toMatchObject({ code: 'unavailable' })
    await near.acquire(1, 'near')
    far.link.restore()
    expect((await far.acquire(1, 'far')).epoch).toBe(2)
  })
})

describe('guards that are off let a zombie write', () => {
  test('token check', async () => {
    const { server } = openServer()
    const store = server.client()
    const zombie = await acquire(store)
    await acquire(store, 1, 'heir')
    server.guards.tokenCheck = false
    await zombie.commit({ entities: [write('a', 1, ['e'])] })
    expect((await loaded(store, 'a'))?.version).toBe(1)
  })

  test('offset check', async () => {
    const { server } = openServer()
    const store = server.client()
    const owner = await acquire(store)
    server.guards.offsetCheck = false
    await owner.commit({ expectedOffset: 17, nextOffset: 5, entities: [write('a', 3, ['e3'])] })
    await owner.commit({ expectedOffset: 2, nextOffset: 3, entities: [write('a', 3, ['other e3'])] })
    expect(await loaded(store, 'a')).toMatchObject({ version: 3, events: ['other e3'] })
  })
})

describe('losing the last commits', () => {
  test('puts everything back as it was at the checkpoint, acquires included', async () => {
    const step = fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      what: fc.constantFrom('events', 'snapshot', 'trim', 'forget', 'fields', 'timer', 'cancel', 'outbox', 'acquire'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.array(step, { maxLength: 12 }), async (kept, lost) => {
        const { server } = openServer()
        const store = server.client()
        let owner = await acquire(store)
        const versions: Record<string, number> = { a: 0, b: 0, c: 0 }
        let offset = 0
        const run = async ({ id, what }: { id: string; what: string }) => {
          if (what === 'acquire') return void (owner = await acquire(store))
          const version = what === 'forget' ? 0 : (versions[id] ?? 0) + 2
          const events = [`e${version - 1}`, `e${version}`]
          await owner.commit({
            expectedOffset: offset,
            nextOffset: ++offset,
            entities: [
              what === 'forget'
                ? write(id, 0, [], { forget: true })
                : write(id, version, events, {
                    ...(what === 'snapshot' && { snapshot: `s${version}` }),
                    ...(what === 'trim' && { snapshot: `s${version}`, trimEventsTo: version - 1 }),
                    ...(what === 'fields' && { fields: { name: `${id}${version}` } }),
                  }),
            ],
            setTimers: what === 'timer' ? [timer(id, 't', offset)] : [],
            cancelTimers: what === 'cancel' ? [{ kind: 'counter', id, name: 't' }] : [],
            outbox: what === 'outbox' ? [outboxRow([offset, 0], id)] : [],
            ...(what === 'cancel' && { published: [offset, 0] as const }),
          })
          versions[id] = version
        }
        for (const each of kept) await run(each)
        const checkpoint = server.checkpoint()
        const before = await everything(store, 1, ['a', 'b', 'c'])
        for (const each of lost) await run(each)
        expect(server.loseSince(checkpoint)).toBe(lost.length)
        expect(await everything(store, 1, ['a', 'b', 'c'])).toEqual(before)
        const lease = await store.acquire(1, 'heir')
        expect(lease.nextOffset).toBe(kept.filter((each) => each.what !== 'acquire').length)
        expect(lease.epoch).toBe(2 + kept.filter((each) => each.what === 'acquire').length)
      }),
      { numRuns: 200 },
    )
  })

  test('goes back no further than the bound', async () => {
    const { server } = openServer({ undoMax: 3 })
    const store = server.client()
    const owner = await acquire(store)
    for (let version = 1; version <= 20; version++) await owner.commit({ entities: [write('a', version, ['e'])] })
    const lost = server.loseSince(0)
    expect(lost).toBeGreaterThanOrEqual(3)
    expect(lost).toBeLessThan(6)
    expect((await loaded(store, 'a'))?.version).toBe(20 - lost)
  })
})
