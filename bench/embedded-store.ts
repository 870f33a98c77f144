/**
 * Durable events per second of the candidates for the embedded store, as medians of several runs.
 *
 *   node bench/embedded-store.ts [--runs 5] [--commits 400] [--with-lmdb] [--folder <where>] [--json]
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { appendOnlyFile, lmdbCandidate, sqliteCandidate } from './embedded-store-candidates.ts'
import type { Candidate } from './embedded-store-candidates.ts'
import { EVENT_BYTES, EVENTS_PER_COMMIT, makeWorkload, SHARDS } from './embedded-store-workload.ts'

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    commits: { type: 'string', default: '400' },
    'with-lmdb': { type: 'boolean', default: false },
    folder: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
  },
})
const runs = Number(options.runs)
const commits = Number(options.commits)
/** Of each run: entities come into being and caches fill before it counts. */
const WARM_UP = 80

interface Run {
  readonly eventsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
const median = (numbers: readonly number[]): number =>
  quantile(
    numbers.toSorted((a, b) => a - b),
    0.5,
  )

/** One commit after the other; throws if anything is missing afterwards, so that no figure comes of it. */
const measure = async (candidate: Candidate): Promise<Run> => {
  const folder = mkdtempSync(join(options.folder, 'homeostat-bench-'))
  try {
    const { leases, commit, close, check } = await candidate.open(folder)
    const workload = makeWorkload()
    const offsets = leases.map((lease) => lease.nextOffset)
    const times: number[] = []
    let [busyMs, bytes] = [0, 0]
    for (let number = -WARM_UP; number < commits; number++) {
      const shard = (number + WARM_UP) % SHARDS
      const lease = leases[shard]
      if (lease === undefined) throw new Error(`no lease of shard ${shard}`)
      const offset = offsets[shard] ?? 0
      // Not part of what is measured: making the commit.
      const next = workload.commit(lease, offset)
      const startMs = performance.now()
      await commit(next)
      const tookMs = performance.now() - startMs
      offsets[shard] = offset + 1
      bytes += EVENTS_PER_COMMIT * EVENT_BYTES
      if (number < 0) continue
      times.push(tookMs)
      busyMs += tookMs
    }
    await close()
    await check(workload.versions, bytes)
    times.sort((a, b) => a - b)
    return {
      eventsPerSecond: Math.round((commits * EVENTS_PER_COMMIT * 1_000) / busyMs),
      p50Ms: quantile(times, 0.5),
      p99Ms: quantile(times, 0.99),
      maxMs: times.at(-1) ?? 0,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Type of the file system that a folder is on, from the longest mount point above it. */
const fileSystemOf = (folder: string): string => {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, point]) => point !== undefined && `${resolve(folder)}/`.startsWith(point === '/' ? '/' : `${point}/`))
      .sort((a, b) => (b[1]?.length ?? 0) - (a[1]?.length ?? 0))
    return `${mounts[0]?.[2]} on ${mounts[0]?.[0]}`
  } catch {
    return `unknown (device ${statSync(folder).dev})`
  }
}

const installLmdb = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-lmdb-'))
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', 'lmdb@3.5.6'], {
    cwd: folder,
    stdio: 'inherit',
  })
  return folder
}

const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  fileSystem: fileSystemOf(options.folder),
  /** Of the last minute, at the start: what else the machine had to do. */
  load: loadavg()[0],
}
console.log(
  `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, Node ${machine.node}, ${machine.fileSystem}, load ${machine.load}`,
)
console.log(
  `${EVENTS_PER_COMMIT} events of ${EVENT_BYTES} bytes per commit, ${commits} commits, median of ${runs} runs\n`,
)

const lmdbFolder = options['with-lmdb'] ? installLmdb() : undefined
const candidates = [
  appendOnlyFile,
  sqliteCandidate('full'),
  sqliteCandidate('normal'),
  ...(lmdbFolder === undefined ? [] : [lmdbCandidate(lmdbFolder)]),
]
// All candidates in each round, so that what else the machine does in the meantime hits them alike.
const measured = new Map<string, Run[]>(candidates.map(({ name }) => [name, []]))
for (let round = 0; round < runs; round++)
  for (const candidate of candidates) measured.get(candidate.name)?.push(await measure(candidate))
if (lmdbFolder !== undefined) rmSync(lmdbFolder, { recursive: true })

const results = [...measured].map(([name, all]) => ({
  name,
  eventsPerSecond: median(all.map((run) => run.eventsPerSecond)),
  bestEventsPerSecond: Math.max(...all.map((run) => run.eventsPerSecond)),
  p50Ms: median(all.map((run) => run.p50Ms)),
  p99Ms: median(all.map((run) => run.p99Ms)),
  maxMs: median(all.map((run) => run.maxMs)),
}))
console.log('| store | events/s | best run | commit p50 ms | p99 ms | max ms |')
console.log('|---|---:|---:|---:|---:|---:|')
for (const { name, eventsPerSecond, bestEventsPerSecond, p50Ms, p99Ms, maxMs } of results)
  console.log(
    `| ${name} | ${eventsPerSecond.toLocaleString('en')} | ${bestEventsPerSecond.toLocaleString('en')} | ${p50Ms.toFixed(2)} | ${p99Ms.toFixed(2)} | ${maxMs.toFixed(2)} |`,
  )
if (options.json) console.log(JSON.stringify({ machine, runs, commits, results }))
