/** Nodes that join, leave and are killed under load, and one that is killed with all its company and started again. */
import { drawer } from '../counter-system.ts'
import { Loss } from '../figures.ts'
import { counterRef, verifyNoDeadLetters } from '../ledger.ts'
import type { CounterCommand } from '../../runtime/testing/counter.ts'
import { until } from '../../runtime/testing/until.ts'
import { type BenchClient, openClient } from './client.ts'
import { Counts } from './counts.ts'
import { gapMs, longestGaps, servedAgainAfter } from './gaps.ts'
import { type LoadOutcome, openLoop } from './load.ts'
import { Member, startMembers } from './member.ts'
import { type Prober, SLOW_MS, startProber } from './prober.ts'
import { boundOf, type Section, summaryOf } from './section.ts'
import { type BenchServers, forgetSystem, systemEnvironment, uniqueName } from './servers.ts'

export interface TakeoverSize {
  readonly nodes: number
  readonly shards: number
  readonly sessionTimeoutMs: number
  readonly actors: number
  /** Of increments, all the time. */
  readonly perSecond: number
  readonly runs: number
}

export const LIMIT_BEYOND_SESSION_MS = 2_000
/** Looked at for so long after each change at least. */
const WATCH_MS = 1_500
const SETTLED_DEADLINE_MS = 60_000
/** Well beyond any takeover: what isn't answered by then has lost its reply. */
const ASK = { sender: 'bench', deadlineMs: 15_000 }
const addOne: CounterCommand = { type: 'add', amount: 1 }

interface Change {
  readonly gapsMs: readonly number[]
  readonly servedAgainMs: readonly number[]
}

class Watched {
  readonly prober: Prober
  readonly #shards: number

  constructor(client: BenchClient, shards: number) {
    this.#shards = shards
    this.prober = startProber(client.node, shards)
  }

  /** Does something and looks what it did to the shards. `sinceMs`: from when; default: its beginning. */
  async during(change: () => Promise<unknown>): Promise<Change> {
    const fromMs = performance.now()
    await change()
    await this.prober.allAnswer(performance.now(), SETTLED_DEADLINE_MS)
    await new Promise((resolve) => setTimeout(resolve, WATCH_MS))
    await this.prober.allAnswer(performance.now(), SETTLED_DEADLINE_MS)
    const span = { fromMs, toMs: performance.now() }
    return {
      gapsMs: longestGaps(this.prober.answers, this.#shards, span).map(gapMs),
      servedAgainMs: servedAgainAfter(this.prober.answers, this.#shards, fromMs, SLOW_MS),
    }
  }
}

/** Every shard on exactly one of them. */
export const settled = async (members: readonly Member[], shards: number): Promise<void> =>
  until(async () => {
    const held = (await Promise.all(members.map((member) => member.ask('use')))).flatMap((use) => use.shards)
    return held.length === shards && new Set(held).size === shards
  }, SETTLED_DEADLINE_MS)

const longest = (values: readonly number[]): number => Math.max(0, ...values)

export const measureTakeover = async (servers: BenchServers, size: TakeoverSize): Promise<Section> => {
  const { nodes, shards, sessionTimeoutMs, actors, perSecond, runs } = size
  const system = uniqueName('takeover')
  const environment = systemEnvironment(servers, { system, shards, sessionTimeoutMs })
  const members = [
    ...(await startMembers(Array.from({ length: nodes }, (_, index) => ({ name: `node-${index + 1}`, environment })))),
  ]
  let client: BenchClient | undefined
  const changes = { join: [] as Change[], leave: [] as Change[], kill: [] as Change[] }
  const recoveries: number[] = []
  let load: LoadOutcome | undefined
  const counts = new Counts(actors)
  try {
    client = await openClient({ environment })
    const { node } = client
    await settled(members, shards)
    const watched = new Watched(client, shards)
    let isOver = false
    const next = drawer(actors)
    const loading = openLoop({ perSecond, seconds: 3_600, isOver: () => isOver }, async () => {
      const actor = next()
      counts.ask(actor)
      const reply = await node.ask<number>(counterRef(actor), addOne, ASK)
      if (!reply.ok) throw new Loss(`an increment was refused: ${reply.rejection.reason}`)
      counts.acknowledge(actor, reply.value)
    })
    for (let run = 0; run < runs; run++) {
      changes.join.push(
        await watched.during(async () => {
          members.push(await Member.start({ name: `joiner-${run}`, environment }))
        }),
      )
      changes.leave.push(await watched.during(async () => members.pop()?.stop()))
      changes.kill.push(await watched.during(async () => members.pop()?.kill()))
      members.push(await Member.start({ name: `again-${run}`, environment }))
      await watched.prober.allAnswer(performance.now(), SETTLED_DEADLINE_MS)
    }
    isOver = true
    load = await loading
    await watched.prober.stop()
    await counts.verify(node.queries)
    await verifyNoDeadLetters(node.queries)
    recoveries.push(...(await recover(members, environment, client, shards, runs)))
  } finally {
    await client?.close()
    await Promise.all(members.map((member) => member.kill()))
    await forgetSystem(servers.redis, system)
  }
  const limitMs = sessionTimeoutMs + LIMIT_BEYOND_SESSION_MS
  const overall = (which: keyof typeof changes) => changes[which].map(({ gapsMs }) => longest(gapsMs))
  const mean = (which: keyof typeof changes) =>
    changes[which].map(({ gapsMs }) => gapsMs.reduce((sum, ms) => sum + ms, 0) / gapsMs.length)
  return {
    name: 'takeover',
    title: 'Rebalance, failover and recovery under load',
    summaries: [
      summaryOf('a node joins: longest gap of any shard', 'ms', overall('join')),
      summaryOf('a node joins: longest gap of a shard, mean over the shards', 'ms', mean('join')),
      summaryOf('a node leaves: longest gap of any shard', 'ms', overall('leave')),
      summaryOf('a node leaves: longest gap of a shard, mean over the shards', 'ms', mean('leave')),
      boundOf(
        `kill -9 of one of ${nodes}: every shard answers again after`,
        'ms',
        changes.kill.map(({ servedAgainMs }) => longest(servedAgainMs)),
        limitMs,
      ),
      summaryOf(`kill -9 of one of ${nodes}: longest gap of a shard, mean over the shards`, 'ms', mean('kill')),
      summaryOf('kill -9 of all, one started again: every shard answers after', 'ms', recoveries),
      summaryOf(`longest wait of a command in all this, due at ${perSecond}/s`, 'ms', [load.maxMs]),
    ],
    notes: [
      `${nodes} nodes, ${shards} shards, session timeout ${sessionTimeoutMs} ms; ${perSecond} increments a second of ${actors} counters all the while, timed from when they were due. Every shard is probed every 50 ms by a client that no fault befalls; a gap is the time between two answers of a shard that followed each other, so it is never less than about 50 ms.`,
      `After a kill, a shard counts as served again with the last answer that took longer than ${SLOW_MS} ms; the limit is the session timeout and ${LIMIT_BEYOND_SESSION_MS} ms, and holds for each of the ${runs} runs.`,
      `Recovery: all nodes are killed at once, and one is started at once; timed from the kill, so the dead members' session timeout and the start of the process are part of it.`,
      `Checked: of ${counts.asked} increments ${counts.acknowledged} were acknowledged, each of them is stored once, and nothing that nobody asked for; ${load.failed} got no answer within ${ASK.deadlineMs / 1_000} s, since a reply is lost with the node that was about to give it. No dead letters.`,
    ],
    charts: [
      {
        name: 'gaps',
        chart: {
          kind: 'bar',
          title: 'Longest gap of each shard (first run)',
          categories: Array.from({ length: shards }, (_, shard) => String(shard)),
          xLabel: 'shard',
          yLabel: 'ms without an answer',
          series: [
            { name: 'a node joins', values: changes.join[0]?.gapsMs ?? [] },
            { name: 'a node leaves', values: changes.leave[0]?.gapsMs ?? [] },
            { name: 'kill -9', values: changes.kill[0]?.gapsMs ?? [] },
          ],
          limit: { value: limitMs, name: 'session timeout + 2 s' },
        },
      },
    ],
    losses: [],
    raw: { ...changes, recoveries, load },
  }
}

/** All are killed, one is started; how long after the kill every shard answers. Leaves that one in `members`. */
const recover = async (
  members: Member[],
  environment: Readonly<Record<string, string>>,
  client: BenchClient,
  shards: number,
  runs: number,
): Promise<readonly number[]> => {
  const took: number[] = []
  for (let run = 0; run < runs; run++) {
    const killedMs = performance.now()
    await Promise.all(members.splice(0).map((member) => member.kill()))
    const prober = startProber(client.node, shards)
    const starting = Member.start({ name: `recovered-${run}`, environment })
    members.push(await starting)
    await prober.allAnswer(killedMs, SETTLED_DEADLINE_MS)
    await prober.stop()
    const first = new Map<number, number>()
    for (const { shard, answeredMs } of prober.answers)
      first.set(shard, Math.min(first.get(shard) ?? Infinity, answeredMs))
    took.push(longest([...first.values()]) - killedMs)
  }
  return took
}
