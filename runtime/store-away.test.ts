/** A node that is cut off from the store, and from nothing else: its group still counts on it. */
import { expect, it } from 'vitest'
import { MemoryStoreServer } from '../persistence/memory-store.ts'
import { RuntimeFault } from './fault.ts'
import type { Store } from './ports.ts'
import { counter, machineOf } from './testing/machine.ts'
import { until } from './testing/until.ts'

const cuttable = (store: Store): { store: Store; isCut: boolean } => {
  const wire = { store, isCut: false }
  wire.store = new Proxy(store, {
    get:
      (target, name: keyof Store) =>
      (...args: never[]) =>
        wire.isCut
          ? Promise.reject(new RuntimeFault('unavailable', 'the store does not answer'))
          : (target[name] as (...all: never[]) => unknown).apply(target, args),
  })
  return wire
}

it('a node that the store does not answer leaves its shards to others, and takes part again when it answers', async () => {
  const machine = machineOf({
    makeStoreServer: (options) => new MemoryStoreServer(options),
    config: {
      protocolCheckMs: 10,
      storeAwayMs: 50,
      leaseCheckMs: 20,
      handOverMs: 50,
      retryFirstMs: 5,
      retryLongestMs: 20,
    },
  })
  const wire = cuttable(machine.server.client())
  const faults: string[] = []
  const cut = await machine.start({
    store: wire.store,
    onFault: (where, error) => faults.push(`${where}: ${String(error)}`),
  })
  const other = await machine.start()
  await until(() => cut.shards.length === 2 && other.shards.length === 2 && cut.isReady && other.isReady)
  wire.isCut = true
  await until(() => other.shards.length === 4 && other.isReady)
  expect(cut.isReady).toBe(false)
  expect(cut.workers).toContainEqual(
    expect.objectContaining({
      name: 'shards',
      state: 'resting',
      lastError: expect.stringContaining('the store does not answer') as string,
    }),
  )
  expect(faults.join('\n')).toContain('leaves its shards to others until it answers')
  for (let index = 0; index < 8; index++)
    await other.ask(counter(`c-${index}`), { type: 'add', amount: 1 } as never, { sender: 'test', deadlineMs: 5_000 })
  wire.isCut = false
  await until(() => cut.isReady && cut.shards.length === 2 && other.shards.length === 2)
  for (let index = 0; index < 8; index++) {
    const reply = await cut.ask(counter(`c-${index}`), { type: 'add', amount: 1 } as never, {
      sender: 'test',
      deadlineMs: 5_000,
    })
    expect(reply.ok).toBe(true)
  }
  await machine.stop()
})

it('a store that is away for a moment only moves nothing', async () => {
  const machine = machineOf({
    makeStoreServer: (options) => new MemoryStoreServer(options),
    config: { protocolCheckMs: 10, storeAwayMs: 60_000, retryFirstMs: 5, retryLongestMs: 20, restartsMax: 1_000 },
  })
  const wire = cuttable(machine.server.client())
  const node = await machine.start({ store: wire.store })
  wire.isCut = true
  await until(() => node.metrics.shardRestarts.value > 0 || !node.isReady, 2_000).catch(() => undefined)
  wire.isCut = false
  await until(() => node.isReady)
  expect(node.workers.filter(({ name }) => name === 'shards')).toEqual([])
  await machine.stop()
})
