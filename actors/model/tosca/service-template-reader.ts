/** From the text of a service template to the template, with everything that is wrong or odd about it. */
import { conceptName, conceptVersion } from '../../../participants/protocol/concept.ts'
import type { Finding } from '../descriptor.ts'
import { formatPath, type Path } from '../json-path.ts'
import { entriesOf, textOf, type Cursor, type Reading } from '../reading.ts'
import type { YamlDocument } from '../yaml-document.ts'
import { describeNode } from '../yaml-node.ts'
import { checkConceptName, completedVersion } from './concept-names.ts'
import { definitionReading, type DefinitionReading } from './definition-reading.ts'
import { checkExport } from './export-size.ts'
import { reservedKeys, textAt } from './json-values.ts'
import { readMetadata } from './property-definitions.ts'
import { TYPE_SECTIONS, type ServiceTemplate, type TypeSection } from './service-template.ts'
import { checkedTemplate } from './template-checks.ts'
import { readTopology } from './topology-reader.ts'
import { keptOf, toscaFields } from './tosca-fields.ts'
import { createToscaReading, hasErrors, inTextOrder, type Locate } from './tosca-reading.ts'
import { readToscaText, type ToscaFormat } from './tosca-text.ts'
import { isToscaVersion, TOSCA_VERSIONS, toscaVersionHint } from './tosca-versions.ts'
import { readTypes } from './type-reader.ts'

const DEFAULT_NAME = 'tosca'
const DEFAULT_VERSION = '1.0.0'

const KEPT_KEYS = ['namespace', 'repositories', 'imports', 'artifact_types', 'interface_types', 'group_types'] as const
const KEYS = [
  'tosca_definitions_version',
  'name',
  'version',
  'description',
  'metadata',
  'dsl_definitions',
  'template_name',
  'template_version',
  'template_author',
  ...TYPE_SECTIONS,
  'topology_template',
  ...KEPT_KEYS,
] as const
type Fields = Readonly<Partial<Record<(typeof KEYS)[number], Cursor>>>

export interface ServiceTemplateReadOptions {
  /** Named in the findings. */
  readonly file?: string
  /** `json`: a text that is YAML but not JSON is refused. Default `yaml`, which reads both. */
  readonly format?: ToscaFormat
}

export interface ServiceTemplateReading {
  /** Absent if there is an error among the findings. */
  readonly template?: ServiceTemplate
  readonly findings: readonly Finding[]
  /** Where in the text something of the template stands; absent if the text is no YAML. */
  readonly locate?: Locate
}

/** Reads one service template. Never throws. */
export function readServiceTemplate(text: string, options: ServiceTemplateReadOptions = {}): ServiceTemplateReading {
  const { document, findings } = readToscaText(text, options.file, options.format ?? 'yaml')
  if (document === undefined) return { findings }
  const sourcePath = (path: Path): Path => pathInText(document, path)
  const locate: Locate = (path, what) => ({
    path: formatPath(sourcePath(path)),
    ...(document.file === undefined ? {} : { file: document.file }),
    ...document.place(sourcePath(path), what),
  })
  const reading = createToscaReading(locate)
  const read = readRoot(reading, document)
  const asWritten = (path: Path) => textAt(document.root, sourcePath(path))
  const template = read === undefined ? undefined : checkedTemplate(read, reading, asWritten)
  if (template !== undefined && !hasErrors(reading.findings)) checkExport(template, reading)
  const failed = template === undefined || hasErrors(reading.findings)
  return { ...(failed ? {} : { template }), findings: inTextOrder(reading.findings), locate }
}

/** Policies are a list once they are read; in the text they may be a map. */
function pathInText({ root }: YamlDocument, path: Path): Path {
  const [section, part, index, ...rest] = path
  if (section !== 'topology_template' || part !== 'policies' || typeof index !== 'number') return path
  const topology = root.kind === 'map' ? root.entries.get('topology_template')?.node : undefined
  const policies = topology?.kind === 'map' ? topology.entries.get('policies')?.node : undefined
  return policies?.kind === 'map' ? [section, part, ...rest] : path
}

function readRoot(reading: Reading, { root }: YamlDocument): ServiceTemplate | undefined {
  if (root.kind !== 'map') {
    reading.error([], { code: 'wrong-type', message: `a service template is a map, but here is ${describeNode(root)}` })
    return undefined
  }
  const version = readToscaVersion(reading, root.entries.get('tosca_definitions_version')?.node)
  // What isn't TOSCA at all would only give findings that mislead.
  if (version === undefined) return undefined
  for (const path of reservedKeys(root)) {
    reading.error(path, {
      code: 'reserved-key',
      message: `the key '${String(path.at(-1))}' can't be used`,
      atKey: true,
    })
  }
  const definitions = definitionReading(reading, root)
  const fields: Fields = toscaFields(reading, { node: root, path: [] }, 'a service template', KEYS)
  const description = textOf(reading, fields.description, `'description'`)
  if (fields.imports !== undefined) {
    const message = 'imports are not followed: what they declare is not known here'
    reading.warning(['imports'], { code: 'imports', message, hint: 'put all types into one file', atKey: true })
  }
  return {
    tosca_definitions_version: version,
    ...readIdentity(reading, fields),
    ...(description === undefined ? {} : { description }),
    ...readMetadata(reading, fields.metadata),
    ...readSections(definitions, fields),
    topology_template: readTopology(definitions, fields.topology_template),
    ...keptOf(fields, KEPT_KEYS),
  }
}

function readToscaVersion(reading: Reading, node: Cursor['node'] | undefined): string | undefined {
  const path = ['tosca_definitions_version']
  const written = node === undefined ? undefined : textOf(reading, { node, path }, `'tosca_definitions_version'`)
  if (written !== undefined && isToscaVersion(written)) return written
  if (written === undefined) {
    const message = `'tosca_definitions_version' is missing: this isn't known to be TOSCA`
    reading.error([], { code: 'no-tosca-version', message, hint: `one of ${TOSCA_VERSIONS.join(', ')}` })
  } else {
    const message = `'${written.slice(0, 60)}' is no version of TOSCA that is read here`
    reading.error(path, { code: 'unknown-tosca-version', message, hint: toscaVersionHint(written) })
  }
  return undefined
}

const readSections = (reading: DefinitionReading, fields: Fields): Pick<ServiceTemplate, TypeSection> => ({
  data_types: readTypes(reading, fields.data_types, 'data_types'),
  capability_types: readTypes(reading, fields.capability_types, 'capability_types'),
  relationship_types: readTypes(reading, fields.relationship_types, 'relationship_types'),
  node_types: readTypes(reading, fields.node_types, 'node_types'),
  policy_types: readTypes(reading, fields.policy_types, 'policy_types'),
})

/** ONAP's `name` and `version`, or TOSCA's `template_name` and `template_version` (in `metadata`, as of 1.0 at the top). */
function readIdentity(reading: Reading, fields: Fields): { name: string; version: string } {
  const metadata = new Map(fields.metadata?.node.kind === 'map' ? entriesOf(reading, fields.metadata, '') : [])
  const name = textOf(reading, fields.name, `'name'`)
  if (name !== undefined && fields.name !== undefined) checkConceptName(reading, fields.name, name, 'the template')
  const version = completedVersion(reading, fields.version)
  return {
    name: name ?? normativeText(reading, metadata.get('template_name') ?? fields.template_name, isName) ?? DEFAULT_NAME,
    version:
      version ??
      normativeText(reading, metadata.get('template_version') ?? fields.template_version, isVersion) ??
      DEFAULT_VERSION,
  }
}

const isName = (text: string): boolean => conceptName.safeParse(text).success
const isVersion = (text: string): boolean => conceptVersion.safeParse(text).success

/** TOSCA allows any text there; what can't be a name or a version here is passed over. */
function normativeText(
  reading: Reading,
  cursor: Cursor | undefined,
  fits: (text: string) => boolean,
): string | undefined {
  const text = textOf(reading, cursor, 'it')
  if (cursor === undefined || text === undefined || fits(text)) return text
  const message = `'${text.slice(0, 40)}' can't be used here: the default is taken`
  reading.warning(cursor.path, { code: 'wrong-name', message, hint: `give 'name' and 'version' at the top` })
  return undefined
}
