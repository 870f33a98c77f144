/** Takes the schedule's steps one after the other, and measures after each how soon all shards are served again. */
import { beginFault, type FaultContext, type Ongoing } from './fault-actions.ts'
import type { FaultKind, Step } from './schedule.ts'
import { type Served, watchService } from './service-watch.ts'

export interface Measured extends Served {
  /** What it was measured after. */
  readonly after: 'fault' | 'healing'
  readonly kinds: readonly FaultKind[]
  readonly notes: readonly string[]
  /** When it began: milliseconds since the run's beginning. */
  readonly atMs: number
  readonly isInTime: boolean
}

export interface BreakingOptions {
  readonly context: FaultContext
  readonly ask: (shard: number) => Promise<unknown>
  readonly shards: number
  /** All shards must be served again within this. */
  readonly limitMs: number
  /** `performance.now()` of the run's beginning. */
  readonly startedMs: number
  readonly print: (line: string) => void
}

const PROBE_EVERY_MS = 150
/** Measured a while beyond the limit: how far beyond says something. */
const GIVE_UP_FACTOR = 4

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))

export const takeStep = async (step: Step, options: BreakingOptions): Promise<readonly Measured[]> => {
  const { context, startedMs, limitMs, print } = options
  const measured: Measured[] = []
  const measure = async (after: Measured['after'], sinceMs: number, notes: readonly string[]): Promise<void> => {
    const watch = { shards: options.shards, ask: options.ask, everyMs: PROBE_EVERY_MS }
    const served = await watchService(watch, sinceMs, limitMs * GIVE_UP_FACTOR)
    const isInTime = served.isServed && served.tookMs <= limitMs
    const kinds = step.faults.map(({ kind }) => kind)
    measured.push({ ...served, after, kinds, notes, atMs: Math.round(sinceMs - startedMs), isInTime })
    const took = served.isServed ? `served again after ${Math.round(served.tookMs)} ms` : 'NOT SERVED AGAIN'
    print(
      `  ${after === 'fault' ? 'all shards' : 'healed: all shards'} ${took}${isInTime ? '' : ` (limit ${limitMs} ms)`}`,
    )
  }

  await pass(step.calmMs)
  const beganMs = performance.now()
  const ongoing: Ongoing[] = []
  for (const fault of step.faults) {
    await pass(beganMs + fault.delayMs - performance.now())
    const begun = await beginFault(fault, context)
    ongoing.push(begun)
    print(`${clockText(performance.now() - startedMs)} ${begun.note}`)
  }
  const notes = ongoing.map(({ note }) => note)
  const isQuiet = step.faults.some(({ kind }) => kind === 'suspended-owner-and-redis-loss')
  const lastMs = Math.max(...ongoing.map(({ sinceMs }) => sinceMs))
  // In a lull a probe would be what must not be: something new in the log.
  if (!isQuiet) await measure('fault', lastMs, notes)
  await pass(lastMs + step.holdMs - performance.now())
  for (const each of ongoing) await each.heal?.()
  const healedMs = performance.now()
  if (ongoing.some(({ heal }) => heal)) await measure('healing', healedMs, notes)
  return measured
}

const clockText = (ms: number): string =>
  `${String(Math.floor(ms / 60_000)).padStart(3)}:${String(Math.floor(ms / 1_000) % 60).padStart(2, '0')}`
