/** Many loops to RUNNING and back, and what they cost while nothing happens to them. */
import { setTimeout as pause } from 'node:timers/promises'
import { Loss, percentiles, quantile } from '../figures.ts'
import type { ProfileSummary } from '../profile.ts'
import { isProfileWanted, type Profiling, type Section, summaryOf } from '../cluster/section.ts'
import type { BenchServers } from '../cluster/servers.ts'
import { checkLoops } from './loop-client.ts'
import { openStage, type Place, type Stage, type StageUse } from './stage.ts'
import { ELEMENTS } from './template.ts'

export interface ThroughputSize {
  readonly loops: number
  /** Loops that one request creates or orders, as the API allows. */
  readonly perRequest: number
  /** Loops on their way at the same time. */
  readonly inFlight: number
  readonly warmUp: number
  readonly runs: number
  /** Twice: until what has changed is reported, and idle. Longer than the participants' reporting interval and half of it again. */
  readonly idleSeconds: number
}

const DEADLINE_MS = 120_000

/** `runs`: loops are taken up and down again in each; between them they stay created. */
export const measureThroughput = async (
  place: Place,
  servers: BenchServers,
  size: ThroughputSize,
  profiling: Profiling,
): Promise<Section> => {
  const stage = await openStage(place, servers)
  try {
    const { loops, perRequest, inFlight, warmUp, idleSeconds } = size
    const names = Array.from({ length: loops }, (_, index) => `loop-${index}`)
    const created = await timed(stage, () =>
      inBatches(names, perRequest, inFlight, (batch) => stage.client.create(batch, 'one-phase')),
    )
    const drive = (states: readonly string[], among = names): Promise<Driven> => driven(stage, among, states, size)
    await drive(['PASSIVE', 'RUNNING'], names.slice(0, warmUp))
    await drive(['PASSIVE', 'UNINITIALISED'], names.slice(0, warmUp))
    const ups: Driven[] = []
    const downs: Driven[] = []
    let idleShare = 0
    let toldCpuSeconds = 0
    let resting: StageUse | undefined
    for (let run = 0; run < size.runs; run++) {
      ups.push(await drive(['PASSIVE', 'RUNNING']))
      await checkLoops(stage.client, 'RUNNING', loops)
      if (run === 0) {
        const there = await stage.use()
        await pause(idleSeconds * 1_000)
        resting = await stage.use()
        toldCpuSeconds = resting.cpuSeconds - there.cpuSeconds
        await pause(idleSeconds * 1_000)
        idleShare = ((await stage.use()).cpuSeconds - resting.cpuSeconds) / idleSeconds
        await checkLoops(stage.client, 'RUNNING', loops)
      }
      downs.push(await drive(['PASSIVE', 'UNINITIALISED']))
      await checkLoops(stage.client, 'UNINITIALISED', loops)
    }
    const aim = place === 'one process' ? 1_000 : 500
    const summaries = [
      summaryOf('instances to RUNNING', '/s', ups.map(rateOf), { atLeast: aim }),
      summaryOf(
        'p50 of an instance, order to PASSIVE until RUNNING',
        'ms',
        ups.map(({ sorted }) => quantile(sorted, 0.5)),
      ),
      summaryOf(
        'p99 of an instance',
        'ms',
        ups.map(({ sorted }) => quantile(sorted, 0.99)),
      ),
      summaryOf('instances from RUNNING back to UNINITIALISED', '/s', downs.map(rateOf)),
      summaryOf('instances created', '/s', [loops / created.seconds]),
      summaryOf(
        'messages handled for an instance to RUNNING',
        'messages',
        ups.map(({ handled }) => handled / loops),
      ),
      summaryOf(
        'commits for an instance to RUNNING',
        'commits',
        ups.map(({ commits }) => commits / loops),
      ),
      summaryOf(
        'CPU for an instance to RUNNING',
        'ms',
        ups.map(({ cpuSeconds }) => (cpuSeconds * 1_000) / loops),
      ),
      summaryOf('CPU for an instance afterwards, when its participants report its new state', 'ms', [
        (toldCpuSeconds * 1_000) / loops,
      ]),
      summaryOf(`CPU with ${loops} instances RUNNING`, '% of a core', [idleShare * 100]),
      summaryOf(`memory with ${loops} instances RUNNING (RSS)`, 'MB', [(resting?.rssBytes ?? 0) / 1e6]),
    ]
    // A run of its own, so that sampling costs no figure anything.
    const profiles: { of: string; profile: ProfileSummary }[] = []
    if (isProfileWanted(profiling, summaries)) {
      await stage.node.ask('start-profile')
      await drive(['PASSIVE', 'RUNNING'])
      profiles.push({ of: `instances to RUNNING, ${place}`, profile: await stage.node.ask('stop-profile') })
    }
    const where =
      place === 'one process'
        ? 'One process: gateway, entities, the embedded store, and the four participants; the load comes from another one, over HTTP.'
        : 'A node (gateway and entities), the four participants in a process of their own, Redis and Kafka; the load comes from another process, over HTTP.'
    return {
      name: nameOf('throughput', place),
      title: `Many instances, ${place}`,
      summaries,
      notes: [
        where,
        `${loops} control loops of ${ELEMENTS} elements over four simulated participants that do at once what they are ordered. Each request names ${perRequest} loops; when all of them are seen PASSIVE in the live events, the same ${perRequest} are ordered to RUNNING, ${inFlight} loops being on their way at a time. An instance to RUNNING is two orders, and ${ELEMENTS} answers to each of them.`,
        `CPU and memory are of all processes of the product (over Kafka: the node and the participants, not Redis and Kafka). Afterwards: the first ${idleSeconds} s after the way up, in which the participants' next reports come, of all that has changed. Idle: the ${idleSeconds} s after that, their regular reports in it.`,
        `Checked: after each way up the list has all ${loops} as RUNNING, also after the idle time; after each way down as UNINITIALISED; no alarm was raised.`,
      ],
      profiles,
      losses: [],
      raw: { ups: ups.map(kept), downs: downs.map(kept), created, toldCpuSeconds, idleShare, resting },
    }
  } finally {
    await stage.close()
  }
}

export const nameOf = (what: string, place: Place): string => `${what}-${place.replaceAll(' ', '-').toLowerCase()}`

interface Driven {
  readonly loops: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly handled: number
  readonly commits: number
  /** Of each loop, from its first order to its last state, milliseconds. */
  readonly sorted: readonly number[]
}

const kept = ({ sorted, ...rest }: Driven) => ({ ...rest, percentiles: percentiles(sorted) })

const rateOf = ({ loops, seconds }: Driven): number => loops / seconds

const timed = async (stage: Stage, work: () => Promise<void>) => {
  const before = await stage.use()
  const startedMs = performance.now()
  await work()
  const seconds = (performance.now() - startedMs) / 1_000
  const after = await stage.use()
  return {
    seconds,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    handled: after.handled - before.handled,
    commits: after.commits - before.commits,
  }
}

const inBatches = async (
  names: readonly string[],
  perRequest: number,
  inFlight: number,
  work: (batch: readonly string[]) => Promise<void>,
): Promise<void> => {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < names.length) {
      const batch = names.slice(next, next + perRequest)
      next += perRequest
      await work(batch)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, Math.round(inFlight / perRequest)) }, worker))
}

/** Takes loops through states, one after the other. */
const driven = async (
  stage: Stage,
  names: readonly string[],
  states: readonly string[],
  { perRequest, inFlight }: ThroughputSize,
): Promise<Driven> => {
  const took: number[] = []
  const use = await timed(stage, () =>
    inBatches(names, perRequest, inFlight, async (batch) => {
      const startedMs = performance.now()
      let reached: readonly number[] = []
      for (const state of states) {
        await stage.client.order(batch, state)
        reached = await Promise.all(batch.map((name) => stage.watch.reached(name, state, DEADLINE_MS))).catch(
          (cause: unknown) => {
            throw new Loss(`an accepted order was not carried out: ${String(cause)}`)
          },
        )
      }
      took.push(...reached.map((atMs) => atMs - startedMs))
    }),
  )
  return { ...use, loops: names.length, sorted: took.sort((left, right) => left - right) }
}
