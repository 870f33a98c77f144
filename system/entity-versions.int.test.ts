/** An entity whose stored shape is a newer one from protocol 2 on, over real Redis and Kafka, up and back under load. */
import { afterEach, expect, it } from 'vitest'
import { connectRedis } from '../persistence/redis-connection.ts'
import { openRedisStore } from '../persistence/redis-store.ts'
import { decode } from '../runtime/codec.ts'
import type { AnyEntityDefinition } from '../runtime/entity.ts'
import { errorText } from '../runtime/fault.ts'
import { counterOf, type CounterState } from '../runtime/testing/counter.ts'
import { type CounterTwoState, counterTwoOf } from '../runtime/testing/counter-two.ts'
import { type Load, startLoad } from '../runtime/testing/load.ts'
import { counter } from '../runtime/testing/machine.ts'
import { until } from '../runtime/testing/until.ts'
import { servers, uniqueSystem } from '../scripts/servers/for-tests.ts'
import { readEnvironment } from './environment.ts'
import { type RunningSystem, startSystem } from './system.ts'

const targets = Array.from({ length: 8 }, (_, index) => counter(`c-${index}`))
/** Nobody speaks to these but the test. */
const quiet = Array.from({ length: 8 }, (_, index) => counter(`quiet-${index}`))
const asked = { sender: 'test', deadlineMs: 20_000 }
const addOne = { type: 'add', amount: 1 }

const system = uniqueSystem()
const { redisUrl, kafkaBrokers } = servers()
const reported: string[] = []
const running: RunningSystem[] = []
let load: Load | undefined

const start = async (
  name: string,
  definition: AnyEntityDefinition,
  environment: Record<string, string> = {},
): Promise<RunningSystem> => {
  const settings = readEnvironment({
    HOMEOSTAT_NODE: name,
    HOMEOSTAT_PORT: '0',
    HOMEOSTAT_SHARDS: '4',
    HOMEOSTAT_ROLES: 'gateway,worker',
    HOMEOSTAT_REDIS_URL: redisUrl,
    HOMEOSTAT_KAFKA_BROKERS: kafkaBrokers.join(','),
    HOMEOSTAT_SYSTEM: system,
    ...environment,
  })
  const started = await startSystem({
    settings,
    report: (text, error) => reported.push(`${name}: ${text}: ${errorText(error)}`),
    definitions: [definition],
    runtime: { protocolCheckMs: 50, standAsideMs: 1_000 },
  })
  running.push(started)
  await until(() => started.node.isReady, 20_000)
  return started
}
const startOld = (name: string) => start(name, counterOf('counter'), { HOMEOSTAT_PROTOCOL_MAX: '1' })
const stop = async (one: RunningSystem): Promise<void> => {
  running.splice(running.indexOf(one), 1)
  await one.stop()
}
afterEach(async () => {
  await load?.stop()
  for (const one of [...running]) await stop(one)
})

const more = async (count = 40): Promise<void> => {
  const goal = (load?.acknowledged ?? 0) + count
  await until(() => (load?.acknowledged ?? 0) >= goal, 30_000)
}

it('is written as older nodes read it until that is raised, and again when it was lowered', async () => {
  const connection = connectRedis({ url: redisUrl })
  const store = await openRedisStore({ connection, prefix: system })
  const shapes = async (node: RunningSystem['node'], refs: typeof targets): Promise<ReadonlySet<unknown>> => {
    const found = await Promise.all(refs.map((ref) => store.load(node.shardOf(ref), [ref])))
    const stored = found
      .flat()
      .flatMap((one) => [...(one?.events ?? []), ...(one?.snapshot ? [one.snapshot.value] : [])])
    return new Set(stored.map((bytes) => (decode(bytes) as unknown[])[0]))
  }
  try {
    const before = await startOld('old')
    const current = (load = startLoad({ clients: 6, nodes: () => running.map(({ node }) => node), targets }))
    await more()
    const newer = await start('newer', counterTwoOf('counter'))
    const { node, url } = newer
    await more()
    for (const ref of quiet) await node.ask(ref, addOne, asked)
    expect(await shapes(node, [...targets, ...quiet])).toEqual(new Set([1]))

    await stop(before)
    expect(await node.changeProtocol(2, 1)).toBe(true)
    for (const ref of quiet) await node.ask(ref, addOne, asked)
    expect(await shapes(node, quiet)).toEqual(new Set([1, 2]))
    await until(async () => (await shapes(node, targets)).has(2))

    expect(await node.changeProtocol(1, 2)).toBe(true)
    expect(await (await fetch(`${url}/api/runtime/protocol/leftovers`)).json()).toMatchObject({
      clean: false,
      kinds: ['counter'],
      advice: 'keep a newer node for entities of counter that nobody has spoken to since: others leave them to it',
    })
    // What is spoken to is stored as before.
    await until(async () => !(await shapes(node, targets)).has(2), 30_000)

    const { node: old } = await startOld('old')
    await until(() => old.isReady && old.shards.length > 0, 20_000)
    await more()
    // What is not is left to the newer node, which answers and stores it as before.
    const met = quiet.find((ref) => old.shards.includes(old.shardOf(ref)))
    expect(await old.ask(met ?? counter(''), addOne, asked)).toEqual({ ok: true, value: 3 })
    expect(reported.join('\n')).toMatch(
      /old: .*leaves its shards to newer ones .*quiet-\d: a stored (event|state) of counter of version 2 .* reads up to version 1/,
    )
    for (const ref of quiet) if (ref !== met) await node.ask(ref, addOne, asked)
    expect(await shapes(node, quiet)).toEqual(new Set([1]))

    // With that, older nodes can serve alone.
    await until(() => old.isReady && old.shards.length > 0, 30_000)
    await stop(newer)
    await until(() => old.shards.length === 4 && old.isReady, 30_000)
    await more()
    await current.stop()
    expect(current.faults).toEqual([])
    const added = [...current.added.values()].reduce((sum, count) => sum + count, 0)
    const total = async (): Promise<number> =>
      (await old.queries.entities<CounterState | CounterTwoState>(targets)).reduce(
        (sum, view) => sum + (view ? ('total' in view.state ? view.state.total : view.state.value) : 0),
        0,
      )
    await until(async () => (await total()) === added, 30_000)
    for (const ref of quiet) expect((await old.queries.entity<CounterState>(ref))?.state.value).toBe(3)
    expect(await old.queries.deadLetters({ limit: 10 })).toEqual([])
  } finally {
    await connection.close()
  }
}, 120_000)
