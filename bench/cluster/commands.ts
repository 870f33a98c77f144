/** Durable commands per second with one worker node beside Redis and Kafka, and what this Redis does alone with the same commits. */
import { availableParallelism } from 'node:os'
import { addMany, drawer, inTurn } from '../counter-system.ts'
import { forkBench, killed, nextMessage } from '../child.ts'
import { Loss, median } from '../figures.ts'
import { Ledger } from '../ledger.ts'
import { mergedProfiles, type ProfileSummary, startProfile } from '../profile.ts'
import type { RuntimeConfig } from '../../runtime/config.ts'
import { until } from '../../runtime/testing/until.ts'
import { type BenchClient, openClient } from './client.ts'
import type { LoadDone, LoadOrder } from './load-process.ts'
import { cpuSecondsOf } from './process-use.ts'
import { redisUse } from './redis-info.ts'
import { eventsIn, openPlayer, record, type Recording } from './replay.ts'
import { isProfileWanted, type Profiling, type Section, summaryOf, type Table } from './section.ts'
import { type BenchServers, forgetSystem, systemEnvironment, uniqueName } from './servers.ts'

export interface CommandsSize {
  readonly shards: number
  readonly actors: number
  readonly warmUp: number
  /** Of each slice. */
  readonly commands: number
  /** After each one Redis alone does the same, so that what else the machine does hits both alike. */
  readonly slices: number
  readonly inFlight: number
  /** Settings to compare; each runs for one slice. */
  readonly knobs: readonly Knob[]
}

export interface Knob {
  readonly name: string
  readonly shards: number
  readonly config: Partial<RuntimeConfig>
}

/** A command that is stored and answered should cost at most as much again as storing it does. */
const SHARE_AIM = 0.5
const LOAD_DEADLINE_MS = 300_000

interface Slice {
  readonly seconds: number
  readonly aloneSeconds: number
  readonly commands: number
  readonly commits: number
  /** Of this process, Redis and Kafka, while the runtime was at it. */
  readonly cpu: {
    readonly node: number
    readonly redis: number
    readonly kafka: number | undefined
    readonly client: number
  }
}

interface Worker extends BenchClient {
  readonly recording: Recording
  readonly system: string
  readonly environment: Readonly<Record<string, string>>
}

const openWorker = async (
  servers: BenchServers,
  shards: number,
  config: Partial<RuntimeConfig> = {},
): Promise<Worker> => {
  const system = uniqueName('commands')
  const environment = systemEnvironment(servers, { system, shards })
  const recording = record()
  const client = await openClient({ environment, serves: true, config, between: recording.between })
  await until(() => client.node.shards.length === shards && client.node.isReady, 30_000)
  return { ...client, recording, system, environment }
}

type LoadFrom = 'within' | 'client'

/** One who makes `total` commands, and notes in the ledger what was acknowledged. */
type MakeLoad = (
  total: number,
  seed: number,
) => Promise<{ readonly clientCpuSeconds: number; readonly seconds: number }>

const loadFrom = (
  from: LoadFrom,
  worker: Worker,
  ledger: Ledger,
  { actors, inFlight }: CommandsSize,
): { readonly load: MakeLoad; readonly close: () => Promise<void> } => {
  if (from === 'within')
    return {
      load: async (total, seed) => {
        const startedMs = performance.now()
        await addMany(worker.node, ledger, { total, inFlight, next: drawer(actors, seed) })
        return { clientCpuSeconds: 0, seconds: (performance.now() - startedMs) / 1_000 }
      },
      close: async () => undefined,
    }
  const child = forkBench('./cluster/load-process.ts')
  return {
    load: async (total, seed) => {
      const order: LoadOrder = { environment: worker.environment, actors, total, inFlight, seed }
      child.send(order)
      const done = await nextMessage<LoadDone>(child, LOAD_DEADLINE_MS)
      if (done.failure !== undefined) throw new Loss(done.failure)
      ledger.add(done.ledger)
      return { clientCpuSeconds: done.cpuSeconds, seconds: done.seconds }
    },
    close: () => killed(child),
  }
}

const measureFrom = async (
  from: LoadFrom,
  servers: BenchServers,
  size: CommandsSize,
  isProfiled: boolean,
): Promise<{
  readonly slices: readonly Slice[]
  readonly profile: ProfileSummary | undefined
  readonly acknowledged: number
}> => {
  const { shards, actors, warmUp, commands, slices: count } = size
  const worker = await openWorker(servers, shards)
  const aloneSystem = `${worker.system}-alone`
  const ledger = new Ledger(actors)
  const { load, close } = loadFrom(from, worker, ledger, size)
  const slices: Slice[] = []
  const profiles: ProfileSummary[] = []
  try {
    const alone = await openPlayer(servers.redis, aloneSystem, shards)
    await addMany(worker.node, ledger, { total: actors, inFlight: Math.min(1_024, size.inFlight), next: inTurn() })
    await load(warmUp, 7)
    await alone.play(worker.recording.take())
    for (let slice = 0; slice < count; slice++) {
      const stop = isProfiled ? await startProfile() : undefined
      const before = await cpuNow(servers)
      const { seconds, clientCpuSeconds } = await load(commands, 11 + slice)
      const after = await cpuNow(servers)
      if (stop) profiles.push(await stop())
      const commits = worker.recording.take()
      slices.push({
        seconds,
        aloneSeconds: await alone.play(commits),
        commands: eventsIn(commits),
        commits: commits.filter(({ entities }) => entities.length > 0).length,
        cpu: {
          node: after.own - before.own,
          redis: after.redis - before.redis,
          kafka: after.kafka === undefined || before.kafka === undefined ? undefined : after.kafka - before.kafka,
          client: clientCpuSeconds,
        },
      })
    }
    await ledger.verify(worker.node.queries)
    const recorded = slices.reduce((sum, slice) => sum + slice.commands, 0)
    if (recorded !== commands * count) throw new Error(`${recorded} events were recorded, not ${commands * count}`)
    return { slices, profile: mergedProfiles(profiles), acknowledged: ledger.total }
  } finally {
    await close()
    await worker.close()
    for (const system of [worker.system, aloneSystem]) await forgetSystem(servers.redis, system)
  }
}

const cpuNow = async ({ redis, kafkaPid }: BenchServers) => {
  const { user, system } = process.cpuUsage()
  return { own: (user + system) / 1e6, redis: (await redisUse(redis)).cpuSeconds, kafka: cpuSecondsOf(kafkaPid) }
}

const knobTable = async (servers: BenchServers, size: CommandsSize): Promise<Table> => {
  const rows: string[][] = []
  for (const { name, shards, config } of size.knobs) {
    const worker = await openWorker(servers, shards, config)
    try {
      const ledger = new Ledger(size.actors)
      const { load } = loadFrom('within', worker, ledger, size)
      await load(size.warmUp, 7)
      worker.recording.take()
      const before = await cpuNow(servers)
      const { seconds } = await load(size.commands, 11)
      const after = await cpuNow(servers)
      const commits = worker.recording.take()
      await ledger.verify(worker.node.queries)
      const batches = commits.filter(({ entities }) => entities.length > 0).length
      const micro = (seconds: number): string =>
        Number.isNaN(seconds) ? 'unknown' : ((seconds * 1e6) / size.commands).toFixed(1)
      rows.push([
        name,
        Math.round(size.commands / seconds).toLocaleString('en'),
        (eventsIn(commits) / batches).toFixed(1),
        micro(after.own - before.own),
        micro(after.redis - before.redis),
        micro((after.kafka ?? Number.NaN) - (before.kafka ?? 0)),
      ])
    } finally {
      await worker.close()
      await forgetSystem(servers.redis, worker.system)
    }
  }
  return {
    title: 'Settings compared (one slice each, load from within)',
    head: ['setting', 'commands/s', 'commands in a commit', 'CPU of the node, µs each', 'of Redis', 'of Kafka'],
    rows,
  }
}

/** Each of these is one thread where it matters: it does no more than a core's worth. */
const boundTable = (slices: readonly Slice[]): Table => {
  const micro = (of: (cpu: Slice['cpu']) => number | undefined): number =>
    median(slices.map(({ cpu, commands }) => ((of(cpu) ?? Number.NaN) * 1e6) / commands))
  const parts = [
    ['worker node: one JavaScript thread, the asking included', micro(({ node }) => node)],
    ['Redis: one thread', micro(({ redis }) => redis)],
    ['Kafka', micro(({ kafka }) => kafka)],
  ] as const
  const known = parts.filter(([, each]) => each > 0)
  const all = known.reduce((sum, [, each]) => sum + each, 0)
  const rate = (each: number, cores: number): string => Math.round((cores * 1e6) / each).toLocaleString('en')
  return {
    title: 'What bounds it, asked from within: processor time of a command, and how many of them that allows',
    head: ['part', 'µs each', 'commands/s at most'],
    rows: [
      ...known.map(([name, each]) => [name, each.toFixed(1), `${rate(each, 1)} on one core`]),
      [
        'all together',
        all.toFixed(1),
        `${rate(all, availableParallelism())} on the ${availableParallelism()} cores here`,
      ],
    ],
  }
}

const summariesOf = (title: string, slices: readonly Slice[], isAim: boolean) => {
  const each = (of: (slice: Slice) => number): readonly number[] => slices.map(of)
  const micro = (of: (cpu: Slice['cpu']) => number | undefined) =>
    each(({ cpu, commands }) => ((of(cpu) ?? Number.NaN) * 1e6) / commands)
  const use = [
    ['worker node', micro(({ node }) => node)],
    ['client process', micro(({ client }) => client)],
    ['Redis', micro(({ redis }) => redis)],
    ['Kafka', micro(({ kafka }) => kafka)],
  ] as const
  return [
    summaryOf(
      `commands, ${title}`,
      '/s',
      each(({ commands, seconds }) => commands / seconds),
    ),
    summaryOf(
      `the same fenced commits alone, ${title}`,
      '/s',
      each(({ commands, aloneSeconds }) => commands / aloneSeconds),
    ),
    summaryOf(
      `share of that, ${title}`,
      'of 1',
      each(({ seconds, aloneSeconds }) => aloneSeconds / seconds),
      isAim ? { atLeast: SHARE_AIM } : undefined,
    ),
    summaryOf(
      `commands in a commit, ${title}`,
      'commands',
      each(({ commands, commits }) => commands / commits),
    ),
    ...use
      .filter(([, runs]) => runs.every((value) => value > 0))
      .map(([name, runs]) => summaryOf(`CPU of the ${name} per command, ${title}`, 'µs', runs)),
  ]
}

export const measureCommands = async (
  servers: BenchServers,
  size: CommandsSize,
  profiling: Profiling,
): Promise<Section> => {
  const within = await measureFrom('within', servers, size, false)
  const outside = await measureFrom('client', servers, size, false)
  const summaries = [
    ...summariesOf('asked from within the node', within.slices, true),
    ...summariesOf('asked from a client process', outside.slices, false),
  ]
  const profiled = isProfileWanted(profiling, summaries)
    ? await measureFrom('within', servers, { ...size, slices: 2 }, true)
    : undefined
  const tables = [boundTable(within.slices), ...(size.knobs.length > 0 ? [await knobTable(servers, size)] : [])]
  return {
    name: 'commands',
    title: 'Durable commands: one worker node beside Redis and Kafka',
    summaries,
    tables,
    notes: [
      `${size.commands} increments of ${size.actors} counters in each of ${size.slices} slices, ${size.inFlight} asks in flight, ${size.shards} shards, after ${size.warmUp} that don't count. From within: the asks are made in the worker's own process, and take the way through Kafka and Redis nevertheless. From a client process: a node without shards; the replies come back through Redis.`,
      `The fenced-commit ceiling, right after each slice: every commit that the runtime has just made, byte for byte and so with the same mix of batch sizes, by the same process through the store's own \`commit\` into this Redis, all shards at once, one commit of each under way.`,
      'What would change it: less processor time in the node (its profile is below if the aim is missed), or the work of a node on more than one thread; more worker nodes share the shards, where there are cores for them. Larger batches cost Redis and Kafka less per command: fewer shards, or more records in an append, as the settings compared show.',
      `Checked: ${within.acknowledged + outside.acknowledged} acknowledged increments are stored, each once, their answers 1 to n; no dead letters.`,
    ],
    ...(profiled?.profile
      ? { profiles: [{ of: 'the worker node, asked from within', profile: profiled.profile }] }
      : {}),
    losses: [],
    raw: { within: within.slices, client: outside.slices },
  }
}
