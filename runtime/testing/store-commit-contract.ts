/** Ownership, fencing and atomicity of commits. */
import { describe, expect, test } from 'vitest'
import type { ShardCommit, Store } from '../ports.ts'
import { acquire, commitOf, deadLetter, everything, loaded, outboxRow, timer, write } from './store-fixture.ts'

/** Touches everything that a commit can touch. */
const fullParts = (): Partial<ShardCommit> => ({
  entities: [
    write('a', 3, ['new event'], { snapshot: 'new snapshot', trimEventsTo: 2, fields: { name: 'changed' } }),
    write('b', 0, [], { forget: true }),
    write('c', 1, ['born'], { fields: { name: 'new' } }),
  ],
  marks: [{ origin: 'sender', mark: { position: [99, 9], atMs: 99 } }],
  forgetMarks: ['old sender'],
  setTimers: [timer('a', 'tick', 1, 'g2'), timer('c', 'tock', 1)],
  cancelTimers: [{ kind: 'counter', id: 'a', name: 'other' }],
  outbox: [outboxRow([1, 0], 'new')],
  published: [0, 0],
  sentToSelf: [1, 0],
  deadLetters: [deadLetter('1-1-0', 9)],
  forgetDeadLetters: ['1-0-0'],
})

const base: Partial<ShardCommit> = {
  entities: [
    write('a', 2, ['e1', 'e2'], { fields: { name: 'one' } }),
    write('b', 1, ['e1'], { fields: { name: 'two' } }),
  ],
  marks: [{ origin: 'old sender', mark: { position: [1, 1], atMs: 1 } }],
  setTimers: [timer('a', 'tick', 100), timer('a', 'other', 200), timer('b', 'tick', 300)],
  outbox: [outboxRow([0, 0], 'first'), outboxRow([0, 1], 'second')],
  deadLetters: [deadLetter('1-0-0', 1)],
}

const IDS = ['a', 'b', 'c']

export const commitContract = (under: () => { readonly store: Store; readonly other: Store }): void => {
  describe('ownership', () => {
    test('a fresh shard starts at offset 0, before every position', async () => {
      const lease = await under().store.acquire(3, 'node-1')
      expect(lease).toMatchObject({ shard: 3, epoch: 1, nextOffset: 0 })
      expect(lease.published[0]).toBeLessThan(0)
      expect(lease.sentToSelf[0]).toBeLessThan(0)
      expect(lease.marks.size).toBe(0)
    })

    test('each acquire raises the epoch and makes a new token, also for the same owner', async () => {
      const { store, other } = under()
      const leases = [await store.acquire(1, 'n1'), await other.acquire(1, 'n2'), await store.acquire(1, 'n1')]
      expect(leases.map((lease) => lease.epoch)).toEqual([1, 2, 3])
      expect(new Set(leases.map((lease) => lease.token)).size).toBe(3)
    })

    test('acquire answers offset, cursors and marks of the latest commit', async () => {
      const { store, other } = under()
      const owner = await acquire(store)
      await owner.commit({
        nextOffset: 40,
        published: [12, 3],
        sentToSelf: [13, 1],
        marks: [
          { origin: '0', mark: { position: [5, 1], atMs: 1_000 } },
          { origin: 'api-7', mark: { position: [6, 0], atMs: 2_000 } },
        ],
      })
      await owner.commit({
        nextOffset: 41,
        forgetMarks: ['api-7', 'never there'],
        marks: [{ origin: '0', mark: { position: [5, 2], atMs: 1_500 } }],
      })
      const lease = await other.acquire(1, 'node-2')
      expect(lease).toMatchObject({ nextOffset: 41, published: [12, 3], sentToSelf: [13, 1] })
      expect([...lease.marks]).toEqual([['0', { position: [5, 2], atMs: 1_500 }]])
    })

    test('a lease is a picture of its time: later commits do not change it', async () => {
      const { store } = under()
      const owner = await acquire(store)
      await owner.commit({ marks: [{ origin: 'x', mark: { position: [1, 0], atMs: 1 } }] })
      expect(owner.lease.marks.size).toBe(0)
    })
  })

  describe('a refused commit changes nothing at all', () => {
    test('token-lost: another owner has acquired the shard', async () => {
      const { store, other } = under()
      const zombie = await acquire(store)
      await zombie.commit(base)
      const heir = await acquire(other, 1, 'node-2')
      const before = await everything(store, 1, IDS)
      await expect(zombie.commit(fullParts())).rejects.toMatchObject({ code: 'token-lost' })
      expect(await everything(store, 1, IDS)).toEqual(before)
      await heir.commit(fullParts())
    })

    test('token-lost: the shard was never acquired, or with another token', async () => {
      const { store } = under()
      const { lease } = await acquire(store, 2)
      await expect(store.commit(commitOf({ ...lease, shard: 0 }))).rejects.toMatchObject({ code: 'token-lost' })
      await expect(store.commit(commitOf({ ...lease, token: '' }))).rejects.toMatchObject({ code: 'token-lost' })
    })

    test('an owner that reads with its fence is told the same', async () => {
      const { store, other } = under()
      const owner = await acquire(store)
      await owner.commit(base)
      const fence = { token: owner.lease.token, nextOffset: 1 }
      expect(await store.load(1, [], fence)).toEqual([])
      await expect(store.load(1, [], { ...fence, nextOffset: 0 })).rejects.toMatchObject({ code: 'offset-differs' })
      await acquire(other, 1, 'node-2')
      await expect(store.load(1, [], fence)).rejects.toMatchObject({ code: 'token-lost' })
      expect(await store.load(1, [])).toEqual([])
    })

    test('offset-differs: behind or ahead of the store', async () => {
      const { store } = under()
      const owner = await acquire(store)
      await owner.commit(base)
      const before = await everything(store, 1, IDS)
      for (const expectedOffset of [0, 2, 7])
        await expect(owner.commit({ ...fullParts(), expectedOffset })).rejects.toMatchObject({ code: 'offset-differs' })
      expect(await everything(store, 1, IDS)).toEqual(before)
      expect((await store.acquire(1, 'node-1')).nextOffset).toBe(1)
    })

    test('the same commit twice is refused the second time', async () => {
      const { store } = under()
      const { lease } = await acquire(store)
      const commit = commitOf(lease, base)
      await store.commit(commit)
      await expect(store.commit(commit)).rejects.toMatchObject({ code: 'offset-differs' })
      expect((await loaded(store, 'a'))?.version).toBe(2)
    })

    test('a refused commit does not take its neighbours down', async () => {
      const { store } = under()
      const [one, two] = [await acquire(store, 1), await acquire(store, 2)]
      const stale = commitOf(one.lease, { ...fullParts(), expectedOffset: 5 })
      const [first, second, third] = await Promise.allSettled([one.commit(base), store.commit(stale), two.commit()])
      expect([first.status, second.status, third.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect((await loaded(store, 'a'))?.version).toBe(2)
      expect((await store.acquire(2, 'node-1')).nextOffset).toBe(1)
    })
  })

  describe('shards', () => {
    test('are independent of each other', async () => {
      const { store } = under()
      const [one, two] = [await acquire(store, 1), await acquire(store, 2)]
      await one.commit({ entities: [write('a', 1, ['in one'])], outbox: [outboxRow([0, 0], 'x')] })
      await two.commit({ setTimers: [timer('z', 'tick', 5)] })
      await acquire(store, 1, 'node-2')
      await two.commit({ outbox: [outboxRow([1, 0], 'y')] })
      expect(await store.outbox(1, 10)).toHaveLength(1)
      expect(await store.timers(1, 1_000, 10)).toHaveLength(0)
      expect(await loaded(store, 'a', 2)).toBeUndefined()
    })

    test('commits that are called without waiting are applied in the order of the calls', async () => {
      const { store } = under()
      const { lease } = await acquire(store)
      await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          store.commit(
            commitOf(lease, {
              expectedOffset: index,
              nextOffset: index + 1,
              entities: [write('a', index + 1, [`e${index}`])],
            }),
          ),
        ),
      )
      expect((await loaded(store, 'a'))?.events).toEqual(Array.from({ length: 40 }, (_, index) => `e${index}`))
    })

    test('a commit that is done is seen by every later read, of any client', async () => {
      const { store, other } = under()
      const owner = await acquire(store)
      for (let version = 1; version <= 5; version++) {
        await owner.commit({ entities: [write('a', version, [`e${version}`])] })
        expect((await loaded(other, 'a'))?.version).toBe(version)
      }
    })
  })
}
