/** A store against the one in memory, which is simple enough to be right. */
import * as fc from 'fast-check'
import { expect } from 'vitest'
import type { Store } from '../../runtime/ports.ts'
import { ManualClock, seeded } from '../../runtime/testing/manual-clock.ts'
import { acquire, key, outboxRow, text, timer, write } from '../../runtime/testing/store-fixture.ts'
import { MemoryStoreServer } from '../memory-store.ts'

/** Does the same random commits to `store` and to one in memory, and compares what they show. Each run has its own shard. */
export const expectSameAsMemory = async (store: Store, numRuns: number): Promise<void> => {
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
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      shard++
      const memory = new MemoryStoreServer({ clock: new ManualClock(), random: seeded(1) }).client()
      const owners = [await acquire(memory, shard), await acquire(store, shard)]
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
        fields: (await store.fields(shard, ['a', 'b', 'c'].map(key))).map((fields) => [fields !== undefined, fields]),
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
      expect(plain(sorted(await shown(store)))).toEqual(plain(sorted(await shown(memory))))
    }),
    { numRuns },
  )
}
