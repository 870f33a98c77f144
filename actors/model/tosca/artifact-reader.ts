/** The artifacts of node templates: embedded in the template, or referenced by it. */
import { entriesOf, isNull, recordOf, textOf, type Cursor, type Reading } from '../reading.ts'
import { jsonOf } from './json-values.ts'
import { readMetadata } from './property-definitions.ts'
import type { Artifact } from './service-template.ts'
import { toscaFields } from './tosca-fields.ts'

const TEXT_KEYS = [
  'type',
  'file',
  'repository',
  'description',
  'deploy_path',
  'artifact_version',
  'checksum',
  'checksum_algorithm',
] as const
/** `content` is this project's word for what is embedded: TOSCA itself only knows references. */
const KEYS = [...TEXT_KEYS, 'content', 'metadata', 'properties'] as const

export function readArtifacts(reading: Reading, cursor: Cursor | undefined): Record<string, Artifact> {
  return recordOf(
    entriesOf(reading, cursor, `'artifacts'`).map(([name, artifact]) => [name, readArtifact(reading, artifact, name)]),
  )
}

function readArtifact(reading: Reading, cursor: Cursor, name: string): Artifact {
  // `name: path/to/file` is the short form.
  if (cursor.node.kind === 'scalar' && !isNull(cursor)) return { file: cursor.node.text }
  const what = `the artifact '${name}'`
  const fields = toscaFields(reading, cursor, what, KEYS)
  const texts = TEXT_KEYS.flatMap((key) => {
    const text = textOf(reading, fields[key], `'${key}'`)
    return text === undefined ? [] : [[key, text] as const]
  })
  const content = fields.content === undefined || isNull(fields.content) ? undefined : jsonOf(fields.content.node)
  const isReferenced = texts.some(([key]) => key === 'file')
  if (content === undefined && !isReferenced) {
    const message = `${what} is neither embedded nor referenced`
    reading.error(cursor.path, { code: 'no-artifact', message, hint: `give it 'content' or a 'file'`, atKey: true })
  }
  if (content !== undefined && isReferenced) {
    const message = `${what} is both embedded and referenced: its content counts`
    reading.warning(cursor.path, { code: 'contradiction', message, hint: `leave 'content' or 'file' out`, atKey: true })
  }
  const properties = entriesOf(reading, fields.properties, `the properties of ${what}`)
  return {
    ...recordOf(texts),
    ...(content === undefined ? {} : { content }),
    ...readMetadata(reading, fields.metadata),
    ...(properties.length === 0
      ? {}
      : { properties: recordOf(properties.map(([key, value]) => [key, jsonOf(value.node)])) }),
  }
}
