/** The text of a service template, YAML or JSON, as a document whose places are those of the text as it was given. */
import type { Finding } from '../descriptor.ts'
import type { Path } from '../json-path.ts'
import { readYaml, YAML_LIMITS, type Place, type YamlDocument, type YamlReading } from '../yaml-document.ts'
import type { YamlLimits } from '../yaml-limits.ts'
import { reindented } from './indentation.ts'

export type ToscaFormat = 'yaml' | 'json'

/** The largest template that ONAP ships has 180 kB and 2,800 values: nearly all of it is the code of one policy. */
export const TOSCA_LIMITS: YamlLimits = {
  ...YAML_LIMITS,
  bytesMax: 512 * 1024,
  depthMax: 60,
  piecesMax: 240_000,
  valuesMax: 20_000,
  charsMax: 1024 * 1024,
}

/** Never throws. */
export function readToscaText(text: string, file: string | undefined, format: ToscaFormat): YamlReading {
  // JSON is YAML to its last corner that matters here, and so it is read within limits, and with its places.
  return format === 'json' ? readJson(text, file) : readIndented(text, file)
}

function readJson(text: string, file: string | undefined): YamlReading {
  const reading = readYaml(text, file, TOSCA_LIMITS)
  const fault = reading.document === undefined ? undefined : jsonFault(text, file)
  return fault === undefined ? reading : { findings: [fault] }
}

/** Also where the text as it is could be read: the parser overlooks lines too far left behind an escaped quote, and gives a value without them. */
function readIndented(text: string, file: string | undefined): YamlReading {
  const isSmall = text.length <= TOSCA_LIMITS.bytesMax
  const { text: indented, addedBlanks } = isSmall ? reindented(text) : { text, addedBlanks: new Map<number, number>() }
  if (addedBlanks.size === 0) return readYaml(text, file, TOSCA_LIMITS)
  const { document, findings } = readYaml(indented, file, TOSCA_LIMITS)
  const original = ({ line, column }: Place): Place => ({
    line,
    column: Math.max(1, column - (addedBlanks.get(line) ?? 0)),
  })
  if (document !== undefined) return { document: withPlaces(document, original), findings: [] }
  const asGiven = readYaml(text, file, TOSCA_LIMITS)
  const isFurther = (findings[0]?.line ?? 0) > (asGiven.findings[0]?.line ?? 0)
  const isRight = asGiven.document === undefined && (isFurther || findings[0]?.code !== 'yaml-syntax')
  return isRight ? { findings: findings.map((finding) => movedTo(original, finding)) } : asGiven
}

const withPlaces = (document: YamlDocument, original: (place: Place) => Place): YamlDocument => ({
  ...document,
  place: (path: Path, what) => original(document.place(path, what)),
})

function movedTo(original: (place: Place) => Place, finding: Finding): Finding {
  const { line, column } = finding
  return line === undefined || column === undefined ? finding : { ...finding, ...original({ line, column }) }
}

/** What makes the text YAML but not JSON. */
function jsonFault(text: string, file: string | undefined): Finding | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const at = /position (\d+)/.exec(message)?.[1]
    const before = text.slice(0, at === undefined ? text.length : Number(at))
    return {
      severity: 'error',
      code: 'json-syntax',
      message: `the text isn't JSON: ${message.slice(0, 200)}`,
      path: '$',
      ...(file === undefined ? {} : { file }),
      line: before.split('\n').length,
      column: before.length - before.lastIndexOf('\n'),
    }
  }
}
