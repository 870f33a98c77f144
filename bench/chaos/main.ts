/**
 * `npm run chaos`: three nodes, two driver workers and three participants under orders and commands, while they are killed, frozen and cut
 * off, and their servers restarted; then everything that was promised is checked. Ends with code 1 if anything wasn't kept.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorText } from '../../runtime/fault.ts'
import { readArguments, refuse, wholeNumber } from '../../scripts/arguments.ts'
import { machineFacts } from '../machine.ts'
import { openLogFile } from './log-file.ts'
import { networkRefusal } from './network.ts'
import { GUARDS, isGuard } from './node-orders.ts'
import { reportLines } from './report.ts'
import { FAULT_KINDS } from './schedule.ts'
import { runChaos } from './run.ts'

const USAGE = `npm run chaos -- [--minutes M] [--seed S] [--without ${GUARDS.join('|')}] [--only FAULT]... [--report FILE] [--keep]
  --minutes M    how long faults go on (default 10); checking takes a few minutes more
  --seed S       which faults, when (default: any; the report names it)
  --without G    switches a guard of the protocol off: the run must then fail
  --only FAULT   only faults of this kind, to look into one; may be repeated: ${FAULT_KINDS.join(', ')}
  --report FILE  Markdown; the same as JSON beside it (default bench/reports/chaos-<seed>.md)
  --keep         the logs of all processes stay, also when nothing was found`

const args = readArguments(
  { minutes: 'text', seed: 'text', without: 'text', only: 'list', report: 'text', keep: 'flag' },
  USAGE,
)
const minutes = wholeNumber('minutes', args.text('minutes'), { default: 10, min: 1, max: 1_440 }, USAGE)
const anySeed = Math.floor(Math.random() * 1_000_000)
const seed = wholeNumber('seed', args.text('seed'), { default: anySeed, min: 0, max: 2 ** 31 - 1 }, USAGE)
const without = args.text('without')
if (without !== undefined && !isGuard(without)) refuse(`there is no guard ${without}`, USAGE)
for (const kind of args.list('only'))
  if (!FAULT_KINDS.some((known) => known === kind)) refuse(`there is no fault ${kind}`, USAGE)
const only = FAULT_KINDS.filter((kind) => args.list('only').includes(kind))
const refusal = networkRefusal()
if (refusal !== undefined) refuse(`The chaos run can't be done here: ${refusal}`, USAGE)

const folder = mkdtempSync(join(tmpdir(), 'homeostat-chaos-'))
const log = openLogFile(join(folder, 'run.log'))
const print = (line: string): void => {
  console.log(line)
  log(line)
}
let isInterrupted = false
process.on('SIGINT', () => {
  // The second time in earnest; the network is taken down as the process ends.
  if (isInterrupted) process.exit(130)
  isInterrupted = true
  print('interrupted: healing and checking (again to end at once)')
})
process.on('SIGTERM', () => process.exit(143))

try {
  const result = await runChaos({
    minutes,
    seed,
    without: without !== undefined && isGuard(without) ? without : undefined,
    only,
    folder,
    print,
    report: (text, error) => log(`client: ${text}${error === undefined ? '' : `: ${errorText(error)}`}`),
    isInterrupted: () => isInterrupted,
  })
  const { cpu, cores, memoryGb, kernel, node, date, commit } = machineFacts(folder)
  const lines = reportLines(result, [
    `${date}, commit ${commit}; ${cores} × ${cpu}, ${memoryGb} GB, ${kernel}, Node ${node}`,
  ])
  const name = `chaos-${seed}${without === undefined ? '' : `-without-${without}`}.md`
  const file = args.text('report') ?? fileURLToPath(new URL(`../reports/${name}`, import.meta.url))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, lines.join('\n'))
  writeFileSync(`${file.replace(/\.md$/, '')}.json`, `${JSON.stringify(result, null, 1)}\n`)
  const isClean = result.violations.length === 0
  for (const violation of result.violations.slice(0, 20)) print(`VIOLATION: ${violation}`)
  print(`${isClean ? 'nothing lost, nothing done twice' : `${result.violations.length} violations`}; report: ${file}`)
  if (isClean && !args.flag('keep')) rmSync(folder, { recursive: true, force: true })
  else print(`logs: ${folder}`)
  process.exit(isClean ? 0 : 1)
} catch (error) {
  console.error('the chaos run itself failed:', error)
  console.error(`logs: ${folder}`)
  process.exit(3)
}
