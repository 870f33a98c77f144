/** Lists, histories and counts. */
import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import type { ListPosition, ListQuery, ListRow, Store } from '../ports.ts'
import { acquire, key, text, write } from './store-fixture.ts'

type Narrowing = Partial<Omit<ListQuery, 'kind' | 'field' | 'limit' | 'after'>>

/** All pages of a query, put together. */
const pages = async (store: Store, limit: number, narrowing: Narrowing = {}): Promise<ListRow[]> => {
  const rows: ListRow[] = []
  let after: ListPosition | undefined
  for (;;) {
    const page = await store.list({ kind: 'counter', field: 'name', limit, ...narrowing, ...(after && { after }) })
    rows.push(...page)
    const last = page.at(-1)
    if (last === undefined) return rows
    expect(page.length).toBeLessThanOrEqual(limit)
    after = { value: last.value, id: last.id }
  }
}

const named = (id: string, name: string, more: Record<string, string> = {}) =>
  write(id, 1, ['e'], { fields: { name, ...more } })

const byUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const queryContract = (open: () => Store): void => {
  describe('lists', () => {
    const ids = async (narrowing: Narrowing = {}, limit = 100) =>
      (await open().list({ kind: 'counter', field: 'name', limit, ...narrowing })).map((row) => row.id)

    test('show entities of a kind of all shards, with their fields, ordered by the asked field, then by id', async () => {
      const [one, two] = [await acquire(open(), 1), await acquire(open(), 2)]
      await one.commit({ entities: [named('x', 'b', { state: 'Active' }), named('z', 'a'), named('y', 'a')] })
      await two.commit({ entities: [named('w', 'c'), { ...named('v', 'a'), kind: 'other' }] })
      expect(await ids()).toEqual(['y', 'z', 'x', 'w'])
      expect(await ids({ descending: true })).toEqual(['w', 'x', 'z', 'y'])
      expect(await open().list({ kind: 'counter', field: 'state', limit: 10 })).toEqual([
        { id: 'x', value: 'Active', fields: { name: 'b', state: 'Active' } },
      ])
      expect(await open().list({ kind: 'counter', field: 'nothing', limit: 10 })).toEqual([])
    })

    test('are narrowed by equals, prefix, from and to', async () => {
      const owner = await acquire(open())
      const names = ['a', 'ab', 'abc', 'abd', 'b', 'ba', 'c', '']
      await owner.commit({ entities: names.map((name) => named(`id ${name}`, name)) })
      const found = async (narrowing: Narrowing) => (await ids(narrowing)).map((id) => id.slice(3))
      expect(await found({ equals: 'ab' })).toEqual(['ab'])
      expect(await found({ equals: '' })).toEqual([''])
      expect(await found({ prefix: 'ab' })).toEqual(['ab', 'abc', 'abd'])
      expect(await found({ prefix: '' })).toEqual(['', 'a', 'ab', 'abc', 'abd', 'b', 'ba', 'c'])
      expect(await found({ from: 'abc', to: 'b' })).toEqual(['abc', 'abd', 'b'])
      expect(await found({ from: 'abcd' })).toEqual(['abd', 'b', 'ba', 'c'])
      expect(await found({ to: 'ab', descending: true })).toEqual(['ab', 'a', ''])
      expect(await found({ prefix: 'ab', from: 'abc' })).toEqual(['abc', 'abd'])
      expect(await found({ equals: 'ab', from: 'b' })).toEqual([])
    })

    test('follow changed fields; absent leaves them, null takes the entity out', async () => {
      const owner = await acquire(open())
      await owner.commit({ entities: [named('a', 'old', { state: 'x' })] })
      await owner.commit({ entities: [write('a', 2, ['e2'], { fields: { name: 'new' } })] })
      await owner.commit({ entities: [write('a', 3, ['e3'])] })
      expect(await open().list({ kind: 'counter', field: 'name', limit: 10 })).toEqual([
        { id: 'a', value: 'new', fields: { name: 'new' } },
      ])
      expect(await open().list({ kind: 'counter', field: 'state', limit: 10 })).toEqual([])
      expect((await open().load(1, [key('a')]))[0]?.fields).toEqual({ name: 'new' })
      expect(await open().fields(1, [key('nobody'), key('a')])).toEqual([undefined, { name: 'new' }])
      await owner.commit({ entities: [write('a', 4, ['e4'], { fields: null })] })
      expect(await ids()).toEqual([])
      expect((await open().load(1, [key('a')]))[0]).toMatchObject({ version: 4, fields: null })
      expect(await open().fields(1, [key('a'), key('nobody')])).toEqual([null, undefined])
      expect(await open().fields(1, [])).toEqual([])
    })

    test('paging meets each row once, whatever the page size and direction, also among equal values', async () => {
      const [one, two] = [await acquire(open(), 1), await acquire(open(), 2)]
      const entities = Array.from({ length: 30 }, (_, index) => named(`id-${(index * 7) % 30}`, `n${index % 4}`))
      await one.commit({ entities: entities.slice(0, 15) })
      await two.commit({ entities: entities.slice(15) })
      const expected = await ids({}, 1_000)
      expect(expected).toHaveLength(30)
      for (const limit of [1, 2, 7, 30, 31]) {
        expect((await pages(open(), limit)).map((row) => row.id)).toEqual(expected)
        expect((await pages(open(), limit, { descending: true })).map((row) => row.id)).toEqual(expected.toReversed())
      }
      expect((await pages(open(), 2, { equals: 'n2' })).map((row) => row.id)).toEqual(await ids({ equals: 'n2' }))
    })

    test('order and narrow by code units, for any text', async () => {
      const owner = await acquire(open())
      const unit = fc.constantFrom(
        'a',
        'b',
        '\0',
        '~',
        'é',
        '\u{1f600}',
        '\u{10000}',
        '\ue000',
        '\uffff',
        '\ud800',
        '\udc00',
      )
      const name = fc.string({ unit, maxLength: 4 })
      let round = 0
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), name, name, async (names, from, to) => {
          const kind = `kind-${round++}`
          await owner.commit({ entities: names.map((name, index) => ({ ...named(`id-${index}`, name), kind })) })
          const found = async (narrowing: Narrowing) =>
            (await open().list({ kind, field: 'name', limit: 100, ...narrowing })).map((row) => row.value)
          const sorted = [...names].sort(byUnits)
          expect(await found({})).toEqual(sorted)
          expect(await found({ descending: true })).toEqual(sorted.toReversed())
          expect(await found({ from, to })).toEqual(sorted.filter((value) => value >= from && value <= to))
          expect(await found({ prefix: from })).toEqual(sorted.filter((value) => value.startsWith(from)))
        }),
        { numRuns: 60 },
      )
    })
  })

  describe('history', () => {
    test('comes newest first, in pages without gaps or repeats', async () => {
      const owner = await acquire(open())
      for (let version = 1; version <= 7; version++)
        await owner.commit({
          entities: [
            write('a', version, [`e${version}`], version === 4 ? { snapshot: 's4' } : {}),
            write(`other ${version}`, 1, ['x']),
          ],
        })
      const page = async (limit: number, before?: number) =>
        (await open().history(1, { ...key('a'), limit, ...(before !== undefined && { before }) })).map(
          (row) => row.version,
        )
      expect(await page(3)).toEqual([7, 6, 5])
      expect(await page(3, 5)).toEqual([4, 3, 2])
      expect(await page(3, 2)).toEqual([1])
      expect(await page(3, 1)).toEqual([])
      expect(await page(100, 100)).toEqual([7, 6, 5, 4, 3, 2, 1])
      const [newest] = await open().history(1, { ...key('a'), limit: 1 })
      expect(text(newest?.value)).toBe('e7')
      expect(await open().history(1, { ...key('nobody'), limit: 5 })).toEqual([])
    })

    test('of an entity with thousands of events', async () => {
      const owner = await acquire(open())
      for (let batch = 0; batch < 4; batch++)
        await owner.commit({
          entities: [
            write(
              'a',
              (batch + 1) * 500,
              Array.from({ length: 500 }, (_, index) => `e${batch * 500 + index + 1}`),
            ),
          ],
        })
      const rows = await open().history(1, { ...key('a'), before: 1_001, limit: 700 })
      expect([rows.length, rows[0]?.version, rows.at(-1)?.version]).toEqual([700, 1_000, 301])
      expect(rows.every((row) => text(row.value) === `e${row.version}`)).toBe(true)
      expect((await open().load(1, [key('a')]))[0]?.events).toHaveLength(2_000)
    })
  })

  test('counts tell living entities per kind', async () => {
    const [one, two] = [await acquire(open(), 1), await acquire(open(), 2)]
    expect(await open().counts()).toEqual({ entities: {}, deadLetters: 0, timers: 0, outbox: 0 })
    await one.commit({ entities: [write('a', 1, ['e']), write('b', 1, ['e'])] })
    await two.commit({ entities: [write('c', 1, ['e']), { ...write('a', 1, ['e']), kind: 'other' }] })
    await one.commit({ entities: [write('b', 0, [], { forget: true })] })
    expect((await open().counts()).entities).toEqual({ counter: 2, other: 1 })
  })
}
