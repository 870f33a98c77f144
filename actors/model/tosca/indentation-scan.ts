/** Finds the quotes and brackets of a YAML text, and the lines in them that are indented too little. No more of YAML than that. */

export interface UnderindentedLine {
  /** Offset of its first character. */
  readonly start: number
  /** Blanks that it lacks. */
  readonly blanks: number
}

interface Scan {
  readonly text: string
  at: number
  lineStart: number
  /** Where the map or list starts whose value is being read: all of the value has to stand further right. */
  parentColumn: number
  /** Where the value or key starts that is being read. */
  nodeColumn: number
  /** Brackets that are open. */
  depth: number
  /** What comes next is the start of a value or key, in which quotes are quotes. */
  isNodeStart: boolean
  /** A text without quotes is being read. It may go on in the next line. */
  isPlain: boolean
  isAfterQuoted: boolean
  readonly found: UnderindentedLine[]
}

export function underindentedLines(text: string): readonly UnderindentedLine[] {
  const scan: Scan = {
    text,
    at: 0,
    lineStart: 0,
    parentColumn: -1,
    nodeColumn: 0,
    depth: 0,
    isNodeStart: true,
    isPlain: false,
    isAfterQuoted: false,
    found: [],
  }
  while (scan.at < text.length) {
    startLine(scan)
    while (scan.at < text.length && text[scan.at] !== '\n') readToken(scan)
    scan.at += 1
  }
  return scan.found
}

function startLine(scan: Scan): void {
  const { text } = scan
  scan.lineStart = scan.at
  while (text[scan.at] === ' ') scan.at += 1
  const indent = scan.at - scan.lineStart
  if (isBlank(text[scan.at])) return
  if (scan.depth > 0) {
    checkIndent(scan, scan.lineStart)
    scan.isNodeStart &&= !scan.isPlain
    return
  }
  if (isMarker(text, scan.lineStart)) {
    scan.at += 3
    scan.isPlain = false
  }
  // A text without quotes goes on as long as it stands further right.
  if (scan.isPlain && indent > scan.parentColumn) return
  scan.nodeColumn = indent
  scan.parentColumn = indent - 1
  startNode(scan)
}

function startNode(scan: Scan): void {
  scan.isNodeStart = true
  scan.isPlain = false
  scan.isAfterQuoted = false
}

function readToken(scan: Scan): void {
  const { text, isNodeStart, depth } = scan
  const char = text[scan.at] ?? ''
  const next = text[scan.at + 1]
  if (char === ' ' || char === '\t' || char === '\r') scan.at += 1
  else if (char === '#' && /\s/.test(text[scan.at - 1] ?? ' ')) {
    scan.at = endOfLine(text, scan.at)
    scan.isPlain = false
  } else if (isNodeStart && (char === '"' || char === "'")) readQuoted(scan, char)
  else if ((isNodeStart || depth > 0) && (char === '{' || char === '[')) {
    scan.depth += 1
    scan.at += 1
    startNode(scan)
  } else if (depth > 0 && (char === '}' || char === ']' || char === ',')) {
    if (char !== ',') scan.depth -= 1
    scan.at += 1
    startNode(scan)
    scan.isNodeStart = char === ','
  } else if (isNodeStart && depth === 0 && (char === '-' || char === '?') && isBlank(next)) {
    scan.parentColumn = scan.at - scan.lineStart
    do scan.at += 1
    while (text[scan.at] === ' ')
    scan.nodeColumn = scan.at - scan.lineStart
  } else if (char === ':' && (isBlank(next) || (depth > 0 && (scan.isAfterQuoted || ',[]{}'.includes(next ?? ' '))))) {
    // What came before was a key.
    if (depth === 0) scan.parentColumn = scan.nodeColumn
    scan.at += 1
    startNode(scan)
  } else if (isNodeStart && depth === 0 && (char === '|' || char === '>')) skipBlock(scan)
  else if (isNodeStart && (char === '!' || char === '&' || char === '*')) {
    while (!isBlank(text[scan.at]) && (depth === 0 || !',[]{}'.includes(text[scan.at] ?? ''))) scan.at += 1
  } else {
    scan.isNodeStart = false
    scan.isPlain = true
    scan.isAfterQuoted = false
    scan.at += 1
  }
}

const isBlank = (char: string | undefined): boolean =>
  char === undefined || char === ' ' || char === '\n' || char === '\r' || char === '\t'

/** `---` or `...` */
const isMarker = (text: string, at: number): boolean =>
  (text.startsWith('---', at) || text.startsWith('...', at)) && isBlank(text[at + 3])

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}

function readQuoted(scan: Scan, quote: string): void {
  const { text } = scan
  scan.isNodeStart = false
  scan.isAfterQuoted = true
  for (let at = scan.at + 1; at < text.length; at += 1) {
    const char = text[at]
    if (char === '\\' && quote === '"') at += text[at + 1] === '\n' ? 0 : 1
    else if (char === '\n') checkIndent(scan, at + 1)
    else if (char === quote) {
      if (quote === '"' || text[at + 1] !== "'") {
        scan.at = at + 1
        return
      }
      at += 1
    }
  }
  scan.at = text.length
}

/** Sees to it that a line of a node stands further right than its parent. Blank lines and `---` stay as they are. */
function checkIndent({ text, parentColumn, found }: Scan, lineStart: number): void {
  let at = lineStart
  while (text[at] === ' ') at += 1
  const char = text[at]
  if (char === undefined || char === '\n' || char === '\r' || isMarker(text, lineStart)) return
  const blanks = parentColumn + 1 - (at - lineStart)
  if (blanks > 0) found.push({ start: lineStart, blanks })
}

/** To the end of `|` or `>`: past the lines that are blank, or indented as the first that isn't. */
function skipBlock(scan: Scan): void {
  const { text, parentColumn } = scan
  const header = text.slice(scan.at, endOfLine(text, scan.at)).split('#', 1)[0] ?? ''
  const given = /[1-9]/.exec(header)
  let wanted = given === null ? undefined : Math.max(0, parentColumn) + Number(given[0])
  scan.at = endOfLine(text, scan.at)
  while (scan.at < text.length) {
    const lineStart = scan.at + 1
    let content = lineStart
    while (text[content] === ' ') content += 1
    if (text[content] !== '\n' && text[content] !== '\r' && text[content] !== undefined) {
      wanted ??= content - lineStart
      if (wanted <= parentColumn || content - lineStart < wanted) return
    }
    scan.at = endOfLine(text, lineStart)
  }
}
