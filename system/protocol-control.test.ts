import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ProtocolPort } from '../gateway/parts.ts'
import { SHARD_TOPIC } from '../runtime/config.ts'
import { encodeMessage, type Message } from '../runtime/message.ts'
import { Node } from '../runtime/node.ts'
import type { Store } from '../runtime/ports.ts'
import { localReplies } from '../runtime/replies.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { counterOf } from '../runtime/testing/counter.ts'
import { counterTwoOf } from '../runtime/testing/counter-two.ts'
import { seeded } from '../runtime/testing/manual-clock.ts'
import { until } from '../runtime/testing/until.ts'
import { MemoryBroker } from '../runtime/transport/memory-log.ts'
import { MemoryStoreServer } from '../persistence/memory-store.ts'
import { protocolControl } from './protocol-control.ts'

const SHARDS = 2
const clock = systemClock
const message: Message = {
  to: { kind: 'counter', id: 'c' },
  origin: 'gbefore',
  position: [1, 0],
  atMs: 1,
  sender: 'test',
  trace: '',
  body: { type: 'add', amount: 1 },
}

let store: Store
let node: Node
let control: ProtocolPort

const open = (options: { readonly serves?: boolean; readonly definition?: ReturnType<typeof counterTwoOf> } = {}) => {
  const random = seeded(1)
  store = new MemoryStoreServer({ clock, random }).client()
  node = new Node({
    incarnation: 'n1',
    clock,
    log: new MemoryBroker({ clock, random }).client(),
    store,
    replies: localReplies(),
    definitions: [options.definition ?? counterOf('counter')],
    topics: {},
    serves: options.serves ?? true,
    config: { shards: SHARDS, drainTimeoutMs: 200 },
  })
  control = protocolControl({ node, store, clock, shards: SHARDS, protocolCheckMs: 1, outboxWaitMs: 20 })
}

/** As an owner does that writes version 2, and then ends. */
const leave = async (shard: number): Promise<void> => {
  const { token, nextOffset } = await store.acquire(shard, 'before')
  const value = encodeMessage(message, 2)
  await store.commit({
    ...{ shard, token, expectedOffset: nextOffset, nextOffset, entities: [], marks: [], forgetMarks: [] },
    ...{ setTimers: [], cancelTimers: [], forgetDeadLetters: [] },
    outbox: [
      { position: [0, 0], topic: SHARD_TOPIC, partition: 0, value },
      { position: [0, 1], topic: SHARD_TOPIC, partition: 0, value: encodeMessage(message, 1) },
      { position: [0, 2], topic: 'published', partition: 0, value },
    ],
    deadLetters: [{ id: `${shard}-0-0`, shard, atMs: 1, to: 'counter/c', reason: 'handler-failed', error: '', value }],
  })
}

beforeEach(() => open())
afterEach(() => node.stop())

it('shows and changes the version that the store has', async () => {
  await node.start()
  expect(await control.status()).toEqual({ oldest: 1, newest: 2, system: 2 })
  expect(await control.change(1, 2)).toBe(false)
  expect(await control.change(2, 1)).toBe(true)
  expect(await control.status()).toEqual({ oldest: 1, newest: 2, system: 1 })
})

it('finds nothing newer where everything was handled', async () => {
  await node.start()
  await until(() => node.isReady)
  await control.change(2, 1)
  expect(await control.leftovers()).toEqual({ system: 1, outbox: 0, silentShards: [], deadLetters: 0, kinds: [] })
})

it('finds newer messages that weren’t sent, dead letters, and shards that nobody serves', async () => {
  open({ serves: false })
  await leave(1)
  await node.start()
  await control.change(2, 1)
  expect(await control.leftovers()).toEqual({ system: 1, outbox: 1, silentShards: [0, 1], deadLetters: 1, kinds: [] })
  // As long as the system writes in that version, it isn't newer.
  await control.change(1, 2)
  expect(await control.leftovers()).toMatchObject({ system: 2, outbox: 0, deadLetters: 0 })
})

it('names the kinds that may be stored in a newer shape', async () => {
  open({ definition: counterTwoOf('counter') })
  await node.start()
  await until(() => node.isReady)
  await control.change(2, 1)
  expect(await control.leftovers()).toMatchObject({ kinds: ['counter'] })
  await control.change(1, 2)
  expect(await control.leftovers()).toMatchObject({ kinds: [] })
})
