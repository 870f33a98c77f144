/**
 * A refusal inside the planner. It is thrown only between the planner's own files, where it may be found deep in the
 * recursion over a tree; `planIntent` turns it into a value, so no caller ever sees it thrown.
 */
import type { Rejection } from '../../runtime/entity.ts'

export class PlanRefused extends Error {
  readonly rejection: Rejection

  constructor(rejection: Rejection) {
    super(rejection.reason)
    this.name = 'PlanRefused'
    this.rejection = rejection
  }
}

export const refuse = (code: string, reason: string, details?: Readonly<Record<string, unknown>>): PlanRefused =>
  new PlanRefused(details === undefined ? { code, reason } : { code, reason, details })

/** The result, or the refusal as a value. Any other error is a fault and passes. */
export const refusable = <Value>(work: () => Value): { value: Value } | { refusal: Rejection } => {
  try {
    return { value: work() }
  } catch (error) {
    if (error instanceof PlanRefused) return { refusal: error.rejection }
    throw error
  }
}

/** `'x'` is unknown, and what would be right: the nearest known name, or all of them if there are few. */
export const unknownName = (code: string, what: string, name: string, known: readonly string[]): PlanRefused => {
  const nearest = nearestName(name, known)
  const listed = known.slice(0, 10)
  const hint =
    nearest !== undefined
      ? `; did you mean '${nearest}'?`
      : known.length === 0
        ? '; there are none'
        : `; known: ${listed.join(', ')}${known.length > listed.length ? ', …' : ''}`
  return refuse(code, `${what} '${name}' is unknown${hint}`, {
    name,
    known: listed,
    ...(nearest === undefined ? {} : { nearest }),
  })
}

const NAMES_COMPARED_MAX = 1_000
const NAME_CHARS_MAX = 128

/** The known name with the fewest edits, if they are at most a third of the name. */
export const nearestName = (name: string, known: readonly string[]): string | undefined => {
  let best: { name: string; edits: number } | undefined
  const text = name.slice(0, NAME_CHARS_MAX)
  for (const candidate of known.slice(0, NAMES_COMPARED_MAX)) {
    const edits = editsBetween(text.toLowerCase(), candidate.slice(0, NAME_CHARS_MAX).toLowerCase())
    if (best === undefined || edits < best.edits) best = { name: candidate, edits }
  }
  return best !== undefined && best.edits <= Math.max(1, Math.floor(name.length / 3)) ? best.name : undefined
}

const editsBetween = (left: string, right: string): number => {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const change = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[right.length] ?? 0
}
