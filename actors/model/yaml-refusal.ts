import type { Path } from './json-path.ts'

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
