/** What growth has shown, as a section of the report. */
import type { Series } from './chart.ts'
import type { Crowd } from './crowd.ts'
import type { Cpu, GrowthSize, GrowthStep } from './growth-step.ts'
import { type NamedChart, type Section, summaryOf, type Table } from './section.ts'

const micro = (seconds: number | undefined, calls: number): number | undefined =>
  seconds === undefined ? undefined : (seconds * 1e6) / calls

const all = ({ nodes, redis, kafka }: Cpu): number => nodes + redis + (kafka ?? 0)

/** Processor time of a command: what was used under load, less what the same time costs when nothing is asked for. */
const costOf = ({ load, idle }: GrowthStep, of: (cpu: Cpu) => number | undefined): number | undefined => {
  const [used, unused] = [of(load.cpu), of(idle.cpu)]
  if (used === undefined || unused === undefined) return undefined
  return micro(Math.max(0, used - (unused * load.seconds) / idle.seconds), load.answered)
}

const text = (value: number | undefined, digits = 0): string =>
  value === undefined
    ? 'unknown'
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })

const percent = (seconds: number | undefined, of: number): string =>
  seconds === undefined ? 'unknown' : `${text((seconds / of) * 100, 2)} %`

const sizeTable = (steps: readonly GrowthStep[]): Table => ({
  title: 'What they take',
  head: [
    'actors',
    'Redis, bytes each',
    'append-only file, bytes each',
    'the same rewritten',
    'nodes idle, RSS',
    'nodes idle, heap',
    'in memory',
    'seeded in',
  ],
  rows: steps.map((step) => [
    text(step.actors),
    text(step.redisBytes / step.actors),
    text(step.aofBytes / step.actors),
    text(step.rewrittenAofBytes / step.actors),
    `${text(step.idle.rssBytes / 2 ** 20)} MB`,
    `${text(step.idle.heapBytes / 2 ** 20)} MB`,
    `${text(step.idle.entitiesInMemory)} entities`,
    `${text(step.seeded.seconds, 1)} s`,
  ]),
})

const idleTable = (steps: readonly GrowthStep[]): Table => ({
  title: 'Idle: processor time as a share of one core',
  head: ['actors', 'nodes together', 'Redis', 'Kafka', 'looked at for'],
  rows: steps.map(({ actors, idle: { cpu, seconds } }) => [
    text(actors),
    percent(cpu.nodes, seconds),
    percent(cpu.redis, seconds),
    percent(cpu.kafka, seconds),
    `${seconds} s`,
  ]),
})

const costTable = (steps: readonly GrowthStep[], perSecond: number): Table => ({
  title: `A command to any of them, due at ${perSecond}/s`,
  head: [
    'actors',
    'p50, ms',
    'p99, ms',
    'longest, ms',
    'CPU of nodes, µs',
    'of Redis, µs',
    'of Kafka, µs',
    'of all three, µs',
    'with idling, µs',
  ],
  rows: steps.map((step) => [
    text(step.actors),
    text(step.load.p50Ms, 1),
    text(step.load.p99Ms, 1),
    text(step.load.maxMs, 1),
    text(costOf(step, ({ nodes }) => nodes)),
    text(costOf(step, ({ redis }) => redis)),
    text(costOf(step, ({ kafka }) => kafka)),
    text(costOf(step, all)),
    text(micro(all(step.load.cpu), step.load.answered)),
  ]),
})

export const growthSection = (
  { shards, nodes, perSecond, seconds, samples }: GrowthSize,
  steps: readonly GrowthStep[],
  { vnfcs }: Crowd,
  told: ReadonlyMap<number, number>,
): Section => {
  const last = steps.at(-1)
  const categories = steps.map(({ actors }) => text(actors))
  const commands = [...told.values()].reduce((sum, count) => sum + count, 0)
  const chart = (name: string, title: string, yLabel: string, series: readonly Series[]): NamedChart => ({
    name,
    chart: { kind: 'line', title, categories, xLabel: 'VNFC actors', yLabel, series },
  })
  return {
    name: 'growth',
    title: 'Growth: VNFC actors on this machine',
    summaries: last
      ? [
          summaryOf(`Redis, each of ${text(last.actors)}`, 'bytes', [last.redisBytes / last.actors]),
          summaryOf('append-only file, each', 'bytes', [last.aofBytes / last.actors]),
          summaryOf('append-only file rewritten, each', 'bytes', [last.rewrittenAofBytes / last.actors]),
          summaryOf('heap of the nodes, each', 'bytes', [
            Math.max(0, last.idle.heapBytes - (steps[0]?.idle.heapBytes ?? 0)) / last.actors,
          ]),
          summaryOf(`idle, nodes and Redis and Kafka together, for ${last.idle.seconds} s`, 'cores', [
            all(last.idle.cpu) / last.idle.seconds,
          ]),
          summaryOf('p99 of a command', 'ms', [last.load.p99Ms]),
        ]
      : [],
    tables: [sizeTable(steps), idleTable(steps), costTable(steps, perSecond)],
    notes: [
      `Each actor is a \`resource\` as a completed creation leaves it: one order of ${vnfcs.length} VNFCs is carried out by the product with its simulator (Create, Install, Configure, Start), and what the store then has of the resources (${vnfcs.map(({ version }) => version).join(', ')} events; ${vnfcs.some(({ snapshot }) => snapshot) ? 'with snapshots' : 'no snapshot, which is due after 64'}; list fields; no timers) is stored again for others with ids, placements and names of their own, through the store's commit, 256 to a commit, ${shards} shards at once. Their assemblies and processes are not stored.`,
      `${nodes} nodes, ${shards} shards. The bytes in Redis are the difference of \`used_memory\` that storing them made; the append-only file grows by what is written and shrinks when it is rewritten (it was, after each size; Redis does that by itself when it has doubled).`,
      `Idle: nothing is asked for; the nodes look after their shards (lease checks), send heartbeats and poll Kafka. An actor that nobody talks to is not in a node's memory.`,
      `The command (\`define\`, what an assembly tells its resources when a descriptor changes) makes one event; each goes to an actor drawn at random, that mostly has to be loaded first. Timed from when it was due, for ${seconds} s, from a client in the bench's process. CPU per command: what nodes, Redis and Kafka used meanwhile, less what they use idle; the last column is with it.`,
      `Checked: at each size the number of stored resources, ${samples} of them by the queries of the API (state, identity, found by name, history from its first event), and that each of those that were told something has exactly the events of its creation and of the ${text(commands)} acknowledged commands; no dead letters.`,
    ],
    charts: [
      chart('growth-bytes', 'Bytes of each actor', 'bytes', [
        { name: 'Redis', values: steps.map((step) => step.redisBytes / step.actors) },
        { name: 'append-only file', values: steps.map((step) => step.aofBytes / step.actors) },
        { name: 'rewritten', values: steps.map((step) => step.rewrittenAofBytes / step.actors) },
      ]),
      chart('growth-latency', `A command to any of them, due at ${perSecond}/s`, 'ms', [
        { name: 'p50', values: steps.map((step) => step.load.p50Ms) },
        { name: 'p99', values: steps.map((step) => step.load.p99Ms) },
      ]),
      chart('growth-cpu', 'Processor time of a command', 'µs', [
        { name: 'nodes', values: steps.map((step) => costOf(step, ({ nodes }) => nodes)) },
        { name: 'Redis', values: steps.map((step) => costOf(step, ({ redis }) => redis)) },
        { name: 'Kafka', values: steps.map((step) => costOf(step, ({ kafka }) => kafka)) },
      ]),
    ],
    losses: [],
    raw: steps,
  }
}
