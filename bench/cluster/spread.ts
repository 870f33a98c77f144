/** One entity that tells many others, and many commands for one entity. */
import { addOne } from '../counter-system.ts'
import { Loss, quantile } from '../figures.ts'
import { counterId, Ledger, storedValues, verifyNoDeadLetters } from '../ledger.ts'
import { until } from '../../runtime/testing/until.ts'
import { type BenchClient, openClient } from './client.ts'
import { spreaderRef, spreadTo } from './definitions.ts'
import { closedLoop } from './load.ts'
import { startMembers } from './member.ts'
import { type Section, summaryOf } from './section.ts'
import { type BenchServers, forgetSystem, systemEnvironment, uniqueName } from './servers.ts'

export interface SpreadSize {
  readonly shards: number
  readonly receivers: number
  readonly runs: number
  /** One after the other: how long until the last receiver has it. */
  readonly alone: number
  /** Many at once, in each run. */
  readonly spreads: number
  readonly inFlight: number
  /** Commands for the one entity, in each run. */
  readonly hotCommands: number
  readonly hotInFlight: number
}

const ARRIVE_DEADLINE_MS = 120_000
const ASK_DEADLINE_MS = 30_000

export const measureSpread = async (servers: BenchServers, size: SpreadSize): Promise<Section> => {
  const { shards, receivers, runs } = size
  const system = uniqueName('spread')
  const environment = systemEnvironment(servers, { system, shards })
  const members = await startMembers(['spread-1', 'spread-2'].map((name) => ({ name, environment })))
  let client: BenchClient | undefined
  try {
    client = await openClient({ environment })
    const { node } = client
    const counters = Array.from({ length: receivers }, (_, actor) => counterId(actor))
    let spreads = 0
    const spread = async (index: number): Promise<void> => {
      const to = spreaderRef(`spreader-${index % 16}`)
      const reply = await node.ask(to, spreadTo(counters), { sender: 'bench', deadlineMs: ASK_DEADLINE_MS })
      if (!reply.ok) throw new Loss(`a spread was refused: ${reply.rejection.reason}`)
      spreads++
    }
    const arrived = async (): Promise<boolean> =>
      (await storedValues(node.queries, receivers)).every((value) => value === spreads)
    const allArrived = (): Promise<void> =>
      until(arrived, ARRIVE_DEADLINE_MS).catch(() => {
        throw new Loss(`${spreads} spreads were acknowledged, and not every receiver has all of them`)
      })
    await closedLoop({ inFlight: 4, total: 16 }, spread)
    await allArrived()
    const aloneMs: number[] = []
    for (let index = 0; index < size.alone; index++) {
      const startedMs = performance.now()
      await spread(index)
      await allArrived()
      aloneMs.push(performance.now() - startedMs)
    }
    const rates: number[] = []
    const hot: number[] = []
    const hotP99: number[] = []
    const hotLedger = new Ledger(receivers + 1)
    for (let run = 0; run < runs; run++) {
      const startedMs = performance.now()
      const outcome = await closedLoop({ inFlight: size.inFlight, total: size.spreads }, spread)
      if (outcome.failed > 0) throw new Loss(`a spread failed: ${outcome.failure}`)
      await allArrived()
      rates.push((size.spreads * receivers * 1_000) / (performance.now() - startedMs))
      const asked = performance.now()
      const load = await closedLoop({ inFlight: size.hotInFlight, total: size.hotCommands }, async () => {
        hotLedger.acknowledge(receivers, await addOne(node, receivers))
      })
      if (load.failed > 0) throw new Loss(`a command failed: ${load.failure}`)
      hot.push((size.hotCommands * 1_000) / (performance.now() - asked))
      hotP99.push(load.p99Ms)
    }
    // What the receivers got is not in the hot entity's ledger: only that one is held against it.
    const values = await storedValues(node.queries, receivers + 1)
    if (values[receivers] !== hotLedger.total)
      throw new Loss(`the hot counter has ${values[receivers]}, not ${hotLedger.total}`)
    await verifyNoDeadLetters(node.queries)
    const sorted = aloneMs.toSorted((left, right) => left - right)
    return {
      name: 'spread',
      title: 'Fan-out and a hot actor',
      summaries: [
        summaryOf(`messages, one entity telling ${receivers}, ${size.inFlight} such commands at a time`, '/s', rates),
        summaryOf('p50 of one alone, until the last receiver has stored it', 'ms', [quantile(sorted, 0.5)]),
        summaryOf('p99 of one alone', 'ms', [quantile(sorted, 0.99)]),
        summaryOf(`commands to one entity, ${size.hotInFlight} at a time`, '/s', hot),
        summaryOf('p99 of them', 'ms', hotP99),
      ],
      notes: [
        `Two nodes, ${shards} shards, asked by a client without shards. One command makes one event and ${receivers} messages to entities of all shards: those of other shards go through the outbox and Kafka, each a durable increment there. Counted as arrived when the store has it, looked at by queries.`,
        `The hot actor: all commands for one counter; they are handled in batches of its shard, one commit each.`,
        `Checked: after ${spreads} acknowledged spreads each of the ${receivers} receivers has exactly as many; the hot counter has its ${hotLedger.total} acknowledged increments; no dead letters.`,
      ],
      losses: [],
      raw: { rates, aloneMs, hot, hotP99 },
    }
  } finally {
    await client?.close()
    await Promise.all(members.map((member) => member.stop()))
    await forgetSystem(servers.redis, system)
  }
}
