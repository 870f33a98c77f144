/** Findings repeat names and paths of the document, which may be as long as the document itself. */
import type { Finding } from './descriptor.ts'

const CHARS_MAX = 600
/** Of a text that is cut: what comes after a long name says what is wrong with it. */
const END_CHARS = 150

export function shortFinding(finding: Finding): Finding {
  const { message, hint, path } = finding
  return {
    ...finding,
    message: shortText(message),
    ...(hint === undefined ? {} : { hint: shortText(hint) }),
    path: shortText(path),
  }
}

const shortText = (text: string): string =>
  text.length > CHARS_MAX ? `${text.slice(0, CHARS_MAX - END_CHARS)}…${text.slice(-END_CHARS)}` : text
