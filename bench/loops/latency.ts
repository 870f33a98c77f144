/** How long one instance takes: alone with four start phases, and among others that come at a steady rate. */
import { setTimeout as pause } from 'node:timers/promises'
import { Loss, percentiles, quantile } from '../figures.ts'
import { boundOf, type Section, summaryOf } from '../cluster/section.ts'
import type { BenchServers } from '../cluster/servers.ts'
import { checkLoops } from './loop-client.ts'
import { openStage, type Place, type Stage } from './stage.ts'
import type { Phases } from './template.ts'
import { nameOf } from './throughput.ts'

export interface LatencySize {
  /** Instances before anything is measured: so many one at a time, and at the first rate for so long. */
  readonly warmUp: number
  readonly warmUpSeconds: number
  /** Instances one at a time. */
  readonly alone: number
  /** Steady rates, one after the other. */
  readonly perSecond: readonly number[]
  readonly seconds: number
  readonly runs: number
}

const DEADLINE_MS = 60_000
const CREATED_PER_REQUEST = 50

export const measureLatency = async (place: Place, servers: BenchServers, size: LatencySize): Promise<Section> => {
  const { warmUp, warmUpSeconds, alone, perSecond, seconds, runs } = size
  const stage = await openStage(place, servers)
  try {
    let made = 0
    const make = async (count: number, phases: Phases): Promise<readonly string[]> => {
      const names = Array.from({ length: count }, () => `loop-${made++}`)
      for (let from = 0; from < count; from += CREATED_PER_REQUEST)
        await stage.client.create(names.slice(from, from + CREATED_PER_REQUEST), phases)
      return names
    }
    for (const name of await make(warmUp, 'four-phases')) await brought(stage, name, performance.now())
    const [firstRate = 0] = perSecond
    await atRate(stage, await make(firstRate * warmUpSeconds, 'one-phase'), firstRate)
    const singles: (readonly number[])[] = []
    const steady = new Map<number, (readonly number[])[]>(perSecond.map((rate) => [rate, []]))
    for (let run = 0; run < runs; run++) {
      const took: number[] = []
      for (const name of await make(alone, 'four-phases')) took.push(await brought(stage, name, performance.now()))
      singles.push(took.sort((left, right) => left - right))
      for (const [rate, sets] of steady) sets.push(await atRate(stage, await make(rate * seconds, 'one-phase'), rate))
    }
    await checkLoops(stage.client, 'RUNNING', made)
    const of = (sets: readonly (readonly number[])[], share: number): number[] =>
      sets.map((sorted) => quantile(sorted, share))
    return {
      name: nameOf('latency', place),
      title: `One instance, ${place}`,
      summaries: [
        summaryOf('alone, four start phases, order to PASSIVE until RUNNING: p50', 'ms', of(singles, 0.5), {
          below: 100,
        }),
        summaryOf('alone: p99', 'ms', of(singles, 0.99)),
        ...[...steady].flatMap(([rate, sets]) => {
          const what = `${2 * rate} orders/s, ${rate} instances/s`
          return [summaryOf(`${what}: p50`, 'ms', of(sets, 0.5)), boundOf(`${what}: p99`, 'ms', of(sets, 0.99), 250)]
        }),
      ],
      notes: [
        `From the order to PASSIVE (by when it was due) until the live event that says RUNNING; the order to RUNNING is given when the event that says PASSIVE has come. So an instance is two orders, each a request over HTTP of its own. Alone: ${alone} instances one after the other in each run, four elements in four start phases; at a steady rate: ${seconds} s in each run, four elements in one phase. Before: ${warmUp} instances alone and ${warmUpSeconds} s at the first rate, in no figure.`,
        `Checked: all ${made} are RUNNING at the end; no alarm was raised.`,
      ],
      losses: [],
      raw: {
        singles: singles.map(percentiles),
        steady: Object.fromEntries([...steady].map(([rate, sets]) => [rate, sets.map(percentiles)])),
      },
    }
  } finally {
    await stage.close()
  }
}

const atRate = async (stage: Stage, names: readonly string[], perSecond: number): Promise<readonly number[]> => {
  const startedMs = performance.now()
  const all = await Promise.all(
    names.map(async (name, index) => {
      const dueMs = startedMs + (index * 1_000) / perSecond
      await pause(Math.max(0, dueMs - performance.now()))
      // From when it was due, whenever the order got away: a generator that is held up must not hide it.
      return brought(stage, name, dueMs)
    }),
  )
  return all.sort((left, right) => left - right)
}

const brought = async ({ client, watch }: Stage, name: string, fromMs: number): Promise<number> => {
  let atMs = fromMs
  for (const state of ['PASSIVE', 'RUNNING']) {
    await client.order([name], state)
    atMs = await watch.reached(name, state, DEADLINE_MS).catch((cause: unknown) => {
      throw new Loss(`an accepted order was not carried out: ${String(cause)}`)
    })
  }
  return atMs - fromMs
}
