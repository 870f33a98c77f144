/** What the evaluation of functions in one template goes by, and how much of it there may be. */
import type { Path } from '../json-path.ts'
import type { Reading } from '../reading.ts'
import type { ServiceTemplate } from './service-template.ts'
import { typesOf, type Types } from './type-hierarchy.ts'

/** Values, and characters of texts and patterns, that may be looked at for one template. More: `too-large`. */
const WORK_MAX = 500_000
/** For questions about a template that was found to be within the bound: they look at some values again. */
const QUESTION_WORK_MAX = 4 * WORK_MAX

export interface Evaluation {
  readonly template: ServiceTemplate
  readonly types: Types
  /** Where faults of functions go; without it they are only left as they are. */
  readonly reading?: Reading
  /** What is left of the work that may be done. Counted down. */
  readonly work: { left: number }
}

export const evaluationOf = (template: ServiceTemplate, reading?: Reading): Evaluation => ({
  template,
  types: typesOf(template),
  ...(reading === undefined ? {} : { reading }),
  work: { left: reading === undefined ? QUESTION_WORK_MAX : WORK_MAX },
})

/** False, and from the first time on an error, once all the work is done that may be done. */
export function mayGoOn({ work, reading }: Evaluation, cost: number, path: Path): boolean {
  if (work.left < 0) return false
  work.left -= cost
  if (work.left >= 0) return true
  const message =
    'checking it takes too long: too many values, or texts too long for their constraints, functions and references'
  reading?.error(path, { code: 'too-large', message })
  return false
}

/** Stands for the value of a function that isn't known. */
export const UNKNOWN = Symbol('unknown')

/** Where a function stands. */
export interface FunctionPlace {
  /** The node template that `SELF` is. */
  readonly self: string | undefined
  /** Where faults are reported. */
  readonly path: Path
  /** The references that are being followed. */
  readonly open: readonly string[]
  readonly depth: number
}

export function wrongParameters(
  { reading }: Evaluation,
  name: string,
  wanted: string,
  place: FunctionPlace,
): typeof UNKNOWN {
  reading?.error(place.path, { code: 'wrong-function', message: `'${name}' needs ${wanted}` })
  return UNKNOWN
}
