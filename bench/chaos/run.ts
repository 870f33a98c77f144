/** One chaos run, from an empty cluster to a verdict. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { placementOfText, shardOfPlacement } from '../../runtime/placement.ts'
import { seededRandom } from '../../runtime/simulation/seeded-random.ts'
import { type BreakingOptions, type Measured, takeStep } from './breaking.ts'
import { coinClients } from './coin-clients.ts'
import { openClient } from './client-node.ts'
import { type ChaosCluster, isUp, startCluster } from './cluster.ts'
import { counterModel } from './counter-model.ts'
import { shardProbe } from '../../runtime/testing/probe-entity.ts'
import { entityClients } from './entity-clients.ts'
import { historiesVerdict, type HistoryViolation } from './histories.ts'
import { startLoad } from './load.ts'
import { checkLoops, restOfLoops } from './loops/loop-checks.ts'
import { type LoopFigures, loopFigures } from './loops/loop-report.ts'
import { type LoopWorld, loopWorld } from './loops/loop-world.ts'
import { startLoops } from './loops/loops.ts'
import { Lull } from './lull.ts'
import type { Guard } from './node-orders.ts'
import { checkOrders, type OrderVerdict, restOfOrders, settleOrders } from './order-checks.ts'
import { startOrders } from './orders.ts'
import { recordedClients } from './recorded-clients.ts'
import { registerModel, withoutDoubt } from './register-model.ts'
import { type FaultKind, scheduleOf } from './schedule.ts'
import { watchService } from './service-watch.ts'

export interface RunOptions {
  readonly minutes: number
  readonly seed: number
  readonly without: Guard | undefined
  /** Only these faults; all if there are none. */
  readonly only: readonly FaultKind[]
  readonly folder: string
  readonly print: (line: string) => void
  /** For client-side trouble, which is expected. */
  readonly report: (text: string, error?: unknown) => void
  /** The run is over before its time: heal, check, report. */
  readonly isInterrupted: () => boolean
}

export interface RunResult {
  readonly seed: number
  readonly without: Guard | undefined
  readonly nodes: number
  readonly driverWorkers: number
  readonly shards: number
  readonly limitMs: number
  readonly tookMs: number
  readonly measured: readonly Measured[]
  readonly operations: {
    readonly recorded: number
    readonly entities: number
    readonly unanswered: number
    readonly left: number
  }
  readonly histories: { readonly keys: number; readonly violations: readonly HistoryViolation[] }
  readonly orders: {
    readonly accepted: number
    readonly repeated: number
    readonly counts: Readonly<Record<string, number>>
    readonly processes: number
    readonly byPolicies: number
    readonly changes: number
  }
  readonly loops: LoopFigures
  /** Everything that must not be, in words. */
  readonly violations: readonly string[]
}

const NODES = 3
const DRIVER_WORKERS = 2
const SHARDS = 16
const SESSION_TIMEOUT_MS = 6_000
const LIMIT_MS = SESSION_TIMEOUT_MS + 2_000
/** Orders, alarms and control loops keep to the shards below; the others can be quiet. */
const BUSY_SHARDS = 6
const ORDER_CLIENTS = 6
const LOOP_CLIENTS = 4
const EPOCH_MS = 60_000
const KEYS = 24
const RECORDED_PER_SECOND = 70
const ENTITIES_PER_SECOND = 60
const COINS_PER_SECOND = 10
const IN_FLIGHT_MAX = 200
const ASK_DEADLINE_MS = 4_000
const PROBE_DEADLINE_MS = 12_000
const UP_DEADLINE_MS = 60_000
/** Longer than an owner takes to store all that follows from a command (the cursor of its outbox), shorter than what is lost. */
const SETTLED_MS = 400
/** As much as the store loses, with what is lost beyond a second between two looks at its file. */
const LOST_MS = 1_200
const SETTLE_DEADLINE_MS = 120_000

export const runChaos = async (options: RunOptions): Promise<RunResult> => {
  const { without, folder, print } = options
  mkdirSync(folder, { recursive: true })
  const unexpected: string[] = []
  const world = loopWorld((id) => isBusy(shardOfPlacement(placementOfText(id), SHARDS)))
  const cluster = await startCluster({
    folder,
    nodes: NODES,
    driverWorkers: DRIVER_WORKERS,
    participants: world.participants,
    shards: SHARDS,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    without,
    onUnexpectedEnd: (name, how) => {
      unexpected.push(`${name} ended by itself: ${how} (see ${join(folder, `${name}.log`)})`)
      print(unexpected.at(-1) ?? '')
    },
  })
  try {
    return await runOn(cluster, world, options, unexpected)
  } finally {
    await cluster.close()
  }
}

const runOn = async (
  cluster: ChaosCluster,
  world: LoopWorld,
  options: RunOptions,
  unexpected: readonly string[],
): Promise<RunResult> => {
  const { minutes, seed, without, print } = options
  for (const process of [
    cluster.simulator,
    ...[...cluster.nodes, ...cluster.driverWorkers, ...cluster.participants].map((each) => each.process),
  ])
    await isUp(process, UP_DEADLINE_MS)
  const client = await openClient(cluster.environment, options.report)
  const { node } = client
  const lull = new Lull()
  const random = seededRandom(seed ^ 0x5eed)
  const isBusyShard = (ref: { readonly kind: string; readonly id: string }): boolean => isBusy(node.shardOf(ref))
  const ask = (shard: number): Promise<unknown> =>
    node.ask(shardProbe(shard), { type: 'probe' }, { sender: 'chaos', deadlineMs: PROBE_DEADLINE_MS })
  try {
    const ready = await watchService({ shards: SHARDS, ask, everyMs: 100 }, performance.now(), UP_DEADLINE_MS)
    if (!ready.isServed) throw new Error(`not all shards are served at first: ${JSON.stringify(ready.slowest)}`)
    const orders = await startOrders({
      urls: cluster.nodes.map(({ url }) => url),
      clients: ORDER_CLIENTS,
      seed,
      lull,
      isOrderShard: isBusyShard,
    })
    const loops = await startLoops({
      urls: cluster.nodes.map(({ url }) => url),
      clients: LOOP_CLIENTS,
      seed,
      lull,
      world,
    })
    const startedMs = performance.now()
    const epoch = (): number => Math.floor((performance.now() - startedMs) / EPOCH_MS)
    const losses = new Set<number>()
    const lossesAtMs: number[] = []
    const common = { client: node, lull, deadlineMs: ASK_DEADLINE_MS }
    const recorded = recordedClients({ ...common, random, keys: KEYS })
    const entities = entityClients({ ...common, random, isAlarmShard: isBusyShard })
    const coins = coinClients({ ...common, client: node, random, shards: SHARDS })
    const loads = [
      startLoad(COINS_PER_SECOND, IN_FLIGHT_MAX, () => coins.next()),
      startLoad(RECORDED_PER_SECOND, IN_FLIGHT_MAX, () => recorded.next(epoch())),
      startLoad(ENTITIES_PER_SECOND, IN_FLIGHT_MAX, () => entities.next(epoch())),
    ]
    print(`everything is up; ${minutes} minutes of faults from seed ${seed}, logs in ${options.folder}`)

    const breaking: BreakingOptions = {
      context: {
        cluster,
        hush: async (patienceMs) => {
          await lull.begin(patienceMs)
          // What is published would be published again by those who repair the store, and the shards would not be quiet.
          await pass(LOST_MS)
          await Promise.race([coins.flipAll(), pass(patienceMs)])
          await pass(SETTLED_MS)
        },
        say: () => void coins.flipAll(),
        resume: () => lull.end(),
        // What it loses may be of the epoch before, and its replay reaches into the next.
        onStoreLoss: () => {
          lossesAtMs.push(Date.now())
          for (const step of [-1, 0, 1]) losses.add(epoch() + step)
        },
      },
      ask,
      shards: SHARDS,
      limitMs: LIMIT_MS,
      startedMs,
      print,
    }
    const measured: Measured[] = []
    const steps = scheduleOf({
      seed,
      nodes: NODES,
      driverWorkers: DRIVER_WORKERS,
      participants: world.participants.length,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      ...(options.only.length > 0 ? { kinds: options.only } : {}),
    })
    while (performance.now() - startedMs < minutes * 60_000 && !options.isInterrupted() && unexpected.length === 0)
      measured.push(...(await takeStep(steps.next().value, breaking)))
    const tookMs = performance.now() - startedMs

    print('no more faults: everything comes to rest')
    orders.end()
    loops.end()
    const violations: string[] = [...unexpected]
    await Promise.all(loads.map((load) => load.stop()))
    await orders.ended.catch((error: unknown) => violations.push(`an order client: ${String(error)}`))
    await loops.ended
    const settle = async (): Promise<readonly string[]> => [
      ...(await restOfOrders(orders.operator, SETTLE_DEADLINE_MS)),
      ...(await settleOrders(orders)),
      ...(await restOfOrders(orders.operator, SETTLE_DEADLINE_MS)),
    ]
    violations.push(...(await settle().catch((error: unknown) => [`orders don't come to rest: ${String(error)}`])))
    violations.push(...(await restOfLoops(client.stored, loops.loops, SETTLE_DEADLINE_MS)))
    await recorded.readAll()
    violations.push(...recorded.faults)
    violations.push(...(await atRest(() => entities.violations(client.store, SHARDS, losses))))
    violations.push(...(await coins.violations()))
    const verdict: OrderVerdict = await checkOrders(client.stored, orders, cluster.infrastructureFile)
    violations.push(...verdict.violations)
    const files = cluster.participants.map(({ process, recordFile }) => ({
      participant: process.name,
      path: recordFile,
    }))
    const loopVerdict = await checkLoops(client.stored, loops, files, lossesAtMs)
    violations.push(...loopVerdict.violations)
    for (const late of measured.filter(({ isInTime }) => !isInTime))
      violations.push(
        `${late.notes.join(' and ')}: after the ${late.after} not all shards were served within ${LIMIT_MS} ms, but ${late.isServed ? `after ${Math.round(late.tookMs)} ms` : 'not at all'}: ${JSON.stringify(late.slowest)}`,
      )
    print('checking the histories')
    const registers = [...recorded.registers].map(([id, history]) => [`register ${id}`, withoutDoubt(history)] as const)
    const counters = [...recorded.counters].map(([id, history]) => [`counter ${id}`, history] as const)
    const found = [...historiesVerdict(registerModel, registers), ...historiesVerdict(counterModel, counters)]
    violations.push(...found.map(({ title }) => title))
    const clients = [...orders.clients, orders.operator]
    return {
      seed,
      without,
      nodes: NODES,
      driverWorkers: DRIVER_WORKERS,
      shards: SHARDS,
      limitMs: LIMIT_MS,
      tookMs,
      measured,
      operations: {
        recorded: [...registers, ...counters].reduce((sum, [, history]) => sum + history.length, 0),
        entities: entities.issued + coins.flipped,
        unanswered: recorded.unanswered + entities.unanswered,
        left: loads.reduce((sum, { left }) => sum + left, 0),
      },
      histories: { keys: registers.length + counters.length, violations: found },
      orders: {
        accepted: clients.reduce((sum, { accepted }) => sum + accepted.length, 0),
        repeated: clients.reduce((sum, { unanswered }) => sum + unanswered, 0),
        counts: Object.fromEntries([...orders.counts].sort()),
        processes: verdict.processes,
        byPolicies: verdict.byPolicies,
        changes: verdict.changes,
      },
      loops: loopFigures(loops, loopVerdict, world.participants.length),
      violations,
    }
  } finally {
    await client.close()
  }
}

const isBusy = (shard: number): boolean => shard < BUSY_SHARDS

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const REST_DEADLINE_MS = 20_000

/** What is on its way (a credit, an alarm that is about to ring) arrives; what still isn't right after that is wrong. */
const atRest = async (look: () => Promise<readonly string[]>): Promise<readonly string[]> => {
  const endMs = performance.now() + REST_DEADLINE_MS
  for (;;) {
    const found = await look()
    if (found.length === 0 || performance.now() > endMs) return found
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
}
