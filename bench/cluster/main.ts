/**
 * `npm run bench:cluster`: what nodes over Redis and Kafka do on this machine, beside what Redis and Kafka do alone. A
 * measurement that lost anything shows no figures, and the command ends with code 1; a missed aim does not: it brings a
 * CPU profile where one can say more.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readArguments, refuse } from '../../scripts/arguments.ts'
import { Loss } from '../figures.ts'
import { machineFacts } from '../machine.ts'
import { measureCeilings } from './ceilings.ts'
import { measureCommands } from './commands.ts'
import { measureCrowdedNode } from './crowded-node.ts'
import { measureGrowth } from './growth.ts'
import { measureHttp } from './http.ts'
import { measureOrders } from './orders.ts'
import { picturesOf, type ReportHead, reportLines, verdictOf } from './report.ts'
import type { Profiling, Section } from './section.ts'
import { type BenchServers, startServers } from './servers.ts'
import { FULL, type Sizes, SMALL } from './sizes.ts'
import { measureSpread } from './spread.ts'
import { measureTakeover } from './takeover.ts'

type Name = keyof Sizes

interface Options {
  readonly servers: BenchServers
  readonly sizes: Sizes
  readonly profiling: Profiling
  readonly print: (line: string) => void
}

const MEASUREMENTS: Readonly<Record<Name, (options: Options) => Promise<Section>>> = {
  ceilings: ({ servers, sizes }) => measureCeilings(servers, sizes.ceilings),
  commands: ({ servers, sizes, profiling }) => measureCommands(servers, sizes.commands, profiling),
  http: ({ servers, sizes, profiling }) => measureHttp(servers, sizes.http, profiling),
  orders: ({ servers, sizes }) => measureOrders(servers, sizes.orders),
  spread: ({ servers, sizes }) => measureSpread(servers, sizes.spread),
  takeover: ({ servers, sizes }) => measureTakeover(servers, sizes.takeover),
  'crowded-node': ({ servers, sizes }) => measureCrowdedNode(servers, sizes['crowded-node']),
  growth: ({ servers, sizes, print }) => measureGrowth(servers, sizes.growth, print),
}
const NAMES = Object.keys(MEASUREMENTS) as readonly Name[]
/** Takes as long as all the others together, so it is asked for by name. */
const USUAL = NAMES.filter((name) => name !== 'growth')

const USAGE = `npm run bench:cluster -- [--only NAME]... [--scale small|full] [--profile] [--report FILE] [--json]
  --only NAME    only this measurement; may be repeated: ${NAMES.join(', ')}
                 (default: all but growth; what was measured before stays in the report)
  --scale small  a few seconds each: shows that it runs and loses nothing; its figures say little
  --profile      CPU profiles of commands and http, not only where an aim is missed
  --report FILE  Markdown, with JSON and pictures beside it (default at full scale: bench/reports/cluster.md)
  --json         the last line is one JSON object with all figures
Redis and Kafka: those of REDIS_URL and KAFKA_BROKERS if both are set, else local ones of the bench's own.`

const args = readArguments({ only: 'list', scale: 'text', profile: 'flag', report: 'text', json: 'flag' }, USAGE)
const scale = args.text('scale') ?? 'full'
if (scale !== 'full' && scale !== 'small') refuse(`--scale is small or full, not ${scale}`, USAGE)
for (const name of args.list('only'))
  if (!NAMES.some((known) => known === name)) refuse(`there is no measurement ${name}`, USAGE)
const chosen = args.list('only').length === 0 ? USUAL : NAMES.filter((name) => args.list('only').includes(name))
const sizes = scale === 'full' ? FULL : SMALL
const reportFile =
  args.text('report') ??
  (scale === 'full' ? fileURLToPath(new URL('../reports/cluster.md', import.meta.url)) : undefined)

interface Written {
  readonly head: ReportHead
  readonly sections: readonly Section[]
}

const lost = (name: Name, error: unknown): Section => ({
  name,
  title: name,
  summaries: [],
  notes: [],
  losses: [
    error instanceof Loss
      ? error.message
      : `the measurement failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  ],
})

const measured = async (name: Name, options: Options): Promise<Section> => {
  const startedMs = performance.now()
  options.print(`${name} …`)
  const section = await MEASUREMENTS[name](options).catch((error: unknown) => lost(name, error))
  for (const summary of scale === 'full' ? section.summaries : [])
    if (summary.aim)
      options.print(`  ${summary.name}: ${verdictOf(summary).replaceAll('*', '')} (${summary.median.toFixed(2)})`)
  for (const what of section.losses) options.print(`  LOST: ${what}`)
  options.print(`  took ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`)
  // A smoke run is too short for its figures to be held against anything.
  return scale === 'full'
    ? section
    : { ...section, summaries: section.summaries.map(({ aim: _, isMet: __, ...figure }) => figure) }
}

/** What an earlier run measured, and this one doesn't, stays. */
const withEarlier = (jsonFile: string, sections: readonly Section[]): readonly Section[] => {
  if (!existsSync(jsonFile)) return sections
  const earlier = (JSON.parse(readFileSync(jsonFile, 'utf8')) as Written).sections
  const all = [...earlier.filter(({ name }) => !sections.some((section) => section.name === name)), ...sections]
  return NAMES.flatMap((name) => all.filter((section) => section.name === name))
}

const write = (file: string, { head, sections }: Written): void => {
  mkdirSync(dirname(file), { recursive: true })
  const base = file.replace(/\.md$/, '')
  const fileOf = (name: string): string => `${basename(base)}-${name}.svg`
  const all = withEarlier(`${base}.json`, sections)
  writeFileSync(file, `${reportLines(head, all, fileOf).join('\n').trimEnd()}\n`)
  const written: Written = { head, sections: all }
  writeFileSync(`${base}.json`, `${JSON.stringify(written, null, 1)}\n`)
  for (const [name, svg] of picturesOf(all, fileOf)) writeFileSync(join(dirname(file), name), svg)
}

const machine = machineFacts(tmpdir())
const servers = await startServers()
const profiling: Profiling = args.flag('profile') ? 'always' : scale === 'full' ? 'where-missed' : 'never'
const head: ReportHead = { machine, servers: servers.description, scale }
const print = (line: string): void => console.log(line)
const sections: Section[] = []
try {
  for (const name of chosen) {
    sections.push(await measured(name, { servers, sizes, profiling, print }))
    // After each, so that what was measured is there if a later one is interrupted.
    if (reportFile !== undefined) write(reportFile, { head, sections })
  }
} finally {
  await servers.stop()
}
if (reportFile !== undefined) print(`Written to ${reportFile}`)
if (args.flag('json')) print(JSON.stringify({ head, sections }))
process.exit(sections.some(({ losses }) => losses.length > 0) ? 1 : 0)
