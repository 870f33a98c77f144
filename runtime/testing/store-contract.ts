/**
 * What every Store must do: the sentences of `runtime/ports.ts`, as tests. Call `storeContract` in the test file of an
 * implementation, and `durableStoreContract` where something outlives the store object.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../ports.ts'
import { commitContract } from './store-commit-contract.ts'
import { acquire, bytes, deadLetter, everything, outboxRow, SHARDS, SYSTEM, timer, write } from './store-fixture.ts'
import { queryContract } from './store-query-contract.ts'
import { rowContract } from './store-row-contract.ts'

export interface StoreUnderTest {
  readonly store: Store
  /** Another client of the same store, as another node would have it; `store` itself where there can be only one. */
  readonly other: Store
  dispose(): Promise<void>
}

export interface DurableStoreUnderTest extends StoreUnderTest {
  /** Closes the store and opens it again from what is stored. */
  reopen(): Promise<Store>
}

/** `name` for the report; `open` gives a fresh, empty store. */
export const storeContract = (name: string, open: () => Promise<StoreUnderTest>): void => {
  describe(`store contract: ${name}`, () => {
    let under: StoreUnderTest
    beforeEach(async () => {
      under = await open()
      await under.store.setUp(SYSTEM)
    })
    afterEach(() => under.dispose())

    test('setUp fixes what holds for the system once, for every client', async () => {
      expect(await under.store.setUp(SYSTEM)).toEqual(SYSTEM)
      expect(await under.other.setUp({ shards: 64, protocol: 3 })).toEqual(SYSTEM)
    })

    test('the protocol version changes only from the one that it has, for every client', async () => {
      expect(await under.store.changeProtocol(1, 2)).toBe(true)
      expect(await under.other.changeProtocol(1, 3)).toBe(false)
      expect(await under.other.setUp(SYSTEM)).toEqual({ shards: SHARDS, protocol: 2 })
      expect(await under.other.changeProtocol(2, 1)).toBe(true)
      expect(await under.store.setUp({ shards: SHARDS, protocol: 2 })).toEqual(SYSTEM)
    })

    test('of several who change the protocol version at once, one does', async () => {
      const changes = [under.store, under.other, under.store].map((store, index) => store.changeProtocol(1, 2 + index))
      const changed = await Promise.all(changes)
      expect(changed.filter(Boolean)).toHaveLength(1)
      expect((await under.store.setUp(SYSTEM)).protocol).toBe(2 + changed.indexOf(true))
    })

    test('after close, everything is refused', async () => {
      await under.store.close()
      await expect(under.store.acquire(1, 'node-1')).rejects.toMatchObject({ code: 'closed' })
    })

    commitContract(() => under)
    rowContract(() => under.store)
    queryContract(() => under.store)
  })
}

/** In addition to `storeContract`. */
export const durableStoreContract = (name: string, open: () => Promise<DurableStoreUnderTest>): void => {
  describe(`durable store contract: ${name}`, () => {
    let under: DurableStoreUnderTest
    beforeEach(async () => {
      under = await open()
      await under.store.setUp(SYSTEM)
    })
    afterEach(() => under.dispose())

    test('everything that was committed is there after opening again', async () => {
      const owner = await acquire(under.store)
      await owner.commit({
        entities: [
          write('a', 3, ['e1', 'e2', 'e3'], { fields: { name: 'first' } }),
          write('b', 1, ['only'], { snapshot: 'after one', fields: { name: 'second' } }),
        ],
        setTimers: [timer('a', 'tick', 500)],
        outbox: [outboxRow([0, 0], 'out'), outboxRow([0, 1], 'out again')],
        marks: [{ origin: '3', mark: { position: [7, 2], atMs: 11 } }],
        deadLetters: [deadLetter('1-0-0', 5)],
        sentToSelf: [0, 1],
      })
      await owner.commit({ published: [0, 0], entities: [write('a', 4, ['e4'])] })
      const before = await everything(under.store, 1, ['a', 'b'])
      const store = await under.reopen()
      expect(await everything(store, 1, ['a', 'b'])).toEqual(before)
      expect(await store.setUp({ shards: 64, protocol: 3 })).toEqual(SYSTEM)
      const lease = await store.acquire(1, 'node-2')
      expect(lease).toMatchObject({ epoch: 2, nextOffset: 2, published: [0, 0], sentToSelf: [0, 1] })
      expect([...lease.marks]).toEqual([['3', { position: [7, 2], atMs: 11 }]])
    })

    test('a changed protocol version is there after opening again', async () => {
      await under.store.changeProtocol(1, 2)
      const store = await under.reopen()
      expect(await store.setUp(SYSTEM)).toEqual({ shards: SHARDS, protocol: 2 })
    })

    test('a token survives, and so does what replaced it', async () => {
      const first = await acquire(under.store)
      const second = await acquire(under.store, 2)
      const third = await acquire(under.store)
      const store = await under.reopen()
      const commit = (lease: typeof first.lease) => ({
        shard: lease.shard,
        token: lease.token,
        expectedOffset: 0,
        nextOffset: 1,
        entities: [{ kind: 'counter', id: 'x', version: 1, events: [bytes('e')] }],
        ...{ marks: [], forgetMarks: [], setTimers: [], cancelTimers: [], outbox: [], deadLetters: [] },
        forgetDeadLetters: [],
      })
      await expect(store.commit(commit(first.lease))).rejects.toMatchObject({ code: 'token-lost' })
      await store.commit(commit(second.lease))
      await store.commit(commit(third.lease))
    })
  })
}
