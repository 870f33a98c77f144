/** The counter through HTTP: gateway and worker in one process, and beside it a bare server that makes one fenced Redis call. */
import { forkBench, killed, nextMessage } from '../child.ts'
import { Loss } from '../figures.ts'
import type { LoadReport, LoadRequest } from '../http-load.ts'
import { counterId, Ledger } from '../ledger.ts'
import type { ProfileSummary } from '../profile.ts'
import type { RuntimeConfig } from '../../runtime/config.ts'
import { placementOfText } from '../../runtime/placement.ts'
import { until } from '../../runtime/testing/until.ts'
import type { BareOrder, BareReport } from './bare-server.ts'
import { type BenchClient, openClient } from './client.ts'
import { Member } from './member.ts'
import { isProfileWanted, type Profiling, type Section, summaryOf, type Table } from './section.ts'
import { type BenchServers, forgetSystem, systemEnvironment, uniqueName } from './servers.ts'

export interface HttpSize {
  readonly shards: number
  readonly actors: number
  readonly connections: number
  readonly warmUpSeconds: number
  readonly seconds: number
  readonly runs: number
  /** Of the open loop, as a share of what the closed loop of the same run reached. */
  readonly openShares: readonly number[]
  readonly knobs: readonly { readonly name: string; readonly shards: number; readonly config: Partial<RuntimeConfig> }[]
}

const SHARE_AIM = 0.7
const LOAD_DEADLINE_MS = 180_000

type Load = (port: number, seed: number, seconds: number, ratePerSecond?: number) => Promise<LoadReport>

interface Product {
  readonly member: Member
  readonly client: BenchClient
  readonly ledger: Ledger
  close(): Promise<void>
}

const startProduct = async (
  servers: BenchServers,
  { shards, actors }: { readonly shards: number; readonly actors: number },
  runtime: Partial<RuntimeConfig> = {},
): Promise<Product> => {
  const system = uniqueName('http')
  const environment = systemEnvironment(servers, { system, shards })
  const member = await Member.start({ name: 'http', environment, runtime })
  try {
    await until(async () => (await member.ask('use')).shards.length === shards, 30_000)
    const client = await openClient({ environment })
    return {
      member,
      client,
      ledger: new Ledger(actors),
      close: async () => {
        await client.close()
        await member.stop()
        await forgetSystem(servers.redis, system)
      },
    }
  } catch (error) {
    await member.kill()
    throw error
  }
}

/** @throws {Loss} unless the bare server's values are what it acknowledged */
const verifyBare = async ({ redis }: BenchServers, { system, shards }: BareOrder, ledger: Ledger): Promise<void> => {
  const { answers } = ledger.page()
  const found = await Promise.all(
    answers.map((_, actor) => {
      const id = counterId(actor)
      return redis.call('hget', [`{${system}:${placementOfText(id) % shards}}:values`, id])
    }),
  )
  found.forEach((bytes, actor) => {
    const stored = bytes instanceof Uint8Array ? Number(Buffer.from(bytes).toString()) : 0
    if (stored !== answers[actor])
      throw new Loss(`${counterId(actor)} of the bare server has ${stored}, not ${answers[actor]}`)
  })
}

interface Run {
  readonly product: LoadReport
  readonly bare: LoadReport
  readonly productCpuSeconds: number
  readonly open: readonly { readonly ratePerSecond: number; readonly product: LoadReport; readonly bare: LoadReport }[]
}

const withoutLedger = ({ ledger: _, ...report }: LoadReport): Omit<LoadReport, 'ledger'> => report

const rateOf = ({ answered, seconds }: LoadReport): number => answered / seconds

const measureRuns = async (
  servers: BenchServers,
  size: HttpSize,
  load: Load,
): Promise<{ readonly runs: readonly Run[]; readonly acknowledged: number }> => {
  const { shards, actors, warmUpSeconds, seconds, runs: count, openShares } = size
  const product = await startProduct(servers, size)
  const bareOrder: BareOrder = { redisUrl: servers.redisUrl, system: uniqueName('bare'), shards }
  const bare = forkBench('./cluster/bare-server.ts')
  const bareLedger = new Ledger(actors)
  try {
    bare.send(bareOrder)
    const { port: barePort } = await nextMessage<BareReport>(bare, 30_000)
    const both = async (seed: number, forSeconds: number, rate?: number) => {
      const before = await product.member.ask('use')
      const ofProduct = await load(product.member.port, seed, forSeconds, rate)
      const after = await product.member.ask('use')
      const ofBare = await load(barePort, seed, forSeconds, rate)
      product.ledger.add(ofProduct.ledger)
      bareLedger.add(ofBare.ledger)
      return { product: ofProduct, bare: ofBare, productCpuSeconds: after.cpuSeconds - before.cpuSeconds }
    }
    await both(1, warmUpSeconds)
    const runs: Run[] = []
    for (let run = 0; run < count; run++) {
      const closed = await both(10 * run + 2, seconds)
      const open: Run['open'][number][] = []
      for (const [index, share] of openShares.entries()) {
        const ratePerSecond = Math.max(10, Math.round((rateOf(closed.product) * share) / 10) * 10)
        open.push({ ratePerSecond, ...(await both(10 * run + 3 + index, seconds, ratePerSecond)) })
      }
      runs.push({ ...closed, open })
    }
    await product.ledger.verify(product.client.node.queries)
    await verifyBare(servers, bareOrder, bareLedger)
    return { runs, acknowledged: product.ledger.total + bareLedger.total }
  } finally {
    await killed(bare)
    await product.close()
    await forgetSystem(servers.redis, bareOrder.system)
  }
}

/** One run under the profiler, which is in no figure. */
const profiled = async (servers: BenchServers, size: HttpSize, load: Load): Promise<ProfileSummary> => {
  const product = await startProduct(servers, size)
  try {
    await load(product.member.port, 91, size.warmUpSeconds)
    await product.member.ask('start-profile')
    await load(product.member.port, 92, size.seconds)
    return await product.member.ask('stop-profile')
  } finally {
    await product.close()
  }
}

const knobTable = async (servers: BenchServers, size: HttpSize, load: Load): Promise<Table> => {
  const rows: string[][] = []
  for (const { name, shards, config } of size.knobs) {
    const product = await startProduct(servers, { ...size, shards }, config)
    try {
      product.ledger.add((await load(product.member.port, 81, size.warmUpSeconds)).ledger)
      const report = await load(product.member.port, 82, size.seconds)
      product.ledger.add(report.ledger)
      await product.ledger.verify(product.client.node.queries)
      rows.push([
        name,
        Math.round(rateOf(report)).toLocaleString('en'),
        report.p50Ms.toFixed(1),
        report.p99Ms.toFixed(1),
      ])
    } finally {
      await product.close()
    }
  }
  return {
    title: 'Settings compared (one closed loop each)',
    head: ['setting', 'commands/s', 'p50, ms', 'p99, ms'],
    rows,
  }
}

export const measureHttp = async (servers: BenchServers, size: HttpSize, profiling: Profiling): Promise<Section> => {
  const { connections, actors, openShares, seconds } = size
  const generator = forkBench('./http-load.ts')
  const load: Load = async (port, seed, forSeconds, ratePerSecond) => {
    const request: LoadRequest = {
      port,
      connections,
      actors,
      path: 'counters',
      seed,
      seconds: forSeconds,
      ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    }
    generator.send(request)
    const report = await nextMessage<LoadReport>(generator, LOAD_DEADLINE_MS)
    if (report.failure !== undefined) throw new Loss(`the generator's requests failed: ${report.failure}`)
    return report
  }
  try {
    const { runs, acknowledged } = await measureRuns(servers, size, load)
    const each = (of: (run: Run) => number): readonly number[] => runs.map(of)
    const summaries = [
      summaryOf(
        'commands, closed loop',
        '/s',
        each(({ product }) => rateOf(product)),
      ),
      summaryOf(
        'bare server, closed loop',
        '/s',
        each(({ bare }) => rateOf(bare)),
      ),
      summaryOf(
        'share of that',
        'of 1',
        each(({ product, bare }) => rateOf(product) / rateOf(bare)),
        { atLeast: SHARE_AIM },
      ),
      summaryOf(
        'p50, closed loop',
        'ms',
        each(({ product }) => product.p50Ms),
      ),
      summaryOf(
        'p99, closed loop',
        'ms',
        each(({ product }) => product.p99Ms),
      ),
      summaryOf(
        'p50 of the bare server, closed loop',
        'ms',
        each(({ bare }) => bare.p50Ms),
      ),
      summaryOf(
        'p99 of the bare server, closed loop',
        'ms',
        each(({ bare }) => bare.p99Ms),
      ),
      summaryOf(
        'CPU of the node per command, closed loop',
        'µs',
        each((run) => (run.productCpuSeconds * 1e6) / run.product.answered),
      ),
      ...openShares.flatMap((share, index) => {
        const name = `due at ${Math.round(share * 100)} % of the closed loop`
        const open = (of: (run: Run['open'][number]) => number) =>
          runs.flatMap((run) => {
            const at = run.open[index]
            return at ? [of(at)] : []
          })
        return [
          summaryOf(
            `rate, ${name}`,
            '/s',
            open(({ product }) => rateOf(product)),
          ),
          summaryOf(
            `p50, ${name}`,
            'ms',
            open(({ product }) => product.p50Ms),
          ),
          summaryOf(
            `p99, ${name}`,
            'ms',
            open(({ product }) => product.p99Ms),
          ),
          summaryOf(
            `p99 of the bare server at the same rate, ${name}`,
            'ms',
            open(({ bare }) => bare.p99Ms),
          ),
        ]
      }),
    ]
    const profile = isProfileWanted(profiling, summaries) ? await profiled(servers, size, load) : undefined
    const tables = size.knobs.length > 0 ? [await knobTable(servers, size, load)] : []
    return {
      name: 'http',
      title: 'The counter through HTTP',
      summaries,
      tables,
      notes: [
        `${connections} keep-alive connections from a generator process; POST with a JSON body to a route behind the gateway's middleware of a node with gateway and worker in one process: each answer is given after the command went through Kafka and its commit is in Redis. ${actors} counters, ${seconds} s per loop, the two servers in turn.`,
        'The bare server: `node:http`, JSON body, one script call in Redis that checks token and offset, writes the offset and adds to one value; no log, no history, no repetition dropped, no recovery. The same client library, the same generator, its calls pipelined over one connection.',
        'Due at a rate: requests fall due at a fixed rate whatever the answers do, and each is timed from when it was due; waiting for a free connection counts.',
        'What would change it: a command takes two more ways over a socket than in the bare server (an append to Kafka, and its fetch), before its commit; with the framework that checks requests these are most of the processor time in the profile. Batches are small here, because 64 requests are under way at most: more of them at a time, or fewer shards, spread each round trip over more commands. A gateway that handed a command to a shard in its own process before it is in the log would save the fetch, and give up that a lost second of the store is repaired in the order of the log.',
        `Checked: ${acknowledged} acknowledged increments are stored, each once, in both.`,
      ],
      ...(profile ? { profiles: [{ of: 'the node with gateway and worker, closed loop', profile }] } : {}),
      losses: [],
      raw: runs.map((run) => ({
        product: withoutLedger(run.product),
        bare: withoutLedger(run.bare),
        productCpuSeconds: run.productCpuSeconds,
        open: run.open.map((open) => ({
          ratePerSecond: open.ratePerSecond,
          product: withoutLedger(open.product),
          bare: withoutLedger(open.bare),
        })),
      })),
    }
  } finally {
    await killed(generator)
  }
}
