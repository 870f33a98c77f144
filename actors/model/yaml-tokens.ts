/** The tokens of a YAML text, refused before anything recursive sees them if maps and lists lie too deep. */
import { Lexer, Parser, type CST, type LineCounter } from 'yaml'
import { YamlRefusal, type YamlLimits } from './yaml-limits.ts'

export type Token = CST.Token

/** @throws {YamlRefusal} `too-deep`, `too-many-values` */
export function readTokens(text: string, lines: LineCounter, limits: YamlLimits): Token[] {
  const { depthMax, piecesMax } = limits
  lines.addNewLine(0)
  const parser = new Parser(lines.addNewLine)
  const tokens: Token[] = []
  // Brackets are counted on the way, because a text of nothing else is slow to parse to its end.
  let brackets = 0
  let offset = 0
  let pieces = 0
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === '[' || lexeme === '{') brackets += 1
    else if (lexeme === ']' || lexeme === '}') brackets = Math.max(0, brackets - 1)
    if (brackets > depthMax) throw tooDeep(offset, depthMax)
    offset += lexeme.length
    pieces += 1
    if (pieces > piecesMax) {
      throw new YamlRefusal('too-many-values', offset, [], `more than ${piecesMax} pieces (words, brackets, blanks)`)
    }
    for (const token of parser.next(lexeme)) tokens.push(token)
  }
  for (const token of parser.end()) tokens.push(token)
  const deep = tooDeepAt(tokens, depthMax)
  if (deep !== undefined) throw tooDeep(deep, depthMax)
  return tokens
}

const tooDeep = (offset: number, depthMax: number) =>
  new YamlRefusal('too-deep', offset, [], `more than ${depthMax} levels inside each other`)

/** The offset of the first collection that lies deeper than `depthMax`; `undefined` if there is none. */
function tooDeepAt(tokens: readonly Token[], depthMax: number): number | undefined {
  const pending: { token: Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }))
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { token, depth } = next
    if (token.type === 'document') {
      if (token.value !== undefined) pending.push({ token: token.value, depth })
    } else if ('items' in token) {
      if (depth >= depthMax) return token.offset
      for (const { key, value } of token.items) {
        if (key) pending.push({ token: key, depth: depth + 1 })
        if (value) pending.push({ token: value, depth: depth + 1 })
      }
    }
  }
  return undefined
}
