import { afterEach, describe, expect, it } from 'vitest'
import { MemoryStoreServer } from '../persistence/memory-store.ts'
import type { RuntimeConfig } from './config.ts'
import { encode } from './codec.ts'
import { SHARD_TOPIC } from './config.ts'
import { encodeMessage } from './message.ts'
import { type CounterCommand, counterOf, type CounterState } from './testing/counter.ts'
import { counter, machineOf } from './testing/machine.ts'
import { until } from './testing/until.ts'

const options = { sender: 'test', deadlineMs: 5_000 }
const say = (message: CounterCommand) => message

const machine = (config: Partial<RuntimeConfig> = {}) =>
  machineOf({ makeStoreServer: (options) => new MemoryStoreServer(options), config })

let running: ReturnType<typeof machine> | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})
const open = (config: Partial<RuntimeConfig> = {}): ReturnType<typeof machine> => (running = machine(config))

describe('a node', () => {
  it('takes one definition of a kind: nobody could say whose its entities are', () => {
    const definitions = [counterOf('counter'), counterOf('other'), counterOf('counter')]
    expect(() => open().make({ definitions })).toThrow('two definitions of entities of kind counter')
  })

  it('handles a command, stores its event and replies', async () => {
    const node = await open().start()
    expect(await node.ask(counter('a'), say({ type: 'add', amount: 3 }), options)).toEqual({ ok: true, value: 3 })
    expect(await node.ask(counter('a'), say({ type: 'add', amount: 4 }), options)).toEqual({ ok: true, value: 7 })
    const view = await node.queries.entity<CounterState>(counter('a'))
    expect(view).toMatchObject({ version: 2, state: { value: 7, changes: 2 } })
  })

  it('gives a refusal as a value and stores nothing', async () => {
    const node = await open().start()
    const reply = await node.ask(counter('a'), say({ type: 'add', amount: -1 }), options)
    expect(reply).toEqual({ ok: false, rejection: { code: 'negative', reason: '0 is less than 1' } })
    expect(await node.queries.entity(counter('a'))).toBeUndefined()
    expect(await node.queries.fields([counter('a')])).toEqual([undefined])
  })

  it('carries messages between entities of the same and of other shards', async () => {
    const node = await open().start()
    const others = Array.from({ length: 20 }, (_, index) => `other-${index}`)
    for (const to of others) await node.ask(counter('from'), say({ type: 'move', amount: 2, to }), options)
    await until(async () => {
      const views = await node.queries.entities<CounterState>(others.map(counter))
      return views.every((view) => view?.state.value === 2)
    })
    expect(new Set(others.map((id) => node.shardOf(counter(id)))).size).toBe(4)
    expect((await node.queries.entity<CounterState>(counter('from')))?.state.value).toBe(-40)
  })

  it('hands a reply on from entity to entity', async () => {
    const node = await open().start()
    await node.ask(counter('b'), say({ type: 'add', amount: 9 }), options)
    for (const asker of ['a', 'c', 'd', 'e'])
      expect(await node.ask(counter(asker), say({ type: 'ask-other', other: 'b' }), options)).toEqual({
        ok: true,
        value: 9,
      })
  })

  it('keeps everything over a restart, timers included', async () => {
    const system = open()
    const first = await system.start()
    await first.ask(counter('a'), say({ type: 'add', amount: 5 }), options)
    await first.ask(counter('a'), say({ type: 'add-later', amount: 10, delayMs: 40 }), options)
    await first.ask(counter('b'), say({ type: 'add-later', amount: 10, delayMs: 40 }), options)
    await first.ask(counter('b'), say({ type: 'cancel-later' }), options)
    await first.stop()
    const second = await system.start()
    await until(async () => (await second.queries.entity<CounterState>(counter('a')))?.state.value === 15)
    expect((await second.queries.entity<CounterState>(counter('b')))?.state.value).toBe(0)
  })

  it('puts what it cannot handle among the dead letters and goes on', async () => {
    const system = open()
    const node = await system.start()
    await expect(node.ask(counter('a'), say({ type: 'fail' }), options)).rejects.toMatchObject({
      code: 'handler-failed',
    })
    await expect(node.ask(counter('a'), { type: 'dance' }, options)).rejects.toMatchObject({ code: 'invalid-message' })
    system.broker.append([{ topic: SHARD_TOPIC, partition: 0, value: new Uint8Array([1, 255, 255]) }])
    system.broker.append([{ topic: SHARD_TOPIC, partition: 1, value: encode(['not', 'a message']) }])
    // No release is that far ahead: broken bytes, which no other node would read either.
    system.broker.append([{ topic: SHARD_TOPIC, partition: 2, value: new Uint8Array([99, 1]) }])
    await until(async () => (await node.queries.deadLetters({ limit: 10 })).length === 5)
    const reasons = (await node.queries.deadLetters({ limit: 10 })).map((row) => row.reason).sort()
    expect(reasons).toEqual(['handler-failed', 'invalid-message', 'unreadable', 'unreadable', 'unreadable'])
    for (let shard = 0; shard < 8; shard++)
      expect(await node.ask(counter(`alive-${shard}`), say({ type: 'add', amount: 1 }), options)).toMatchObject({
        ok: true,
      })
  })

  it('replays and discards dead letters, once', async () => {
    const node = await open().start()
    await expect(node.ask(counter('a'), say({ type: 'fail' }), options)).rejects.toMatchObject({
      code: 'handler-failed',
    })
    const [row] = await node.queries.deadLetters({ limit: 10 })
    const id = row?.id ?? ''
    expect(await node.queries.deadLetter(id)).toMatchObject({
      to: 'counter/a',
      message: { type: 'fail' },
      sender: 'test',
    })
    expect(await node.replay(id)).toBe(true)
    expect(await node.replay(id)).toBe(false)
    const [again, ...none] = await node.queries.deadLetters({ limit: 10 })
    expect(none).toEqual([])
    expect(again?.reason).toBe('handler-failed')
    expect(await node.discard(again?.id ?? '')).toBe(true)
    expect(await node.queries.deadLetters({ limit: 10 })).toEqual([])
    expect(await node.discard('7-0-0')).toBe(false)
  })

  it('shows the history with causes, and trims it', async () => {
    const node = await open().start()
    for (let amount = 1; amount <= 100; amount++)
      await node.ask(counter('a'), say({ type: 'add', amount }), { ...options, trace: `order-${amount}` })
    const newest = await node.queries.history(counter('a'), { limit: 2 })
    expect(newest).toMatchObject([
      { version: 100, event: { type: 'added', amount: 100 }, cause: { sender: 'test', trace: 'order-100' } },
      { version: 99 },
    ])
    const all = await node.queries.history(counter('a'), { limit: 1_000 })
    expect(all.length).toBeGreaterThanOrEqual(64)
    expect(all.length).toBeLessThanOrEqual(64 + 8)
    expect((await node.queries.entity<CounterState>(counter('a')))?.state.value).toBe(5_050)
  })

  it('forgets an entity that has ended, and lets it begin anew', async () => {
    const node = await open().start()
    await node.ask(counter('a'), say({ type: 'add', amount: 5 }), options)
    const last = node.ask(counter('a'), say({ type: 'forget' }), options)
    const next = node.ask(counter('a'), say({ type: 'add', amount: 1 }), options)
    expect(await last).toMatchObject({ ok: true })
    expect(await next).toEqual({ ok: true, value: 1 })
    expect(await node.queries.entity<CounterState>(counter('a'))).toMatchObject({ version: 1 })
  })

  it('passivates what nobody uses and recovers it when asked', async () => {
    const node = await open({ residentsPerShardMax: 2 }).start()
    const ids = Array.from({ length: 40 }, (_, index) => `p-${index}`)
    for (const round of [1, 2])
      for (const id of ids)
        expect(await node.ask(counter(id), say({ type: 'add', amount: 1 }), options)).toEqual({
          ok: true,
          value: round,
        })
    const inMemory = node.samples().find((sample) => sample.name === 'homeostat_runtime_entities_in_memory')
    expect(inMemory?.value).toBeLessThanOrEqual(4 * 2)
  })

  it('passivates when nothing happens any more', async () => {
    const node = await open({ idleTimeoutMs: 30 }).start()
    for (let index = 0; index < 20; index++)
      await node.ask(counter(`p-${index}`), say({ type: 'add', amount: 1 }), options)
    const inMemory = () =>
      node.samples().find((sample) => sample.name === 'homeostat_runtime_entities_in_memory')?.value
    await until(() => inMemory() === 0)
    expect(await node.ask(counter('p-3'), say({ type: 'read' }), options)).toEqual({ ok: true, value: 1 })
  })

  it('shares the shards with another node, and takes over what it leaves', async () => {
    const system = open()
    const first = await system.start()
    await first.ask(counter('a'), say({ type: 'add', amount: 1 }), options)
    const second = await system.start()
    await until(() => first.shards.length === 2 && second.shards.length === 2 && first.isReady && second.isReady)
    for (const node of [first, second])
      for (let index = 0; index < 8; index++)
        expect(await node.ask(counter(`s-${index}`), say({ type: 'read' }), options)).toMatchObject({ ok: true })
    await first.stop()
    await until(() => second.shards.length === 4 && second.isReady)
    expect(await second.ask(counter('a'), say({ type: 'read' }), options)).toEqual({ ok: true, value: 1 })
  })

  it('without shards of its own asks, tells and reads what others serve', async () => {
    const system = open()
    const edge = await system.start({ serves: false })
    expect(edge.isReady).toBe(true)
    const asked = edge.ask(counter('a'), say({ type: 'add', amount: 4 }), options)
    const owner = await system.start()
    expect(await asked).toEqual({ ok: true, value: 4 })
    await edge.tell(counter('a'), say({ type: 'add', amount: 1 }), options)
    await until(async () => (await edge.queries.entity<CounterState>(counter('a')))?.state.value === 5)
    expect([edge.shards.length, owner.shards.length]).toEqual([0, 4])
    expect(edge.workers).toEqual([])
  })

  it('is ready only when its group has told it its shards', async () => {
    const system = open()
    const client = system.broker.client()
    const join = client.join.bind(client)
    let tell: () => void = () => undefined
    const told = new Promise<void>((resolve) => (tell = resolve))
    client.join = (group, topic, onAssigned) => join(group, topic, (shards) => void told.then(() => onAssigned(shards)))
    const node = system.make({ log: client })
    await node.start()
    expect(node.isReady).toBe(false)
    tell()
    await until(() => node.isReady)
    expect(node.shards).toHaveLength(4)
    await node.stop()
  })

  it('refuses another number of shards than the system was set up with', async () => {
    const system = open()
    await (await system.start()).stop()
    const other = system.make({ config: { shards: 8 } })
    await expect(other.start()).rejects.toMatchObject({ code: 'partitions-differ' })
  })

  it('fires each of many timers once, though few of them are in memory', async () => {
    const node = await open({ timersInMemoryMax: 3, timerWindowMs: 40, retryLongestMs: 20 }).start()
    const ids = Array.from({ length: 80 }, (_, index) => `t-${index}`)
    for (const [index, id] of ids.entries()) {
      const delayMs = (index * 37) % 160
      await node.ask(counter(id), say({ type: 'add-later', amount: 1, delayMs: 500 }), options)
      await node.ask(counter(id), say({ type: 'add-later', amount: 1, delayMs }), options)
      // Every fourth is taken back.
      if (index % 4 === 0 && delayMs > 100) await node.ask(counter(id), say({ type: 'cancel-later' }), options)
    }
    const values = async (): Promise<readonly number[]> =>
      (await node.queries.entities<CounterState>(ids.map(counter))).map((view) => view?.state.value ?? -1)
    const expected = ids.map((_, index) => (index % 4 === 0 && (index * 37) % 160 > 100 ? 0 : 1))
    await until(async () => (await values()).join() === expected.join())
    await until(async () => (await node.queries.counts()).timers === 0)
    expect(await values()).toEqual(expected)
  })

  it('stops taking input while its outbox is full, and goes on when it has room', async () => {
    const system = open({ outboxPendingMax: 8, batchRecordsMax: 4, retryFirstMs: 5, retryLongestMs: 20 })
    const node = await system.start()
    const shard = node.shardOf(counter('from'))
    const others = Array.from({ length: 200 }, (_, index) => `other-${index}`).filter(
      (id) => node.shardOf(counter(id)) !== shard,
    )
    // What the node itself appends gets lost; what others put into its shard's log arrives.
    system.broker.faults.lost = 1
    others.forEach((to, index) =>
      system.broker.append([
        {
          topic: SHARD_TOPIC,
          partition: shard,
          value: encodeMessage({
            to: counter('from'),
            origin: 'g-test',
            position: [index, 0],
            atMs: 1,
            sender: 'test',
            trace: '',
            body: say({ type: 'move', amount: 1, to }),
          }),
        },
      ]),
    )
    const pending = (): number =>
      node.samples().find(({ name }) => name === 'homeostat_runtime_outbox_pending')?.value ?? 0
    await until(() => pending() >= 8)
    await until(() => node.metrics.retries.value > 20)
    expect(pending()).toBeLessThan(8 + 4)
    expect(system.server.shard(shard).nextOffset).toBeLessThan(others.length)
    system.broker.faults.lost = 0
    await until(async () => {
      const views = await node.queries.entities<CounterState>(others.map(counter))
      return views.every((view) => view?.state.value === 1)
    })
    expect(pending()).toBe(0)
  })

  it('sends no reply to an asker that has given up', async () => {
    const system = open()
    const node = await system.start()
    const shard = node.shardOf(counter('a'))
    for (const [index, deadlineMs] of [Date.now() - 60_000, Date.now() + 60_000].entries()) {
      const replyTo = { node: 'n9', correlation: index, deadlineMs }
      const head = {
        to: counter('a'),
        origin: 'gn9',
        position: [index, 0] as const,
        atMs: 1,
        sender: 'test',
        trace: '',
      }
      const value = encodeMessage({ ...head, replyTo, body: say({ type: 'add', amount: 1 }) })
      system.broker.append([{ topic: SHARD_TOPIC, partition: shard, value }])
    }
    await until(() => node.metrics.repliesTooLate.value === 1 && node.metrics.repliesSent.value === 1)
    expect((await node.queries.entity<CounterState>(counter('a')))?.state.value).toBe(2)
  })

  it('refuses more than its bounds hold, at once', async () => {
    const node = await open({ asksInFlightMax: 4 }).start()
    const asks = Array.from({ length: 8 }, () => node.ask(counter('a'), say({ type: 'add', amount: 1 }), options))
    const settled = await Promise.allSettled(asks)
    const refused = settled.filter((result) => result.status === 'rejected')
    expect(refused).toHaveLength(4)
    for (const result of refused) expect(result.reason).toMatchObject({ code: 'overloaded', retryable: true })
  })
})
