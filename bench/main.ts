/**
 * `npm run bench`: what the runtime does on this machine, as medians of several short runs, with what was checked. A run
 * that lost anything shows no figure but the loss, and ends with code 1; a missed aim does not: it brings a CPU profile.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readArguments, refuse, wholeNumber } from '../scripts/arguments.ts'
import { forkBench, killed, nextMessage } from './child.ts'
import { type Outcome, summarize } from './figures.ts'
import { machineFacts } from './machine.ts'
import { mergedProfiles, type ProfileSummary } from './profile.ts'
import { headLines, measurementLines, type MeasurementReport } from './report.ts'
import type { RunReport, RunRequest } from './run.ts'
import { FULL, QUICK } from './sizes.ts'

const TITLES = {
  commands: '1. Durable commands through the runtime, and the store alone',
  http: '2. Durable commands through HTTP',
  orders: '3. Orders of an assembly',
  idle: '4. Idle actors, and serving again after kill -9',
} as const
type Measurement = keyof typeof TITLES

const USAGE = `npm run bench -- [--runs N] [--only NAME]... [--quick] [--profile] [--folder DIR] [--report FILE] [--json]
  --runs N       runs of each measurement (default ${FULL.runs}, quick ${QUICK.runs})
  --only NAME    only this measurement; may be repeated: ${Object.keys(TITLES).join(', ')}
  --quick        a few seconds: shows that it runs and loses nothing; its figures say little, and no report is written
  --profile      a CPU profile of every measurement, not only where an aim is missed
  --folder DIR   where data is written (default: the system's folder for temporary files)
  --report FILE  where the report is written (default bench/reports/latest.md)
  --json         the last line is one JSON object with all figures`

const args = readArguments(
  {
    runs: 'text',
    only: 'list',
    quick: 'flag',
    profile: 'flag',
    folder: 'text',
    report: 'text',
    json: 'flag',
  },
  USAGE,
)
const quick = args.flag('quick')
const sizes = quick ? QUICK : FULL
const runs = wholeNumber('runs', args.text('runs'), { default: sizes.runs, min: 1, max: 100 }, USAGE)
const all = Object.keys(TITLES) as Measurement[]
for (const name of args.list('only'))
  if (!all.some((known) => known === name)) refuse(`there is no measurement ${name}`, USAGE)
const chosen = args.list('only').length === 0 ? all : all.filter((name) => args.list('only').includes(name))
const dataFolder = args.text('folder') ?? tmpdir()
/** A run that says nothing for this long hangs. */
const RUN_DEADLINE_MS = 600_000

const runOnce = async (measurement: Measurement, profile: boolean): Promise<RunReport> => {
  const folder = mkdtempSync(join(dataFolder, 'homeostat-bench-'))
  const child = forkBench('./measure.ts')
  try {
    const request: RunRequest = { measurement, folder, size: sizes[measurement], profile }
    child.send(request)
    return await nextMessage<RunReport>(child, RUN_DEADLINE_MS)
  } catch (error) {
    return { type: 'failed', error: String(error) }
  } finally {
    await killed(child)
    rmSync(folder, { recursive: true, force: true })
  }
}

const measure = async (name: Measurement): Promise<MeasurementReport> => {
  const outcomes: Outcome[] = []
  const losses: string[] = []
  const take = (report: RunReport): ProfileSummary | undefined => {
    switch (report.type) {
      case 'done':
        outcomes.push(report.outcome)
        return mergedProfiles(report.profiles)
      case 'lost':
        losses.push(report.what)
        return undefined
      case 'failed':
        losses.push(`a run failed: ${report.error}`)
        return undefined
    }
  }
  for (let run = 0; run < runs && losses.length === 0; run++) {
    take(await runOnce(name, false))
    if (process.stderr.isTTY) process.stderr.write(`${name}: run ${run + 1} of ${runs}\r`)
  }
  const report = { name, title: TITLES[name] }
  const lost = (): MeasurementReport => ({ ...report, summaries: [], notes: [], losses })
  if (losses.length > 0) return lost()
  // A smoke run is too short for its figures to be held against anything.
  const summaries = summarize(outcomes).map(({ aim, isMet, ...figure }) =>
    quick || aim === undefined || isMet === undefined ? figure : { ...figure, aim, isMet },
  )
  const notes = outcomes[0]?.notes ?? []
  const isMissed = summaries.some((summary) => 'isMet' in summary && !summary.isMet)
  // A run of its own, so that sampling costs no figure anything.
  const profile = isMissed || args.flag('profile') ? take(await runOnce(name, true)) : undefined
  if (losses.length > 0) return lost()
  return { ...report, summaries, notes, losses, ...(profile ? { profile } : {}) }
}

const machine = machineFacts(dataFolder)
const lines: string[] = []
const print = (more: readonly string[]): void => {
  lines.push(...more)
  console.log(more.join('\n'))
}
print(headLines(machine, runs))
const reports: MeasurementReport[] = []
for (const name of chosen) {
  const report = await measure(name)
  reports.push(report)
  print(measurementLines(report))
}
const isLost = reports.some(({ losses }) => losses.length > 0)
const isWhole = !quick && chosen.length === all.length && !isLost
const reportFile =
  args.text('report') ?? (isWhole ? fileURLToPath(new URL('./reports/latest.md', import.meta.url)) : undefined)
if (reportFile !== undefined) {
  mkdirSync(dirname(reportFile), { recursive: true })
  writeFileSync(reportFile, `${lines.join('\n').trimEnd()}\n`)
  console.log(`Written to ${reportFile}`)
}
if (args.flag('json')) console.log(JSON.stringify({ machine, quick, runs, measurements: reports }))
process.exit(isLost ? 1 : 0)
