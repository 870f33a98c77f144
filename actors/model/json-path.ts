/** Places in a document, as people read them: `$.composition.streamer.properties["odd name"].value`, `$.list[0]`. */

/** From the top of the document: keys of maps and 0-based positions in lists. */
export type Path = readonly (string | number)[]

const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]*$/

export function formatPath(path: Path): string {
  let text = '$'
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else text += PLAIN.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
  }
  return text
}

/** The opposite of `formatPath`. Reads as far as it understands the text. */
export function parsePath(text: string): Path {
  const steps: (string | number)[] = []
  let at = text.startsWith('$') ? 1 : 0
  while (at < text.length) {
    if (text[at] === '.') {
      let end = at + 1
      while (end < text.length && text[end] !== '.' && text[end] !== '[') end += 1
      steps.push(text.slice(at + 1, end))
      at = end
    } else if (text[at] === '[') {
      const end = text[at + 1] === '"' ? endOfQuoted(text, at + 1) : text.indexOf(']', at)
      if (end === -1 || text[end] !== ']') return steps
      const step: unknown = parseStep(text.slice(at + 1, end))
      if (typeof step !== 'string' && typeof step !== 'number') return steps
      steps.push(step)
      at = end + 1
    } else return steps
  }
  return steps
}

function endOfQuoted(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at + 1
  }
  return -1
}

function parseStep(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
