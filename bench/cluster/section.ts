/** What a measurement gives to the report. */
import type { Circumstances } from '../circumstances.ts'
import { type Aim, isMet, median, type Summary } from '../figures.ts'
import type { ProfileSummary } from '../profile.ts'
import type { Chart } from './chart.ts'

export interface Table {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export interface Section {
  readonly name: string
  readonly title: string
  /** When and on which commit; absent where it was measured before that was noted. */
  readonly circumstances?: Circumstances
  readonly summaries: readonly Summary[]
  readonly tables?: readonly Table[]
  /** What was measured how, and what was checked. */
  readonly notes: readonly string[]
  readonly charts?: readonly NamedChart[]
  readonly profiles?: readonly { readonly of: string; readonly profile: ProfileSummary }[]
  /** What was lost: then there are no figures. */
  readonly losses: readonly string[]
  /** All that was measured. */
  readonly raw?: unknown
}

export interface NamedChart {
  /** Part of the file's name. */
  readonly name: string
  readonly chart: Chart
}

/** `runs`: the value of each run, in their order. */
export const summaryOf = (name: string, unit: string, runs: readonly number[], aim?: Aim): Summary => {
  const middle = median(runs)
  return { name, unit, median: middle, runs, ...(aim ? { aim, isMet: isMet(aim, middle) } : {}) }
}

/** Held to by the worst run, not by the middle one. */
export const boundOf = (name: string, unit: string, runs: readonly number[], below: number): Summary => {
  const aim = { below }
  return { ...summaryOf(name, unit, runs), aim, isMet: runs.every((value) => isMet(aim, value)) }
}

/** A CPU profile costs a further run. */
export type Profiling = 'always' | 'where-missed' | 'never'

export const isProfileWanted = (profiling: Profiling, summaries: readonly Summary[]): boolean =>
  profiling === 'always' || (profiling === 'where-missed' && summaries.some((summary) => summary.isMet === false))
