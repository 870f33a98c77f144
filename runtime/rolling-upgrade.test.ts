import { afterEach, describe, expect, it } from 'vitest'
import { MemoryStoreServer } from '../persistence/memory-store.ts'
import { decode } from './codec.ts'
import { SHARD_TOPIC } from './config.ts'
import type { Node, NodeOptions } from './node.ts'
import { type CounterCommand, type CounterState, counterOf } from './testing/counter.ts'
import { type CounterTwoState, counterTwoOf } from './testing/counter-two.ts'
import { type Load, startLoad } from './testing/load.ts'
import { counter, machineOf } from './testing/machine.ts'
import { until } from './testing/until.ts'

const targets = Array.from({ length: 12 }, (_, index) => counter(`c-${index}`))
const OLD: Partial<NodeOptions> = { protocolMax: 1, definitions: [counterOf('counter')] }
const NEW: Partial<NodeOptions> = { protocolMax: 2, definitions: [counterTwoOf('counter')] }
const addOne: CounterCommand = { type: 'add', amount: 1 }
const asked = { sender: 'test', deadlineMs: 10_000 }

const cluster = () => {
  const faults: string[] = []
  const system = machineOf({
    makeStoreServer: (options) => new MemoryStoreServer(options),
    config: { protocolCheckMs: 10, standAsideMs: 150, restartPauseMs: 50, retryFirstMs: 5, retryLongestMs: 20 },
  })
  const nodes: Node[] = []
  return {
    ...system,
    nodes,
    faults,
    add: async (release: Partial<NodeOptions>) => {
      const onFault = (where: string, error: unknown) => faults.push(`${where}: ${String(error)}`)
      nodes.push(await system.start({ ...release, onFault }))
      return nodes.at(-1) as Node
    },
    /** The oldest node goes. */
    drop: () => nodes.shift()?.stop(),
    /** Versions of the messages in the log from these offsets on. */
    messageVersions: (from: readonly number[] = []) =>
      new Set(
        [0, 1, 2, 3].flatMap((shard) =>
          system.broker
            .records(SHARD_TOPIC, shard)
            .filter(({ offset }) => offset >= (from[shard] ?? 0))
            .map(({ value }) => (decode(value) as unknown[])[0]),
        ),
      ),
    ends: () => [0, 1, 2, 3].map((shard) => system.broker.partition(SHARD_TOPIC, shard).next),
    /** Versions of the shapes that recoveries read. */
    shapes: async () => {
      const store = system.server.client()
      const node = nodes[0] as Node
      const found = await Promise.all(targets.map((ref) => store.load(node.shardOf(ref), [ref])))
      return new Set(
        found
          .flat()
          .flatMap((entity) => [...(entity?.events ?? []), ...(entity?.snapshot ? [entity.snapshot.value] : [])])
          .map((value) => (decode(value) as unknown[])[0]),
      )
    },
  }
}

let running: ReturnType<typeof cluster> | undefined
let load: Load | undefined
afterEach(async () => {
  await load?.stop()
  await running?.stop()
  running = load = undefined
})

/** Waits until this many more were acknowledged. */
const more = async (load: Load, count = 150): Promise<void> => {
  const goal = load.acknowledged + count
  await until(() => load.acknowledged >= goal)
}

const settled = async (system: ReturnType<typeof cluster>, load: Load): Promise<void> => {
  await load.stop()
  expect(load.faults).toEqual([])
  const added = [...load.added.values()].reduce((sum, count) => sum + count, 0)
  const total = async (): Promise<number> => {
    const views = await system.nodes[0]?.queries.entities<CounterState | CounterTwoState>(targets)
    return (views ?? []).reduce((sum, view) => {
      if (!view) return sum
      return sum + ('total' in view.state ? view.state.total : view.state.value)
    }, 0)
  }
  // What is moved arrives, so in the end all that was added is there, once.
  await until(async () => (await system.nodes[0]?.queries.counts())?.outbox === 0)
  await until(async () => (await total()) === added)
  expect(await system.nodes[0]?.queries.deadLetters({ limit: 10 })).toEqual([])
}

describe('a rolling upgrade', () => {
  it('takes nodes of the next release in beside the old ones, and back, and loses nothing', async () => {
    const system = (running = cluster())
    for (let count = 0; count < 3; count++) await system.add(OLD)
    const current = (load = startLoad({ clients: 6, nodes: () => system.nodes, targets }))
    await more(current)
    for (const release of [NEW, NEW, OLD, OLD, NEW, NEW, NEW]) {
      await system.add(release)
      await more(current)
      await system.drop()
      await more(current)
    }
    expect(system.messageVersions()).toEqual(new Set([1]))
    expect(await system.shapes()).toEqual(new Set([1]))
    await settled(system, current)
    expect(system.faults).toEqual([])
  }, 60_000)

  it('writes the new version when that is raised, and the old one again when it is lowered', async () => {
    const system = (running = cluster())
    await (await system.add(OLD)).stop()
    system.nodes.shift()
    for (let count = 0; count < 2; count++) await system.add(NEW)
    const current = (load = startLoad({ clients: 6, nodes: () => system.nodes, targets }))
    await more(current)
    const [node] = system.nodes as [Node]
    expect(node.protocol).toEqual({ oldest: 1, newest: 2, writes: 1, system: 1 })
    expect(await node.changeProtocol(2, 2)).toBe(false)
    expect(await node.changeProtocol(2, 1)).toBe(true)
    await until(() => system.nodes.every(({ protocol }) => protocol.writes === 2))
    await more(current)
    let from = system.ends()
    await more(current, 300)
    expect(system.messageVersions(from)).toEqual(new Set([2]))
    await until(async () => (await system.shapes()).has(2))

    const refused = system.make(OLD)
    await expect(refused.start()).rejects.toMatchObject({
      code: 'newer-version',
      message: 'this system writes protocol 2; this node speaks 1 to 1: run a newer release',
    })

    expect(await node.changeProtocol(1)).toBe(true)
    await until(() => system.nodes.every(({ protocol }) => protocol.writes === 1))
    await more(current)
    from = system.ends()
    // Each entity that is spoken to is stored as older nodes read it.
    await until(async () => !(await system.shapes()).has(2))
    await more(current, 300)
    expect(system.messageVersions(from)).toEqual(new Set([1]))
    await system.add(OLD)
    await system.drop()
    await system.add(OLD)
    await system.drop()
    expect(system.nodes.map(({ protocol }) => protocol.newest)).toEqual([1, 1])
    await more(current)
    await settled(system, current)
  }, 60_000)

  it('raised too early, older nodes leave their shards to the newer ones until it is lowered', async () => {
    const system = (running = cluster())
    const old = await system.add(OLD)
    const newer = await system.add(NEW)
    const current = (load = startLoad({ clients: 6, nodes: () => system.nodes, targets }))
    await more(current)
    await newer.changeProtocol(2)
    await until(() => newer.shards.length === 4 && newer.isReady)
    await more(current)
    expect(old.shards).toEqual([])
    expect(old.isReady).toBe(false)
    expect(old.protocol).toMatchObject({ writes: 1, system: 2 })
    expect(old.workers).toMatchObject([
      { name: 'shards', state: 'resting', lastError: expect.stringContaining('run a newer release') as string },
    ])
    expect(system.faults.join('\n')).toContain('this node leaves its shards to newer ones')
    await newer.changeProtocol(1)
    // Everything is spoken to, so everything is stored as before; then the older node serves again, and stays.
    await until(async () => !(await system.shapes()).has(2))
    await until(() => old.shards.length === 2 && old.isReady && newer.isReady)
    await more(current)
    await settled(system, current)
  }, 60_000)

  it('an older node leaves an entity that it cannot read to a newer one', async () => {
    const system = (running = cluster())
    const newer = await system.add(NEW)
    await newer.changeProtocol(2)
    for (const ref of targets) await newer.ask(ref, addOne, asked)
    await newer.changeProtocol(1)
    const old = await system.add(OLD)
    await until(() => old.shards.length === 2 && old.isReady && newer.isReady)
    const hidden = targets.find((ref) => old.shards.includes(old.shardOf(ref)))
    expect(await old.ask(hidden ?? counter(''), addOne, asked)).toEqual({ ok: true, value: 2 })
    expect(system.faults.join('\n')).toMatch(
      /shard \d, counter\/c-\d+: a stored (event|state) of counter of version 2 .* reads up to version 1: upgrade it/,
    )
    expect(await old.queries.deadLetters({ limit: 1 })).toEqual([])
    // It comes back after its pause, to find what was written in the meantime as it can read it.
    await until(() => old.shards.length === 2 && old.isReady)
    await until(async () => {
      const reply = await old.ask(hidden ?? counter(''), addOne, asked)
      return reply.ok && old.shards.includes(old.shardOf(hidden ?? counter('')))
    })
  }, 60_000)
})
