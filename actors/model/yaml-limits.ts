/** How much of a YAML document is read, and the refusal of more. */
import type { Path } from './json-path.ts'

export interface YamlLimits {
  /** UTF-8 bytes of the text. More: `too-large`. */
  readonly bytesMax: number
  /** Maps and lists inside each other. More: `too-deep`. */
  readonly depthMax: number
  /** Pieces of the text, blanks and line ends included. More: `too-many-values`. */
  readonly piecesMax: number
  /** Values, those behind aliases counted each time. More: `too-many-values`. */
  readonly valuesMax: number
  /** Characters of texts and keys, those behind aliases counted each time. More, and more than `bytesMax`: `too-large`. */
  readonly charsMax: number
}

export const YAML_LIMITS: YamlLimits = {
  bytesMax: 256 * 1024,
  depthMax: 40,
  piecesMax: 120_000,
  valuesMax: 10_000,
  charsMax: 512 * 1024,
}

/** Thrown inside the reading of one document, and made a finding there. */
export class YamlRefusal extends Error {
  readonly code: string
  readonly offset: number
  readonly path: Path
  readonly hint: string | undefined
  constructor(code: string, offset: number, path: Path, message: string, hint?: string) {
    super(message)
    this.name = 'YamlRefusal'
    this.code = code
    this.offset = offset
    this.path = path
    this.hint = hint
  }
}
