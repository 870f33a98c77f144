/**
 * Regular expressions of `pattern` constraints, which strangers write: matched in time proportional to the text, however
 * the expression looks (all alternatives are followed at once, none is tried again). The whole text has to match. What
 * can't be matched in this way (look-around, back references) isn't checked.
 */
import { parsePattern, PatternRefusal, type State } from './pattern-syntax.ts'

/** Longer values are taken for matching. */
const VALUE_CHARS_MAX = 4_000
/** Patterns that are remembered: each is asked for once per value. */
const REMEMBERED_MAX = 200

export interface Pattern {
  /** Absent: it isn't checked. */
  readonly matches?: (text: string) => boolean
  /** For each character as many alternatives may have to be followed. */
  readonly states?: number
  readonly fault?: { readonly kind: 'invalid' | 'unsupported'; readonly message: string }
}

const remembered = new Map<string, Pattern>()

export function patternOf(source: string): Pattern {
  const known = remembered.get(source)
  if (known !== undefined) return known
  if (remembered.size >= REMEMBERED_MAX) remembered.clear()
  const pattern = readPattern(source)
  remembered.set(source, pattern)
  return pattern
}

function readPattern(source: string): Pattern {
  try {
    const states = parsePattern(source)
    return {
      states: states.length,
      matches: (text) => text.length > VALUE_CHARS_MAX || matchesWhole(states, [...text]),
    }
  } catch (error) {
    if (!(error instanceof PatternRefusal)) throw error
    return { fault: { kind: error.kind, message: error.message } }
  }
}

/** State 0 is the start, the last one the end. */
function matchesWhole(states: readonly State[], text: readonly string[]): boolean {
  const end = states.length - 1
  let current = reached(states, [0], 0, text.length)
  for (const [at, char] of text.entries()) {
    const next: number[] = []
    for (const index of current) {
      const state = states[index]
      if (state?.kind === 'char' && state.test(char)) next.push(state.next)
    }
    if (next.length === 0) return false
    current = reached(states, next, at + 1, text.length)
  }
  return current.has(end)
}

/** All states that can be reached from some of them without a character. */
function reached(states: readonly State[], from: readonly number[], at: number, length: number): ReadonlySet<number> {
  const seen = new Set<number>()
  const pending = [...from]
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    if (seen.has(index)) continue
    seen.add(index)
    const state = states[index]
    if (state?.kind === 'split') pending.push(...state.next)
    else if (state?.kind === 'start' && at === 0) pending.push(state.next)
    else if (state?.kind === 'end' && at === length) pending.push(state.next)
  }
  return seen
}
