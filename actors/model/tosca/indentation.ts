/**
 * Lines inside of quotes or brackets that are indented less than what they belong to. YAML 1.2 forbids them; the parsers
 * of ONAP (SnakeYAML) and PyYAML read them, and templates that ONAP ships have them. Blanks at the start of such lines
 * mean nothing, so adding some changes no value.
 */
import { underindentedLines } from './indentation-scan.ts'

export interface Reindented {
  readonly text: string
  /** 1-based line → blanks that were put in front of it. */
  readonly addedBlanks: ReadonlyMap<number, number>
}

/** Gives such lines the indentation that they lack. */
export function reindented(text: string): Reindented {
  const addedBlanks = new Map<number, number>()
  let result = ''
  let from = 0
  let line = 1
  for (const { start, blanks } of underindentedLines(text)) {
    for (let end = text.indexOf('\n', from); end !== -1 && end < start; end = text.indexOf('\n', end + 1)) line += 1
    result += text.slice(from, start) + ' '.repeat(blanks)
    addedBlanks.set(line, blanks)
    from = start
  }
  return { text: result + text.slice(from), addedBlanks }
}
