/**
 * The command line of a bench that is made of sections: chooses them, runs one after the other, and writes the report. A section
 * that lost anything shows no figures, and the command ends with code 1; a missed aim does not.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { readArguments, refuse } from '../../scripts/arguments.ts'
import { underCircumstances } from '../circumstances.ts'
import { Loss, verdictText } from '../figures.ts'
import { machineFacts } from '../machine.ts'
import { picturesOf, type ReportHead, reportLines } from './report.ts'
import type { Profiling, Section } from './section.ts'
import { type BenchServers, startServers } from './servers.ts'

export interface SectionOptions {
  readonly servers: BenchServers
  /** `small`: a few seconds, which shows that it runs and loses nothing. */
  readonly scale: 'small' | 'full'
  readonly profiling: Profiling
  readonly print: (line: string) => void
}

export interface Bench<Name extends string> {
  /** `npm run <command>` */
  readonly command: string
  readonly title: string
  readonly measurements: Readonly<Record<Name, (options: SectionOptions) => Promise<Section>>>
  /** Run if none is asked for. */
  readonly usual: readonly Name[]
  /** Where the report of a run at full scale is written. */
  readonly reportFile: string
}

interface Written {
  readonly head: ReportHead
  readonly sections: readonly Section[]
}

/** Ends the process. */
export const runBench = async <Name extends string>(bench: Bench<Name>): Promise<never> => {
  const { command, measurements, usual } = bench
  const names = Object.keys(measurements) as unknown as readonly Name[]
  const unusual = names.filter((name) => !usual.includes(name))
  const usage = `npm run ${command} -- [--only NAME]... [--scale small|full] [--profile] [--report FILE] [--json]
  --only NAME    only this measurement; may be repeated: ${names.join(', ')}
                 (default: all${unusual.length > 0 ? ` but ${unusual.join(', ')}` : ''}; what was measured before stays in the report)
  --scale small  a few seconds each: shows that it runs and loses nothing; its figures say little
  --profile      CPU profiles where a measurement can take them, not only where an aim is missed
  --report FILE  Markdown, with JSON and pictures beside it (default at full scale: bench/reports/${basename(bench.reportFile)})
  --json         the last line is one JSON object with all figures
Redis and Kafka: those of REDIS_URL and KAFKA_BROKERS if both are set, else local ones of the bench's own.`
  const args = readArguments({ only: 'list', scale: 'text', profile: 'flag', report: 'text', json: 'flag' }, usage)
  const scaleText = args.text('scale') ?? 'full'
  const scale =
    scaleText === 'full' || scaleText === 'small'
      ? scaleText
      : refuse(`--scale is small or full, not ${scaleText}`, usage)
  for (const name of args.list('only'))
    if (!names.some((known) => known === name)) refuse(`there is no measurement ${name}`, usage)
  const chosen = args.list('only').length === 0 ? usual : names.filter((name) => args.list('only').includes(name))
  const reportFile = args.text('report') ?? (scale === 'full' ? bench.reportFile : undefined)
  const machine = machineFacts(tmpdir())
  const servers = await startServers()
  const profiling: Profiling = args.flag('profile') ? 'always' : scale === 'full' ? 'where-missed' : 'never'
  const head: ReportHead = { title: bench.title, command, machine, servers: servers.description, scale }
  const print = (line: string): void => console.log(line)
  const sections: Section[] = []
  try {
    for (const name of chosen) {
      sections.push(await measured(name, measurements[name], machine.commit, { servers, scale, profiling, print }))
      // After each, so that what was measured is there if a later one is interrupted.
      if (reportFile !== undefined) write(reportFile, { head, sections }, names)
    }
  } finally {
    await servers.stop()
  }
  if (reportFile !== undefined) print(`Written to ${reportFile}`)
  if (args.flag('json')) print(JSON.stringify({ head, sections }))
  process.exit(sections.some(({ losses }) => losses.length > 0) ? 1 : 0)
}

const lost = (name: string, error: unknown): Section => ({
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

const measured = async (
  name: string,
  measure: (options: SectionOptions) => Promise<Section>,
  commit: string,
  options: SectionOptions,
): Promise<Section> => {
  const { scale, print } = options
  const startedMs = performance.now()
  print(`${name} …`)
  const [found, circumstances] = await underCircumstances(commit, () =>
    measure(options).catch((error: unknown) => lost(name, error)),
  )
  const section = { ...found, circumstances }
  for (const summary of scale === 'full' ? section.summaries : [])
    if (summary.aim)
      print(`  ${summary.name}: ${verdictText(summary).replaceAll('*', '')} (${summary.median.toFixed(2)})`)
  for (const what of section.losses) print(`  LOST: ${what}`)
  print(`  took ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`)
  // A smoke run is too short for its figures to be held against anything.
  return scale === 'full'
    ? section
    : { ...section, summaries: section.summaries.map(({ aim: _, isMet: __, ...figure }) => figure) }
}

/** What an earlier run measured, and this one doesn't, stays. */
const withEarlier = (jsonFile: string, sections: readonly Section[], names: readonly string[]): readonly Section[] => {
  if (!existsSync(jsonFile)) return sections
  const earlier = (JSON.parse(readFileSync(jsonFile, 'utf8')) as Written).sections
  const all = [...earlier.filter(({ name }) => !sections.some((section) => section.name === name)), ...sections]
  return names.flatMap((name) => all.filter((section) => section.name === name))
}

const write = (file: string, { head, sections }: Written, names: readonly string[]): void => {
  mkdirSync(dirname(file), { recursive: true })
  const base = file.replace(/\.md$/, '')
  const fileOf = (name: string): string => `${basename(base)}-${name}.svg`
  const all = withEarlier(`${base}.json`, sections, names)
  writeFileSync(file, `${reportLines(head, all, fileOf).join('\n').trimEnd()}\n`)
  const written: Written = { head, sections: all }
  writeFileSync(`${base}.json`, `${JSON.stringify(written, null, 1)}\n`)
  for (const [name, svg] of picturesOf(all, fileOf)) writeFileSync(join(dirname(file), name), svg)
}
