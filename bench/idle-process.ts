/**
 * A process that holds many counters, to be looked at from outside, killed and started again. What it does is said by
 * its parent (`idle.ts`), message by message.
 */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { until } from '../runtime/testing/until.ts'
import { addMany, addOne, type CounterSystem, drawer, inTurn, openCounters } from './counter-system.ts'
import { counterRef, Ledger, storedValues, verifyNoDeadLetters } from './ledger.ts'

export interface IdleOrder {
  readonly type: 'fill' | 'serve'
  readonly folder: string
  readonly actors: number
  /** Commands before the first measurement: code is compiled, caches and the tails of the log are full. */
  readonly warmUp: number
}

/** What a process with its counters takes. */
export interface Footprint {
  readonly rssBytes: number
  /** Heap and what it holds outside of it, after a garbage collection. */
  readonly heapBytes: number
  /** Pages of the file that are in use. */
  readonly diskBytes: number
  readonly entitiesInMemory: number
}

export type IdleReport =
  | { readonly type: 'filled'; readonly before: Footprint; readonly after: Footprint; readonly values: number[] }
  /** Of the counters that it has just asked for an increment, or that have acknowledged it. */
  | { readonly type: 'asked' | 'acknowledged'; readonly actors: readonly number[] }
  /** `loadedMs`: from the start of the process until its code was loaded. */
  | { readonly type: 'first'; readonly actor: number; readonly loadedMs: number }
  | { readonly type: 'every-shard'; readonly actors: readonly number[] }
  | { readonly type: 'values'; readonly values: number[]; readonly entities: number }

const IDLE_TIMEOUT_MS = 500
/** The warm-up's commands go to so few that they weigh nothing. */
const WARM_UP_ACTORS = 200
const BUSY_BATCH = 256
const IN_FLIGHT = 1_024
const PASSIVATED_WITHIN_MS = 60_000

const loadedMs = performance.now()
const tell = (report: IdleReport): void => void process.send?.(report)

const diskBytes = (folder: string): number => {
  const database = new DatabaseSync(join(folder, 'homeostat.sqlite'), { readOnly: true })
  const pragma = (name: string): number => Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0])
  const bytes = (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
  database.close()
  return bytes
}

const inMemory = ({ node }: CounterSystem): number =>
  node.samples().flatMap((sample) => (sample.name === 'homeostat_runtime_entities_in_memory' ? [sample] : []))[0]
    ?.value as number

/** One counter of each shard. */
const oneOfEach = ({ node, shards }: CounterSystem): readonly number[] => {
  const found = new Map<number, number>()
  for (let actor = 0; found.size < shards; actor++) {
    const shard = node.shardOf(counterRef(actor))
    if (!found.has(shard)) found.set(shard, actor)
  }
  return [...found.values()]
}

const footprint = async (system: CounterSystem, ledger: Ledger, folder: string): Promise<Footprint> => {
  const each = oneOfEach(system)
  // A shard lets go of the unused after a batch, so each gets one now and then.
  await until(async () => {
    for (const actor of each) ledger.acknowledge(actor, await addOne(system.node, actor))
    return inMemory(system) <= each.length
  }, PASSIVATED_WITHIN_MS)
  for (let pass = 0; pass < 3; pass++) globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  return {
    rssBytes: rss,
    heapBytes: heapUsed + external,
    diskBytes: diskBytes(folder),
    entitiesInMemory: inMemory(system),
  }
}

const fill = async ({ folder, actors, warmUp }: IdleOrder): Promise<void> => {
  const system = await openCounters(folder, { idleTimeoutMs: IDLE_TIMEOUT_MS })
  const ledger = new Ledger(actors)
  const few = Math.min(WARM_UP_ACTORS, actors)
  await addMany(system.node, ledger, { total: warmUp, inFlight: IN_FLIGHT, next: drawer(few) })
  const before = await footprint(system, ledger, folder)
  await addMany(system.node, ledger, { total: actors, inFlight: IN_FLIGHT, next: inTurn() })
  const after = await footprint(system, ledger, folder)
  await ledger.verify(system.node.queries)
  tell({ type: 'filled', before, after, values: [...(await storedValues(system.node.queries, actors))] })
  // Until it is killed.
  const next = drawer(actors, 5)
  for (;;) {
    const batch = [...new Set(Array.from({ length: BUSY_BATCH }, next))]
    tell({ type: 'asked', actors: batch })
    await Promise.all(batch.map((actor) => addOne(system.node, actor)))
    tell({ type: 'acknowledged', actors: batch })
  }
}

const serve = async ({ folder, actors }: IdleOrder): Promise<void> => {
  const system = await openCounters(folder)
  const first = actors - 1
  await addOne(system.node, first)
  tell({ type: 'first', actor: first, loadedMs })
  const each = oneOfEach(system)
  await Promise.all(each.map((actor) => addOne(system.node, actor)))
  tell({ type: 'every-shard', actors: each })
  await verifyNoDeadLetters(system.node.queries)
  const { entities } = await system.node.queries.counts()
  const values = [...(await storedValues(system.node.queries, actors))]
  tell({ type: 'values', values, entities: Object.values(entities).reduce((sum, count) => sum + count, 0) })
  await system.close()
}

process.once('message', (order: IdleOrder) => {
  const done = order.type === 'fill' ? fill(order) : serve(order)
  done.catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
})
