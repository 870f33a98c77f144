import { afterEach, describe, expect, it } from 'vitest'
import { MemoryStoreServer } from '../persistence/memory-store.ts'
import type { Reply } from './entity.ts'
import { decode, encode } from './codec.ts'
import type { Node } from './node.ts'
import type { Answer, ReplyTransport } from './replies.ts'
import type { CounterCommand, CounterState } from './testing/counter.ts'
import { startLoad } from './testing/load.ts'
import { counter, machineOf } from './testing/machine.ts'
import { until } from './testing/until.ts'

const addOne: CounterCommand = { type: 'add', amount: 1 }
const targets = Array.from({ length: 16 }, (_, index) => counter(`c-${index}`))
const DRAIN_MS = 10_000

/** As between processes: bytes, some time later. */
const remoteReplies = (): ReplyTransport => {
  const listeners = new Map<string, (correlation: number, answer: Answer) => void>()
  return {
    send: (to, answer) => {
      const bytes = encode(answer)
      setTimeout(() => listeners.get(to.node)?.(to.correlation, decode(bytes) as Answer), 3)
    },
    listen: (node, onAnswer) => {
      listeners.set(node, onAnswer)
      return () => listeners.delete(node)
    },
  }
}

const system = () =>
  machineOf({
    makeStoreServer: (options) => new MemoryStoreServer(options),
    replies: remoteReplies(),
    config: { drainTimeoutMs: DRAIN_MS },
  })
let running: ReturnType<typeof system> | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

const sum = async (node: Node): Promise<number> =>
  (await node.queries.entities<CounterState>(targets)).reduce((total, view) => total + (view?.state.value ?? 0), 0)

/** How long a stop takes. */
const timed = async (node: Node): Promise<number> => {
  const startedMs = performance.now()
  await node.stop()
  return performance.now() - startedMs
}

describe('a node that stops', () => {
  it('under load answers all that it has accepted, in a small part of the time that it may take', async () => {
    const cluster = (running = system())
    const nodes = [await cluster.start(), await cluster.start(), await cluster.start()]
    const load = startLoad({ clients: 8, nodes: () => nodes, targets })
    for (let count = 0; count < 2; count++) {
      const goal = load.acknowledged + 200
      await until(() => load.acknowledged >= goal)
      expect(await timed(nodes.shift() as Node)).toBeLessThan(DRAIN_MS / 4)
    }
    await load.stop()
    expect(load.faults).toEqual([])
    const [last] = nodes as [Node]
    const added = [...load.added.values()].reduce((total, count) => total + count, 0)
    await until(async () => (await sum(last)) === added)
  }, 30_000)

  it('and whose shards move meanwhile: the askers get their replies from wherever these are', async () => {
    const cluster = (running = system())
    const first = await cluster.start()
    const second = await cluster.start()
    const edge = await cluster.start({ serves: false })
    await until(() => first.shards.length === 2 && second.shards.length === 2 && first.isReady && second.isReady)
    // As if the first had no time for them: what it is asked waits in the log until the second has its shards.
    const stuck = cluster.server.shard(first.shards[0] ?? 0)
    const asks: Promise<Reply>[] = []
    for (let round = 0; round < 20; round++)
      for (const ref of targets) asks.push(edge.ask(ref, { ...addOne }, { sender: 'test', deadlineMs: 10_000 }))
    const stopped = first.stop()
    const replies = await Promise.all(asks)
    await stopped
    expect(replies.every((reply) => reply.ok)).toBe(true)
    expect(await sum(edge)).toBe(20 * targets.length)
    expect(second.shards).toHaveLength(4)
    // Assigned is not yet acquired.
    await until(() => stuck.owner === 'n2')
  })

  it('tells those whose replies do not come that it has stopped', async () => {
    const cluster = (running = system())
    const edge = await cluster.start({ serves: false, config: { drainTimeoutMs: 400 } })
    // Nobody serves: the question waits in the log.
    const asked = edge
      .ask(counter('a'), addOne, { sender: 'test', deadlineMs: 60_000 })
      .catch((error: unknown) => error)
    await until(() => cluster.broker.records('shards', edge.shardOf(counter('a'))).length === 1)
    expect(await timed(edge)).toBeLessThan(400)
    expect(await asked).toMatchObject({ code: 'closed', message: 'this node has stopped' })
    await expect(edge.ask(counter('a'), addOne, { sender: 'test', deadlineMs: 1_000 })).rejects.toMatchObject({
      code: 'closed',
    })
    // What was accepted isn't lost: whoever serves next handles it.
    const later = await cluster.start()
    await until(async () => (await later.queries.entity<CounterState>(counter('a')))?.state.value === 1)
  })
})
