/** Figures: what one run of a measurement says, what several runs say together, and whether an aim was met. */

export interface Aim {
  readonly atLeast?: number
  readonly below?: number
}

export interface Figure {
  readonly name: string
  readonly value: number
  /** `/s`, `ms`, `bytes`, `share`, `cores`, … */
  readonly unit: string
  readonly aim?: Aim
}

/** What one run of a measurement found. A run that lost something throws `Loss` and has no outcome. */
export interface Outcome {
  readonly figures: readonly Figure[]
  /** What was checked, and what is in the figures, in words. */
  readonly notes: readonly string[]
}

/** Something that was acknowledged isn't there, or is there more than once: no figure of this run may be shown. */
export class Loss extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'Loss'
  }
}

export interface Summary {
  readonly name: string
  readonly unit: string
  readonly median: number
  /** Of each run, in their order. */
  readonly runs: readonly number[]
  readonly aim?: Aim
  readonly isMet?: boolean
}

/** The value that `share` of all are not above. `sorted` rises; 0 if it is empty. */
export const quantile = (sorted: ArrayLike<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? 0

/** The lowest, every hundredth part, the highest: what a report keeps of thousands of times, in hundredths of their unit. */
export const percentiles = (sorted: readonly number[]): readonly number[] =>
  Array.from({ length: 101 }, (_, part) => Math.round(quantile(sorted, part / 100) * 100) / 100)

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

export const isMet = (aim: Aim, value: number): boolean =>
  (aim.atLeast === undefined || value >= aim.atLeast) && (aim.below === undefined || value < aim.below)

/** By name, in the order of the first run. */
export const summarize = (runs: readonly Outcome[]): readonly Summary[] =>
  (runs[0]?.figures ?? []).map(({ name, unit, aim }) => {
    const values = runs.flatMap((run) => run.figures.filter((figure) => figure.name === name).map(({ value }) => value))
    const middle = median(values)
    return { name, unit, median: middle, runs: values, ...(aim ? { aim, isMet: isMet(aim, middle) } : {}) }
  })

export const valueText = (value: number, unit: string): string => {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  const number = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return unit.startsWith('/') ? `${number}${unit}` : `${number} ${unit}`
}

const aimText = (aim: Aim, unit: string): string =>
  [
    ...(aim.atLeast === undefined ? [] : [`at least ${valueText(aim.atLeast, unit)}`]),
    ...(aim.below === undefined ? [] : [`below ${valueText(aim.below, unit)}`]),
  ].join(', ')

/** Empty where there is no aim. A bound holds for each run, so it can be missed where the median keeps to it: then it says so. */
export const verdictText = (summary: Summary): string => {
  const { aim, unit, median } = summary
  if (aim === undefined) return ''
  if (summary.isMet === true) return `met: ${aimText(aim, unit)}`
  return `**missed**: ${aimText(aim, unit)}${isMet(aim, median) ? ' in every run' : ''}`
}
