/** From a regular expression to the states of a machine that follows all alternatives at once (Thompson's construction). */

export type State =
  | { readonly kind: 'char'; readonly test: (char: string) => boolean; readonly next: number }
  | { readonly kind: 'split'; readonly next: readonly number[] }
  /** Only at the start, only at the end of the text. */
  | { readonly kind: 'start' | 'end'; readonly next: number }
  | { readonly kind: 'accept' }

const PATTERN_CHARS_MAX = 1_000
const STATES_MAX = 500
const DEPTH_MAX = 50

export class PatternRefusal extends Error {
  readonly kind: 'invalid' | 'unsupported'
  constructor(kind: 'invalid' | 'unsupported', message: string) {
    super(message)
    this.name = 'PatternRefusal'
    this.kind = kind
  }
}

/** Puts the states that lead to `next` into the machine, and gives the first of them. */
type Part = (machine: State[], next: number) => number

interface Source {
  readonly text: string
  at: number
  depth: number
}

/** @throws {PatternRefusal} */
export function parsePattern(text: string): readonly State[] {
  if (text.length > PATTERN_CHARS_MAX) throw unsupported(`it has more than ${PATTERN_CHARS_MAX} characters`)
  const source: Source = { text, at: 0, depth: 0 }
  const whole = alternatives(source)
  if (source.at < text.length) throw invalid(`')' without '('`)
  const machine: State[] = [{ kind: 'accept' }]
  const start = whole(machine, 0)
  // The machine was built from its end; seen from its start, it is the other way round.
  const last = machine.length
  const turned = (index: number): number => last - index
  return [
    { kind: 'split', next: [turned(start)] },
    ...machine.toReversed().map((state): State => {
      if (state.kind === 'accept') return state
      if (state.kind === 'split') return { kind: 'split', next: state.next.map(turned) }
      return { ...state, next: turned(state.next) }
    }),
  ]
}

const invalid = (message: string) => new PatternRefusal('invalid', message)
const unsupported = (message: string) => new PatternRefusal('unsupported', message)

function add(machine: State[], state: State): number {
  if (machine.length >= STATES_MAX) throw unsupported(`it comes to more than ${STATES_MAX} steps`)
  return machine.push(state) - 1
}

function alternatives(source: Source): Part {
  const options = [sequence(source)]
  while (source.text[source.at] === '|') {
    source.at += 1
    options.push(sequence(source))
  }
  const [only] = options
  if (options.length === 1 && only !== undefined) return only
  return (machine, next) => add(machine, { kind: 'split', next: options.map((option) => option(machine, next)) })
}

function sequence(source: Source): Part {
  const parts: Part[] = []
  for (let char = source.text[source.at]; char !== undefined && char !== '|' && char !== ')';) {
    parts.push(quantified(source))
    char = source.text[source.at]
  }
  return (machine, next) => parts.reduceRight((after, part) => part(machine, after), next)
}

function quantified(source: Source): Part {
  const part = atom(source)
  const rest = source.text.slice(source.at)
  const match = /^(?:([*+?])|\{(\d{1,4})(,(\d{1,4})?)?\})([?+])?/.exec(rest)
  if (match === null) return part
  if (match[5] === '+') throw unsupported('possessive quantifiers')
  source.at += match[0].length
  if (/^(?:[*+?]|\{\d)/.test(source.text.slice(source.at))) throw invalid('two quantifiers in a row')
  const min = match[1] === undefined ? Number(match[2]) : match[1] === '+' ? 1 : 0
  const max = match[1] === '?' ? 1 : match[2] === undefined || match[4] === undefined ? undefined : Number(match[4])
  const upper = match[2] !== undefined && match[3] === undefined ? min : max
  if (upper !== undefined && upper < min) throw invalid(`'${match[0]}' is the wrong way round`)
  return (machine, next) => {
    let after = upper === undefined ? loop(machine, part, next) : next
    for (let optional = min; upper !== undefined && optional < upper; optional += 1) {
      after = add(machine, { kind: 'split', next: [part(machine, after), next] })
    }
    for (let times = 0; times < min; times += 1) {
      const before = part(machine, after)
      // What is empty stays empty, however often: `((){9999}){9999}` must not be counted through.
      if (before === after) break
      after = before
    }
    return after
  }
}

function loop(machine: State[], part: Part, next: number): number {
  const start = add(machine, { kind: 'split', next: [next] })
  machine[start] = { kind: 'split', next: [part(machine, start), next] }
  return start
}

function atom(source: Source): Part {
  const { text, at } = source
  const char = text[at] ?? ''
  if (char === '(') return group(source)
  if (char === '*' || char === '+' || char === '?') throw invalid(`nothing before '${char}'`)
  source.at += 1
  if (char === '^') return (machine, next) => add(machine, { kind: 'start', next })
  if (char === '$') return (machine, next) => add(machine, { kind: 'end', next })
  if (char === '[') return oneOf(classSource(source, at))
  if (char === '\\') return oneOf(escapeSource(source, at))
  const point = String.fromCodePoint(text.codePointAt(at) ?? 0)
  source.at = at + point.length
  return char === '.'
    ? oneOf('.')
    : (machine, next) => add(machine, { kind: 'char', test: (one) => one === point, next })
}

function group(source: Source): Part {
  const opening = /^\((\?:|\?<[A-Za-z]\w{0,50}>)?/.exec(source.text.slice(source.at))?.[0] ?? '('
  source.at += opening.length
  if (opening === '(' && source.text[source.at] === '?') throw unsupported('look-around and flags')
  source.depth += 1
  if (source.depth > DEPTH_MAX) throw unsupported(`more than ${DEPTH_MAX} groups inside each other`)
  const inner = alternatives(source)
  if (source.text[source.at] !== ')') throw invalid(`'(' without ')'`)
  source.at += 1
  source.depth -= 1
  return inner
}

/** `[…]`, to its closing bracket. */
function classSource(source: Source, start: number): string {
  let at = start + (source.text[start + 1] === '^' ? 2 : 1)
  if (source.text[at] === ']') throw unsupported(`'[]' and '[^]'`)
  for (; at < source.text.length && source.text[at] !== ']'; at += 1) if (source.text[at] === '\\') at += 1
  if (at >= source.text.length) throw invalid(`'[' without ']'`)
  source.at = at + 1
  return source.text.slice(start, source.at)
}

function escapeSource(source: Source, start: number): string {
  const match = /^\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]{1,6}\}|[pP]\{[A-Za-z_=]{1,40}\}|[^])/u.exec(
    source.text.slice(start),
  )
  if (match === null) throw invalid(`'\\' at the end`)
  if (/^\\[1-9kbBGAzZQE]/.test(match[0])) throw unsupported(`'${match[0]}'`)
  source.at = start + match[0].length
  return match[0]
}

/** A piece that stands for one character: there, the engine of JavaScript can't take long. */
function oneOf(piece: string): Part {
  const regExp = compiled(piece, 'u') ?? compiled(piece, '')
  if (regExp === undefined) throw invalid(`'${piece}' is no class of characters`)
  return (machine, next) => add(machine, { kind: 'char', test: (char) => regExp.test(char), next })
}

function compiled(piece: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${piece})$`, flags)
  } catch {
    return undefined
  }
}
