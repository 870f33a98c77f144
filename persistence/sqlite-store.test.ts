import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { durableStoreContract, storeContract } from '../runtime/testing/store-contract.ts'
import { acquire, key, loaded, outboxRow, write } from '../runtime/testing/store-fixture.ts'
import { openEmbedded } from './embedded.ts'
import { expectSameAsMemory } from './testing/store-equality.ts'

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
  const { store, dispose } = await openOnce()
  await expectSameAsMemory(store, 150)
  await dispose()
})
