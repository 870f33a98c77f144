/**
 * What a machine was worth while something was measured: virtual machines of one name and the same number of cores differ by a
 * factor, and each of them by the hour.
 */
import { closeSync, fsyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from './figures.ts'

export interface Circumstances {
  readonly date: string
  /** As `Machine.commit`. */
  readonly commit: string
  /** How often a second one thread got through a fixed piece of work (JSON there and back), right before. */
  readonly workPerS: number
  /** Of a page appended to a file and synced, right before: the median. */
  readonly syncMs: number
  /** Share of the processors' time that the host gave to others meanwhile; absent where the system doesn't tell. */
  readonly stolenShare?: number
}

const WORK = JSON.stringify({
  id: 'a'.repeat(36),
  text: 'b'.repeat(200),
  list: Array.from({ length: 40 }, (_, index) => ({ name: `field-${index}`, value: index * 1.5, isThere: true })),
})
const WORK_MS = 200
const WORK_AT_ONCE = 20

const workPerS = (): number => {
  let best = 0
  // The first is the compiler's as well; whatever else the machine does can only slow it down.
  for (let round = 0; round < 3; round++) {
    const startedMs = performance.now()
    let done = 0
    let tookMs = 0
    for (; tookMs < WORK_MS; tookMs = performance.now() - startedMs, done += WORK_AT_ONCE)
      for (let index = 0; index < WORK_AT_ONCE; index++) JSON.stringify(JSON.parse(WORK))
    best = Math.max(best, (done / tookMs) * 1_000)
  }
  return Math.round(best)
}

const SYNCS = 30

const syncMs = (parent: string): number => {
  const folder = mkdtempSync(join(parent, 'homeostat-sync-'))
  try {
    const file = openSync(join(folder, 'file'), 'a')
    const page = Buffer.alloc(4_096, 1)
    const tookMs = Array.from({ length: SYNCS }, () => {
      const startedMs = performance.now()
      writeSync(file, page)
      fsyncSync(file)
      return performance.now() - startedMs
    })
    closeSync(file)
    return Math.round(median(tookMs) * 1_000) / 1_000
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Since the machine's start, in the ticks of Linux: hundredths of a second. */
const stolenTicks = (): number | undefined => {
  try {
    // cpu  user nice system idle iowait irq softirq steal …
    const [, ...ticks] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').trim().split(/\s+/)
    return ticks[7] === undefined ? undefined : Number(ticks[7])
  } catch {
    return undefined
  }
}

/** Looks at the machine, then at what is measured, then at the machine again. */
export const underCircumstances = async <Result>(
  commit: string,
  measure: () => Promise<Result>,
): Promise<readonly [Result, Circumstances]> => {
  const before = { date: new Date().toISOString(), commit, workPerS: workPerS(), syncMs: syncMs(tmpdir()) }
  const [ticks, startedMs] = [stolenTicks(), performance.now()]
  const result = await measure()
  const after = stolenTicks()
  const processorMs = (performance.now() - startedMs) * cpus().length
  if (ticks === undefined || after === undefined) return [result, before]
  return [result, { ...before, stolenShare: ((after - ticks) * 10) / processorMs }]
}

export const circumstancesText = ({ date, commit, workPerS, syncMs, stolenShare }: Circumstances): string =>
  `${date}, commit ${commit}. The machine then: ${workPerS.toLocaleString('en-US')} rounds of a fixed piece of work a second on one ` +
  `thread, a sync to disk ${syncMs} ms` +
  (stolenShare === undefined ? '' : `, ${(stolenShare * 100).toFixed(1)} % of its processors’ time taken by its host`)
