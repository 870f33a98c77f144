import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Store } from '../runtime/ports.ts'
import { ManualClock, seeded } from '../runtime/testing/manual-clock.ts'
import { durableStoreContract, storeContract } from '../runtime/testing/store-contract.ts'
import { acquire, key, loaded, outboxRow, text, timer, write } from '../runtime/testing/store-fixture.ts'
import { openEmbedded } from './embedded.ts'
import { MemoryStoreServer } from './memory-store.ts'

const open = (options: { entityCacheMax?: number }) => async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-store-'))
  const path = join(folder, 'data.sqlite')
  let embedded = await openEmbedded({ path, ...options })
  return {
    store: embedded.store,
    other: embedded.store,
    reopen: async () => {
      await embedded.close()
      embedded = await openEmbedded({ path, ...options })
      return embedded.store
    },
    dispose: async () => {
      await embedded.close()
      rmSync(folder, { recursive: true })
    },
  }
}

storeContract('sqlite', open({}))
storeContract('sqlite, with next to nothing in memory', open({ entityCacheMax: 1 }))
durableStoreContract('sqlite', open({}))

const openOnce = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-store-'))
  const path = join(folder, 'data.sqlite')
  const embedded = await openEmbedded({ path, synchronous: 'normal', entityCacheMax: 2 })
  await embedded.store.setUp({ shards: 4, protocol: 1 })
  const reader = new DatabaseSync(path, { readOnly: true })
  const rows = (table: string): number =>
    Number(reader.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows'])
  const dispose = async () => {
    reader.close()
    await embedded.close()
    rmSync(folder, { recursive: true })
  }
  return { embedded, store: embedded.store, rows, dispose }
}

test('a file from before there were protocol versions is of version 1', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-store-'))
  const path = join(folder, 'data.sqlite')
  const first = await openEmbedded({ path })
  await first.store.setUp({ shards: 4, protocol: 2 })
  await first.close()
  const database = new DatabaseSync(path)
  expect(database.prepare(`DELETE FROM setting WHERE name = 'protocol'`).run().changes).toBe(1)
  database.close()
  const again = await openEmbedded({ path })
  expect(await again.store.setUp({ shards: 8, protocol: 2 })).toEqual({ shards: 4, protocol: 1 })
  expect(await again.store.changeProtocol(1, 2)).toBe(true)
  await again.close()
  rmSync(folder, { recursive: true })
})

test('rows of trimmed events go, as far as the snapshot that is within, and all rows of what is forgotten', async () => {
  const { store, rows, dispose } = await openOnce()
  const owner = await acquire(store)
  for (let version = 1; version <= 1_000; version++)
    await owner.commit({
      entities: [
        write('a', version, [`e${version}`], {
          ...(version % 50 === 0 && { snapshot: `s${version}`, trimEventsTo: version - 120 }),
        }),
      ],
    })
  await expect.poll(() => [rows('event'), rows('garbage')], { timeout: 10_000 }).toEqual([150, 0])
  expect(await store.history(1, { kind: 'counter', id: 'a', limit: 1_000 })).toHaveLength(120)
  await owner.commit({ entities: [write('a', 0, [], { forget: true })] })
  expect(await store.load(1, [key('a')])).toEqual([undefined])
  const tables = ['event', 'garbage', 'waypoint', 'snapshot', 'head', 'entity']
  await expect.poll(() => tables.map(rows), { timeout: 10_000 }).toEqual([0, 0, 0, 0, 0, 0])
  await dispose()
})

test('an entity written out of sequence is refused, and nothing of that commit is kept', async () => {
  const { store, dispose } = await openOnce()
  const owner = await acquire(store)
  await owner.commit({ entities: [write('a', 1, ['e1'])] })
  const broken = { entities: [write('b', 1, ['x']), write('a', 3, ['e3'])], outbox: [outboxRow([1, 0], 'x')] }
  await expect(owner.commit(broken)).rejects.toMatchObject({ code: 'unavailable' })
  expect(await loaded(store, 'b')).toBeUndefined()
  expect(await store.outbox(1, 10)).toEqual([])
  await owner.commit({ entities: [write('a', 2, ['e2'])] })
  expect(await loaded(store, 'a')).toMatchObject({ version: 2, events: ['e1', 'e2'] })
  await dispose()
})

test('whatever is committed, it shows the same as the store in memory', { timeout: 60_000 }, async () => {
  const id = fc.constantFrom('a', 'b', 'c')
  const change = fc.record({
    id,
    events: fc.nat(3),
    isSnapshot: fc.boolean(),
    trim: fc.nat(6),
    isForget: fc.nat(9).map((dice) => dice === 0),
    fields: fc.option(fc.option(fc.dictionary(fc.constantFrom('name', 'state'), fc.constantFrom('', 'x', 'y', 'xy'))), {
      nil: undefined,
    }),
  })
  const step = fc.record({
    changes: fc.array(change, { maxLength: 3 }),
    set: fc.array(fc.record({ id, name: fc.constantFrom('t', 'u'), dueMs: fc.nat(20) }), { maxLength: 2 }),
    cancel: fc.array(fc.record({ id, name: fc.constantFrom('t', 'u') }), { maxLength: 2 }),
    sent: fc.nat(3),
    lag: fc.option(fc.nat(3), { nil: undefined }),
  })
  let shard = 0
  const { store: sqlite, dispose } = await openOnce()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      shard++
      const memory = new MemoryStoreServer({ clock: new ManualClock(), random: seeded(1) }).client()
      const owners = [await acquire(memory, shard), await acquire(sqlite, shard)]
      const versions = new Map<string, number>()
      const snapshots = new Map<string, number>()
      for (const [offset, { changes, set, cancel, sent, lag }] of steps.entries()) {
        const entities = changes.map(({ id, events, isSnapshot, trim, isForget, fields }) => {
          const before = versions.get(id) ?? 0
          const version = isForget ? 0 : before + Math.max(events, before === 0 ? 1 : 0)
          versions.set(id, version)
          if (isForget) snapshots.delete(id)
          if (isForget) return write(id, 0, [], { forget: true })
          if (isSnapshot) snapshots.set(id, version)
          const trimEventsTo = Math.min(snapshots.get(id) ?? 0, version - trim)
          return write(
            id,
            version,
            Array.from({ length: version - before }, (_, index) => `${id} ${offset} ${index}`),
            {
              ...(isSnapshot && { snapshot: `s${version}` }),
              ...(trimEventsTo > 0 && { trimEventsTo }),
              ...(fields !== undefined && { fields }),
            },
          )
        })
        const parts = {
          entities,
          setTimers: set.map(({ id, name, dueMs }, index) => timer(id, name, dueMs * 100 + offset * 10 + index)),
          cancelTimers: cancel.map(({ id, name }) => ({ ...key(id), name })),
          outbox: Array.from({ length: sent }, (_, index) => outboxRow([offset, index], `o${offset}`)),
          ...(lag !== undefined && { published: [offset - lag, 1] as const }),
        }
        for (const owner of owners) await owner.commit(parts)
      }
      const shown = async (store: Store) => ({
        entities: await store.load(shard, ['a', 'b', 'c'].map(key)),
        histories: await Promise.all(['a', 'b', 'c'].map((id) => store.history(shard, { ...key(id), limit: 100 }))),
        page: await store.history(shard, { ...key('a'), before: 4, limit: 2 }),
        outbox: await store.outbox(shard, 100),
        timers: await store.timers(shard, 1_500, 100),
      })
      const plain = (value: unknown): unknown =>
        JSON.parse(
          JSON.stringify(value, (_, each: unknown) => (each instanceof Uint8Array ? text(each) : each)),
        ) as unknown
      const sorted = (value: Awaited<ReturnType<typeof shown>>) => ({
        ...value,
        entities: value.entities.map(
          (entity) => entity && { ...entity, timers: [...entity.timers].sort((a, b) => a.dueMs - b.dueMs) },
        ),
      })
      expect(plain(sorted(await shown(sqlite)))).toEqual(plain(sorted(await shown(memory))))
    }),
    { numRuns: 150 },
  )
  await dispose()
})
