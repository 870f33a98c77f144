/**
 * Where a text stops being JSON. `JSON.parse` tells that only for some errors and only in its message text, and whoever
 * sent the text wants line and column. Runs only after `JSON.parse` has refused the text.
 */
export interface SyntaxPlace {
  readonly line: number
  readonly column: number
  readonly expected: string
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y
const SPACE = /[ \t\n\r]*/y
// A string up to its end: no control characters, only the escapes that JSON knows.
// eslint-disable-next-line no-control-regex -- they are what it excludes
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
// eslint-disable-next-line no-control-regex -- as above
const STRING_PREFIX = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y

/** The first place where `text` isn't JSON; `undefined` if all of it is. Takes no stack: nesting may be any depth. */
export const jsonSyntaxError = (text: string): SyntaxPlace | undefined => {
  const open: ('{' | '[')[] = []
  let at = 0
  const eat = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    if (!pattern.test(text)) return false
    at = pattern.lastIndex
    return true
  }
  const eatChar = (char: string): boolean => {
    if (text[at] !== char) return false
    at++
    return true
  }
  const wrong = (expected: string): SyntaxPlace => {
    const before = text.slice(0, at)
    return { line: before.split('\n').length, column: at - before.lastIndexOf('\n'), expected }
  }
  const wrongString = (): SyntaxPlace => {
    eat(STRING_PREFIX)
    return wrong(at >= text.length ? 'the end of the string (")' : 'a valid escape or character in the string')
  }
  const key = (): SyntaxPlace | undefined => {
    if (text[at] !== '"') return wrong('a property name in double quotes')
    if (!eat(STRING)) return wrongString()
    eat(SPACE)
    return eatChar(':') ? undefined : wrong('":"')
  }

  for (;;) {
    // A value is expected here.
    eat(SPACE)
    if (eatChar('{')) {
      eat(SPACE)
      if (!eatChar('}')) {
        const problem = key()
        if (problem) return problem
        open.push('{')
        continue
      }
    } else if (eatChar('[')) {
      eat(SPACE)
      if (!eatChar(']')) {
        open.push('[')
        continue
      }
    } else if (text[at] === '"') {
      if (!eat(STRING)) return wrongString()
    } else if (!eat(WORD) && !eat(NUMBER)) return wrong('a value')

    // A value has ended here: close what it closes, then a comma or the end.
    for (;;) {
      eat(SPACE)
      const inside = open.at(-1)
      if (inside === undefined) return at === text.length ? undefined : wrong('the end of the text')
      if (eatChar(',')) {
        eat(SPACE)
        const problem = inside === '{' ? key() : undefined
        if (problem) return problem
        break
      }
      if (!eatChar(inside === '{' ? '}' : ']')) return wrong(inside === '{' ? '"," or "}"' : '"," or "]"')
      open.pop()
    }
  }
}

/** Whether any object in a parsed value has a key of its own of that name. */
export const hasKeyAnywhere = (value: unknown, key: string): boolean => {
  const rest: unknown[] = [value]
  while (rest.length > 0) {
    const part = rest.pop()
    if (typeof part !== 'object' || part === null) continue
    if (Object.hasOwn(part, key)) return true
    for (const child of Object.values(part)) rest.push(child)
  }
  return false
}

/** Whether a parsed value is nested deeper than `max`: recursive code further on (encoding, printing) must not fail. */
export const nestedDeeperThan = (value: unknown, max: number): boolean => {
  const rest: [unknown, number][] = [[value, 0]]
  for (let next = rest.pop(); next; next = rest.pop()) {
    const [part, depth] = next
    if (typeof part !== 'object' || part === null) continue
    if (depth >= max) return true
    for (const child of Object.values(part)) rest.push([child, depth + 1])
  }
  return false
}

/**
 * Whether `JSON.parse` loses something of a text that it takes: a key that is in an object twice, or a number too large. Quick: each
 * body is asked for it.
 */
export const isLossy = (text: string): boolean => {
  let keys = keysIn(text)
  const rest: unknown[] = [JSON.parse(text)]
  while (rest.length > 0) {
    const part = rest.pop()
    if (typeof part === 'number' && !Number.isFinite(part)) return true
    if (typeof part !== 'object' || part === null) continue
    const children: readonly unknown[] = Object.values(part)
    if (!Array.isArray(part)) keys -= children.length
    for (const child of children) rest.push(child)
  }
  return keys !== 0
}

const COLON = /[ \t\n\r]*:/y

/** How many strings of a JSON text are keys. No pattern for whole strings: long ones would take all of the stack. */
const keysIn = (text: string): number => {
  let keys = 0
  let open = text.indexOf('"')
  while (open !== -1) {
    let close = text.indexOf('"', open + 1)
    while (isEscaped(text, close)) close = text.indexOf('"', close + 1)
    COLON.lastIndex = close + 1
    if (COLON.test(text)) keys++
    open = text.indexOf('"', close + 1)
  }
  return keys
}

const isEscaped = (text: string, at: number): boolean => {
  let before = at
  while (text[before - 1] === '\\') before--
  return (at - before) % 2 === 1
}
