/** What a commit's parts do to the rows of a shard: entities, timers, outbox, dead letters. */
import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import type { Store } from '../ports.ts'
import { acquire, deadLetter, key, loaded, outboxRow, text, timer, write } from './store-fixture.ts'

export const rowContract = (open: () => Store): void => {
  describe('entities', () => {
    test('load answers in the order of the keys, undefined for what is not there', async () => {
      const owner = await acquire(open())
      await owner.commit({ entities: [write('a', 1, ['ea']), write('b', 2, ['eb1', 'eb2'])] })
      const rows = await open().load(1, [key('b'), key('nobody'), key('a'), { kind: 'other', id: 'a' }, key('b')])
      expect(rows.map((row) => row && [row.kind, row.id, row.version])).toEqual([
        ['counter', 'b', 2],
        undefined,
        ['counter', 'a', 1],
        undefined,
        ['counter', 'b', 2],
      ])
      expect(await open().load(1, [])).toEqual([])
    })

    test('without a snapshot there are all events, oldest first', async () => {
      const owner = await acquire(open())
      await owner.commit({ entities: [write('a', 2, ['e1', 'e2'])] })
      await owner.commit({ entities: [write('a', 3, ['e3'])] })
      expect(await loaded(open(), 'a')).toEqual({ version: 3, snapshot: undefined, events: ['e1', 'e2', 'e3'] })
    })

    test('with a snapshot, only the events after it', async () => {
      const owner = await acquire(open())
      await owner.commit({ entities: [write('a', 2, ['e1', 'e2'], { snapshot: 's2' })] })
      expect(await loaded(open(), 'a')).toEqual({ version: 2, snapshot: [2, 's2'], events: [] })
      await owner.commit({ entities: [write('a', 4, ['e3', 'e4'])] })
      expect(await loaded(open(), 'a')).toEqual({ version: 4, snapshot: [2, 's2'], events: ['e3', 'e4'] })
      await owner.commit({ entities: [write('a', 5, ['e5'], { snapshot: 's5' })] })
      await owner.commit({ entities: [write('a', 6, ['e6'])] })
      expect(await loaded(open(), 'a')).toEqual({ version: 6, snapshot: [5, 's5'], events: ['e6'] })
    })

    test('a snapshot can come without new events', async () => {
      const owner = await acquire(open())
      await owner.commit({ entities: [write('a', 2, ['e1', 'e2'])] })
      await owner.commit({ entities: [write('a', 2, [], { snapshot: 's2' })] })
      expect(await loaded(open(), 'a')).toEqual({ version: 2, snapshot: [2, 's2'], events: [] })
    })

    test('one commit may write an entity more than once', async () => {
      const owner = await acquire(open())
      await owner.commit({ entities: [write('a', 1, ['e1']), write('b', 1, ['x']), write('a', 3, ['e2', 'e3'])] })
      expect((await loaded(open(), 'a'))?.events).toEqual(['e1', 'e2', 'e3'])
    })

    test('events up to trimEventsTo are forgotten, the others are not', async () => {
      const owner = await acquire(open())
      await owner.commit({ entities: [write('a', 4, ['e1', 'e2', 'e3', 'e4'], { snapshot: 's4', trimEventsTo: 2 })] })
      await owner.commit({ entities: [write('a', 5, ['e5'])] })
      const history = () => open().history(1, { kind: 'counter', id: 'a', limit: 100 })
      expect((await history()).map((row) => [row.version, text(row.value)])).toEqual([
        [5, 'e5'],
        [4, 'e4'],
        [3, 'e3'],
      ])
      await owner.commit({ entities: [write('a', 6, ['e6'], { snapshot: 's6', trimEventsTo: 6 })] })
      expect(await history()).toEqual([])
      await owner.commit({ entities: [write('a', 7, ['e7'], { trimEventsTo: 3 })] })
      expect(await loaded(open(), 'a')).toEqual({ version: 7, snapshot: [6, 's6'], events: ['e7'] })
      expect((await history()).map((row) => row.version)).toEqual([7])
    })

    test('forget takes state, events, timers and place in lists; the id can be used again', async () => {
      const owner = await acquire(open())
      await owner.commit({
        entities: [write('a', 2, ['e1', 'e2'], { snapshot: 's', fields: { name: 'x' } }), write('b', 1, ['stays'])],
        setTimers: [timer('a', 't1', 5), timer('a', 't2', 6), timer('b', 't1', 7)],
      })
      await owner.commit({ entities: [write('a', 0, [], { forget: true })] })
      expect(await open().load(1, [key('a')])).toEqual([undefined])
      expect(await open().history(1, { kind: 'counter', id: 'a', limit: 10 })).toEqual([])
      expect(await open().list({ kind: 'counter', field: 'name', limit: 10 })).toEqual([])
      expect((await open().timers(1, 1_000, 10)).map((row) => row.id)).toEqual(['b'])
      expect(await open().counts()).toMatchObject({ entities: { counter: 1 }, timers: 1 })
      await owner.commit({ entities: [write('a', 1, ['reborn'])] })
      expect(await loaded(open(), 'a')).toEqual({ version: 1, snapshot: undefined, events: ['reborn'] })
      expect((await open().load(1, [key('a')]))[0]).toMatchObject({ fields: null, timers: [] })
    })

    test('an entity can be forgotten and begin anew in one commit', async () => {
      const owner = await acquire(open())
      await owner.commit({ entities: [write('a', 2, ['e1', 'e2'])], setTimers: [timer('a', 'old', 5)] })
      await owner.commit({
        entities: [write('a', 0, [], { forget: true }), write('a', 1, ['reborn'])],
        setTimers: [timer('a', 'new', 6)],
      })
      expect(await loaded(open(), 'a')).toEqual({ version: 1, snapshot: undefined, events: ['reborn'] })
      expect((await open().timers(1, 1_000, 10)).map((row) => row.name)).toEqual(['new'])
    })

    test('forgetting what is not there is fine', async () => {
      await (await acquire(open())).commit({ entities: [write('nobody', 0, [], { forget: true })] })
      expect((await open().counts()).entities['counter'] ?? 0).toBe(0)
    })

    test('ids and bytes come back exactly as they went in', async () => {
      const owner = await acquire(open())
      const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))
      const id = fc.oneof(
        fc.string({ unit, minLength: 1, maxLength: 12 }),
        fc.string({ unit: 'grapheme', minLength: 1 }),
      )
      const used = new Set<string>()
      await fc.assert(
        fc.asyncProperty(
          id,
          fc.uint8Array({ maxLength: 300 }),
          fc.uint8Array({ maxLength: 300 }),
          async (id, event, state) => {
            if (used.has(id)) return
            used.add(id)
            await owner.commit({
              entities: [
                { kind: 'counter', id, version: 1, events: [event], snapshot: state, fields: { name: id } },
                { kind: 'counter', id, version: 2, events: [event] },
              ],
              setTimers: [{ kind: 'counter', id, name: id, dueMs: 5, generation: id, message: event }],
            })
            const [entity] = await open().load(1, [key(id)])
            expect(entity?.id).toBe(id)
            expect(entity?.fields).toEqual({ name: id })
            expect(await open().fields(1, [key(id)])).toEqual([{ name: id }])
            expect([...(entity?.snapshot?.value ?? [])]).toEqual([...state])
            expect(entity?.events.map((value) => [...value])).toEqual([[...event]])
            expect(entity?.timers).toMatchObject([{ id, name: id, generation: id }])
            expect([...(entity?.timers[0]?.message ?? [])]).toEqual([...event])
            const listed = await open().list({ kind: 'counter', field: 'name', equals: id, limit: 10 })
            expect(listed).toEqual([{ id, value: id, fields: { name: id } }])
          },
        ),
        { numRuns: 60 },
      )
    })
  })

  describe('timers', () => {
    test('come in the order of their due times, those due at the bound or later left out', async () => {
      const owner = await acquire(open())
      await owner.commit({
        setTimers: [timer('c', 't', 30), timer('a', 't', 10), timer('b', 't', 20), timer('d', 't', 40)],
      })
      const due = async (beforeMs: number, limit = 10) => (await open().timers(1, beforeMs, limit)).map((row) => row.id)
      expect(await due(10)).toEqual([])
      expect(await due(11)).toEqual(['a'])
      expect(await due(40)).toEqual(['a', 'b', 'c'])
      expect(await due(1_000, 2)).toEqual(['a', 'b'])
      expect(await due(Number.MAX_SAFE_INTEGER)).toEqual(['a', 'b', 'c', 'd'])
      expect(await due(Infinity)).toEqual(['a', 'b', 'c', 'd'])
    })

    test('setting a name again replaces that timer, and no other', async () => {
      const owner = await acquire(open())
      await owner.commit({ setTimers: [timer('a', 't1', 10), timer('a', 't2', 20), timer('b', 't1', 30)] })
      await owner.commit({ setTimers: [timer('a', 't1', 25, 'g2')] })
      expect((await open().timers(1, 100, 10)).map((row) => [row.id, row.name, row.dueMs, row.generation])).toEqual([
        ['a', 't2', 20, 'g1'],
        ['a', 't1', 25, 'g2'],
        ['b', 't1', 30, 'g1'],
      ])
    })

    test('come back whole, from the search and with their entity', async () => {
      const owner = await acquire(open())
      await owner.commit({ entities: [write('a', 1, ['e'])], setTimers: [timer('a', 't1', 10), timer('a', 't2', 20)] })
      expect(await open().timers(1, 100, 10)).toEqual([timer('a', 't1', 10), timer('a', 't2', 20)])
      const [entity] = await open().load(1, [key('a')])
      expect([...(entity?.timers ?? [])].sort((a, b) => a.dueMs - b.dueMs)).toEqual([
        timer('a', 't1', 10),
        timer('a', 't2', 20),
      ])
    })

    test('cancelling takes out one timer, whether it is there or not', async () => {
      const owner = await acquire(open())
      await owner.commit({ entities: [write('a', 1, ['e'])], setTimers: [timer('a', 't1', 10), timer('a', 't2', 20)] })
      await owner.commit({
        cancelTimers: [
          { ...key('a'), name: 't1' },
          { ...key('b'), name: 't1' },
        ],
      })
      await owner.commit({ cancelTimers: [{ ...key('a'), name: 't1' }] })
      expect((await open().timers(1, 100, 10)).map((row) => row.name)).toEqual(['t2'])
      expect((await open().load(1, [key('a')]))[0]?.timers.map((row) => row.name)).toEqual(['t2'])
    })

    test('cancelled and set in one commit, a timer is set', async () => {
      const owner = await acquire(open())
      await owner.commit({ setTimers: [timer('a', 't', 10)] })
      await owner.commit({ cancelTimers: [{ ...key('a'), name: 't' }], setTimers: [timer('a', 't', 20, 'g2')] })
      expect((await open().timers(1, 100, 10)).map((row) => row.generation)).toEqual(['g2'])
    })

    test('an entity without events that has a timer is there, at version 0, as long as it has one', async () => {
      const owner = await acquire(open())
      await owner.commit({ setTimers: [timer('a', 't', 10)] })
      expect((await open().load(1, [key('a')]))[0]).toEqual({
        ...key('a'),
        version: 0,
        events: [],
        timers: [timer('a', 't', 10)],
        fields: null,
      })
      expect(await open().counts()).toMatchObject({ entities: {}, timers: 1 })
      await owner.commit({ cancelTimers: [{ ...key('a'), name: 't' }] })
      expect(await open().load(1, [key('a')])).toEqual([undefined])
    })
  })

  describe('outbox', () => {
    test('keeps what is not published, in order of position', async () => {
      const owner = await acquire(open())
      await owner.commit({ outbox: [outboxRow([2, 0], 'a'), outboxRow([2, 1], 'b'), outboxRow([10, 0], 'c')] })
      await owner.commit({ outbox: [outboxRow([10, 2], 'd'), outboxRow([11, 0], 'e')] })
      const rest = async (limit = 10) => (await open().outbox(1, limit)).map((row) => [row.position, text(row.value)])
      expect((await rest()).map(([, value]) => value)).toEqual(['a', 'b', 'c', 'd', 'e'])
      expect(await rest(2)).toEqual([
        [[2, 0], 'a'],
        [[2, 1], 'b'],
      ])
      await owner.commit({ published: [2, 1] })
      expect((await rest()).map(([, value]) => value)).toEqual(['c', 'd', 'e'])
      await owner.commit({ published: [10, 1], outbox: [outboxRow([12, 0], 'f')] })
      expect((await rest()).map(([, value]) => value)).toEqual(['d', 'e', 'f'])
      await owner.commit({ published: [12, 0] })
      expect(await rest()).toEqual([])
      expect((await open().acquire(1, 'node-1')).published).toEqual([12, 0])
    })

    test('what is published stays so: the cursor never goes back', async () => {
      const owner = await acquire(open())
      await owner.commit({ outbox: [outboxRow([5, 0], 'a'), outboxRow([5, 1], 'b')] })
      await owner.commit({ published: [5, 0] })
      await owner.commit({ published: [3, 0] })
      expect((await open().outbox(1, 10)).map((row) => row.position)).toEqual([[5, 1]])
      expect((await open().acquire(1, 'node-1')).published).toEqual([5, 0])
    })

    test('comes back whole', async () => {
      const owner = await acquire(open())
      await owner.commit({ outbox: [outboxRow([0, 0], 'a')] })
      expect(await open().outbox(1, 1)).toEqual([outboxRow([0, 0], 'a')])
      expect((await open().counts()).outbox).toBe(1)
    })
  })

  describe('dead letters', () => {
    test('come newest first, of one shard or of all, and one by its id', async () => {
      const one = await acquire(open(), 1)
      const two = await acquire(open(), 2)
      await one.commit({ deadLetters: [deadLetter('1-0-0', 10), deadLetter('1-0-1', 30)] })
      await two.commit({ deadLetters: [deadLetter('2-0-0', 20, 2)] })
      const ids = async (query: { shard?: number; limit: number }) =>
        (await open().deadLetters(query)).map((row) => row.id)
      expect(await ids({ limit: 10 })).toEqual(['1-0-1', '2-0-0', '1-0-0'])
      expect(await ids({ limit: 2 })).toEqual(['1-0-1', '2-0-0'])
      expect(await ids({ shard: 1, limit: 10 })).toEqual(['1-0-1', '1-0-0'])
      expect(await open().deadLetter('2-0-0')).toEqual(deadLetter('2-0-0', 20, 2))
      expect(await open().deadLetter('9-9-9')).toBeUndefined()
      expect((await open().counts()).deadLetters).toBe(3)
    })

    test('are forgotten by id', async () => {
      const owner = await acquire(open())
      await owner.commit({ deadLetters: [deadLetter('1-0-0', 10), deadLetter('1-0-1', 30)] })
      await owner.commit({ forgetDeadLetters: ['1-0-0', 'never there'] })
      expect((await open().deadLetters({ limit: 10 })).map((row) => row.id)).toEqual(['1-0-1'])
      expect(await open().deadLetter('1-0-0')).toBeUndefined()
    })
  })
}
