/** A log of bounded size. */
import { appendFileSync } from 'node:fs'

const BYTES_MAX = 20_000_000

export const openLogFile = (path: string): ((line: string) => void) => {
  let written = 0
  return (line) => {
    if (written > BYTES_MAX) return
    const text = `${new Date().toISOString()} ${line}\n`
    written += text.length
    appendFileSync(path, text)
  }
}
