/** Where log and store are one file, a commit appends what it lets out: both, or neither, and nothing overtakes the outbox. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { defineEntity } from '../runtime/entity.ts'
import { Node } from '../runtime/node.ts'
import { localReplies } from '../runtime/replies.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { take, text } from '../runtime/testing/log-fixture.ts'
import { acquire, bytes, loaded, SYSTEM, write } from '../runtime/testing/store-fixture.ts'
import { until } from '../runtime/testing/until.ts'
import { type Embedded, openEmbedded } from './embedded.ts'

const TOPIC = 'outside'
const entry = (value: string, partition = 0) => ({ topic: TOPIC, partition, value: bytes(value) })

let folder = ''
let embedded: Embedded
const reopen = async (): Promise<void> => {
  embedded = await openEmbedded({ path: join(folder, 'data.sqlite'), synchronous: 'normal' })
}
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-appends-'))
  await reopen()
  await embedded.store.setUp(SYSTEM)
  await embedded.log.createTopic(TOPIC, 1)
})
afterEach(async () => {
  await embedded.close()
  rmSync(folder, { recursive: true })
})

it('appends what a commit gives, in the order of commits and appends, and has it after opening again', async () => {
  expect(embedded.store.appends).toBe(true)
  const owner = await acquire(embedded.store)
  await Promise.all([
    owner.commit({ entities: [write('a', 1, ['e1'])], append: [entry('one'), entry('two')] }),
    embedded.log.append([entry('three')]),
  ])
  await owner.commit({ append: [entry('four')] })
  const all = ['one', 'two', 'three', 'four']
  expect((await take(embedded.log.read(TOPIC, 0, 0), 4)).map(text)).toEqual(all)
  await embedded.close()
  await reopen()
  expect((await take(embedded.log.read(TOPIC, 0, 0), 4)).map(text)).toEqual(all)
  expect(await embedded.store.outbox(1, 10)).toEqual([])
})

it('appends nothing for a commit that is refused or fails, and stores nothing of one that can’t append', async () => {
  const { store, log } = embedded
  const owner = await acquire(store)
  const successor = await acquire(store)
  await expect(owner.commit({ append: [entry('lost')] })).rejects.toMatchObject({ code: 'token-lost' })
  // Fails in the middle of its writes, with a neighbour in the same flush.
  const [broken, kept] = await Promise.allSettled([
    successor.commit({ entities: [write('a', 7, ['e7'])], append: [entry('broken')] }),
    log.append([entry('kept')]),
  ])
  expect([broken, kept]).toMatchObject([
    { status: 'rejected', reason: { code: 'unavailable' } },
    { status: 'fulfilled' },
  ])
  const nowhere = successor.commit({ entities: [write('a', 1, ['e1'])], append: [entry('half'), entry('nowhere', 3)] })
  await expect(nowhere).rejects.toMatchObject({ code: 'unavailable', address: TOPIC })
  expect(await loaded(store, 'a')).toBeUndefined()
  await successor.commit({ entities: [write('a', 1, ['e1'])], append: [entry('first')] })
  expect((await take(log.read(TOPIC, 0, 0), 2)).map(text)).toEqual(['kept', 'first'])
  expect(await log.bounds(TOPIC, 0)).toEqual({ first: 0, next: 2 })
})

const KIND = 'crier'
const crier = defineEntity({
  kind: KIND,
  version: 1,
  command: z.object({ type: z.literal('cry'), text: z.string() }),
  event: z.object({ type: z.literal('cried'), text: z.string() }),
  state: z.null(),
  initial: () => null,
  decide: (_state, { text }) => ({ events: [{ type: 'cried', text }] }),
  evolve: () => null,
  react: (_state, { text }, { self }) => [
    { type: 'publish', topic: TOPIC, key: self.id, message: text, encoding: 'json' },
  ],
})

it('sends what is new behind what an earlier release left in an outbox', async () => {
  const old = Array.from({ length: 3_000 }, (_, index) => `"old ${index}"`)
  for (const shard of [0, 1, 2, 3]) {
    const owner = await acquire(embedded.store, shard)
    const rows = old.map((value, index) => ({
      ...entry(`${value.slice(0, -1)} of ${shard}"`),
      position: [0, index] as const,
    }))
    await owner.commit({ nextOffset: 0, outbox: rows })
  }
  const node = new Node({
    incarnation: 'appends',
    clock: systemClock,
    log: embedded.log,
    store: embedded.store,
    replies: localReplies(),
    definitions: [crier],
    topics: { [TOPIC]: 1 },
    config: { shards: SYSTEM.shards, leaseCheckMs: 0, outboxBatchMax: 100, cursorFlushMs: 5 },
  })
  try {
    await node.start()
    const ids = Array.from({ length: 20 }, (_, index) => `c${index}`)
    for (const text of ['x', 'y', 'z'])
      await Promise.all(
        ids.map((id) =>
          node.tell({ kind: KIND, id }, { type: 'cry', text: `${text} of ${id}` } as never, { sender: 'test' }),
        ),
      )
    const total = 4 * old.length + 3 * ids.length
    const records = await take(embedded.log.read(TOPIC, 0, 0), total)
    const texts = records.map((record) => JSON.parse(text(record)) as string)
    const shardOf = (said: string): number => {
      const [, who = ''] = said.split(' of ')
      return said.startsWith('old') ? Number(who) : node.shardOf({ kind: KIND, id: who })
    }
    for (const shard of [0, 1, 2, 3]) {
      const own = texts.filter((said) => shardOf(said) === shard)
      expect(own.slice(0, old.length)).toEqual(old.map((_, index) => `old ${index} of ${shard}`))
      expect(own.slice(old.length).some((said) => said.startsWith('old'))).toBe(false)
    }
    for (const id of ids)
      expect(texts.filter((said) => said.endsWith(` of ${id}`))).toEqual(
        ['x', 'y', 'z'].map((each) => `${each} of ${id}`),
      )
    await until(async () => (await embedded.store.counts()).outbox === 0)
  } finally {
    await node.stop()
  }
})
