/** `npm run sim`: the simulator over many seeds, then with each guard switched off. */
import { MemoryStoreServer } from '../persistence/memory-store.ts'
import { EVERY_GUARD, simulate, type SimulatedGuards, type Simulation } from '../runtime/simulation/simulate.ts'
import { readArguments, refuse, wholeNumber } from './arguments.ts'

const USAGE = `npm run sim -- [--seeds N] [--seed S] [--off GUARD] [--json]
  --seeds N    how many seeds (default 1000; with --seed alone: 1)
  --seed S     the first seed (default 1); a failing seed fails again, exactly
  --off GUARD  with this guard switched off: ${Object.keys(EVERY_GUARD).join(', ')}
  --json       the last line is one JSON object with all figures
Without --off, a clean run is followed by one run per guard, each with that guard off, up to its first violation.`

/** A guard that is off must be missed within this many seeds. */
const SEEDS_PER_GUARD_MAX = 3_000

const { text, flag } = readArguments({ seeds: 'text', seed: 'text', off: 'text', json: 'flag' }, USAGE)
const first = wholeNumber('seed', text('seed'), { default: 1, min: 1, max: 2 ** 31 }, USAGE)
const seedsByDefault = text('seed') === undefined ? 1_000 : 1
const count = wholeNumber('seeds', text('seeds'), { default: seedsByDefault, min: 1, max: 10_000_000 }, USAGE)
const guards = Object.keys(EVERY_GUARD) as (keyof SimulatedGuards)[]
const isGuard = (name: string): name is keyof SimulatedGuards => name in EVERY_GUARD

interface Sweep {
  readonly seeds: number
  readonly seconds: number
  readonly operations: number
  readonly acknowledged: number
  readonly faults: number
  readonly storeLosses: number
  readonly failed: Simulation | undefined
}

/** Runs seeds until the first violation. */
const sweep = async (from: number, seeds: number, switches: SimulatedGuards, progress: boolean): Promise<Sweep> => {
  const startedMs = performance.now()
  let spokenMs = startedMs
  const sum = { operations: 0, acknowledged: 0, faults: 0, storeLosses: 0 }
  const seconds = (): number => (performance.now() - startedMs) / 1000
  for (let done = 1; done <= seeds; done++) {
    const run = await simulate(from + done - 1, (options) => new MemoryStoreServer(options), switches)
    sum.operations += run.operations
    sum.acknowledged += run.acknowledged
    sum.faults += run.faults
    sum.storeLosses += run.storeLosses
    if (run.violations.length > 0) return { seeds: done, seconds: seconds(), ...sum, failed: run }
    if (progress && performance.now() - spokenMs > 10_000) {
      spokenMs = performance.now()
      console.log(`  ${done} seeds, ${Math.round((done / seconds()) * 60)} seeds a minute`)
    }
  }
  return { seeds, seconds: seconds(), ...sum, failed: undefined }
}

const off = text('off')
if (off !== undefined && !isGuard(off)) refuse(`there is no guard called ${off}`, USAGE)
const switches = off !== undefined && isGuard(off) ? { ...EVERY_GUARD, [off]: false } : EVERY_GUARD
console.log(`${count} seeds from ${first}, ${off === undefined ? 'every guard on' : `${off} off`}`)
const main = await sweep(first, count, switches, true)
const perMinute = Math.round((main.seeds / main.seconds) * 60)
console.log(
  `${main.seeds} seeds in ${main.seconds.toFixed(1)} s (${perMinute} seeds a minute): ${main.operations} operations, ` +
    `${main.acknowledged} acknowledged, ${main.faults} faults, ${main.storeLosses} times the store lost its last commits`,
)
if (main.failed) {
  console.log(`seed ${main.failed.seed} fails:`)
  for (const violation of main.failed.violations) console.log(`  ${violation}`)
  console.log(`again: npm run sim -- --seed ${main.failed.seed}${off === undefined ? '' : ` --off ${off}`}`)
} else console.log('no violation')

const missed: {
  readonly guard: string
  readonly seeds: number
  readonly seed: number | null
  readonly violation: string
}[] = []
if (!main.failed && off === undefined && text('seed') === undefined) {
  console.log(`\n${'guard off'.padEnd(18)}${'found after'.padEnd(16)}${'seed'.padEnd(8)}first violation`)
  for (const guard of guards) {
    const found = await sweep(1, SEEDS_PER_GUARD_MAX, { ...EVERY_GUARD, [guard]: false }, false)
    const violation = found.failed?.violations[0] ?? `none within ${SEEDS_PER_GUARD_MAX} seeds`
    missed.push({ guard, seeds: found.seeds, seed: found.failed?.seed ?? null, violation })
    console.log(
      `${guard.padEnd(18)}${`${found.seeds} seeds`.padEnd(16)}${String(found.failed?.seed ?? '-').padEnd(8)}${violation}`,
    )
  }
}
const unnoticed = missed.filter((row) => row.seed === null).map((row) => row.guard)
if (unnoticed.length > 0) console.log(`not noticed: ${unnoticed.join(', ')}`)
if (flag('json'))
  console.log(
    JSON.stringify({
      first,
      seeds: main.seeds,
      off: off ?? null,
      seconds: Number(main.seconds.toFixed(3)),
      seedsPerMinute: perMinute,
      operations: main.operations,
      acknowledged: main.acknowledged,
      faults: main.faults,
      storeLosses: main.storeLosses,
      failedSeed: main.failed?.seed ?? null,
      violations: main.failed?.violations ?? [],
      guards: missed,
    }),
  )
process.exit(main.failed || unnoticed.length > 0 ? 1 : 0)
