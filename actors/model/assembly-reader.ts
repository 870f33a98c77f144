/** The sections of an assembly descriptor. */
import type {
  AssemblyDescriptor,
  ClusterDefinition,
  Component,
  Endpoint,
  Reference,
  ScalePolicy,
} from './descriptor.ts'
import { componentNameFault, isNameFault, parseDescriptorName } from './descriptor-name.ts'
import { numberIn, readNumber, readProperties, readValueText } from './property-reader.ts'
import { readEndpoint, readRelationship } from './relationship-reader.ts'
import { entriesOf, fieldsOf, itemsOf, recordOf, textOf, type Cursor, type Reading } from './reading.ts'

/** Members of one component, and the highest number that a descriptor may say. */
export const QUANTITY_MAX = 1000
const SMOOTHING = { min: 1, max: 1000, integer: true }
const THRESHOLD = { min: -1e9, max: 1e9, integer: false }

const KEYS = [
  'name',
  'description',
  'derived-from',
  'properties',
  'capabilities',
  'requirements',
  'composition',
  'references',
  'relationships',
  'operations',
  'metrics',
  'policies',
  'designerLayout',
] as const

export function readAssembly(reading: Reading, cursor: Cursor, name: string): AssemblyDescriptor {
  const fields = fieldsOf(reading, cursor, 'an assembly descriptor', KEYS)
  for (const section of ['capabilities', 'requirements'] as const) {
    for (const [, entry] of entriesOf(reading, fields[section], `'${section}'`)) {
      textOf(reading, fieldsOf(reading, entry, `an entry of '${section}'`, ['type', 'description']).type, `'type'`)
    }
  }
  const derivedFrom = readDerivedFrom(reading, fields['derived-from'])
  const composition = named(reading, fields.composition, 'composition', readComponent)
  const references = named(reading, fields.references, 'references', readReference)
  for (const [reference, at] of entriesOf(reading, fields.references, `'references'`)) {
    if (!Object.hasOwn(composition, reference)) continue
    const message = `'${reference}' is a component and a reference: expressions can't tell them apart`
    reading.error(at.path, { code: 'duplicate-name', message, atKey: true })
  }
  const metrics = named(reading, fields.metrics, 'metrics', (owner, entry) => promoted(owner, entry, 'source-metric'))
  return {
    kind: 'assembly',
    name,
    description: textOf(reading, fields.description, `'description'`) ?? '',
    ...(derivedFrom === undefined ? {} : { derivedFrom }),
    properties: readProperties(reading, fields.properties),
    composition,
    references,
    relationships: named(reading, fields.relationships, 'relationships', readRelationship),
    operations: named(reading, fields.operations, 'operations', (owner, entry) =>
      promoted(owner, entry, 'source-operation'),
    ),
    metrics,
    policies: named(reading, fields.policies, 'policies', (owner, entry) => readScalePolicy(owner, entry, metrics)),
  }
}

/** The entries of a section, without those that couldn't be read. */
function named<Value>(
  reading: Reading,
  cursor: Cursor | undefined,
  section: string,
  read: (reading: Reading, cursor: Cursor) => Value | undefined,
): Readonly<Record<string, Value>> {
  return recordOf(
    entriesOf(reading, cursor, `'${section}'`).flatMap(([name, entry]) => {
      const fault = componentNameFault(name)
      if (fault !== undefined) {
        reading.error(entry.path, {
          code: 'bad-name',
          message: `the name '${name}' in ${section} ${fault}`,
          atKey: true,
        })
      }
      const value = read(reading, entry)
      return value === undefined || fault !== undefined ? [] : [[name, value] as const]
    }),
  )
}

function readDerivedFrom(reading: Reading, cursor: Cursor | undefined): string | undefined {
  const text = textOf(reading, cursor, `'derived-from'`)
  if (cursor === undefined || text === undefined) return undefined
  const name = parseDescriptorName(text)
  if (isNameFault(name)) reading.error(cursor.path, { code: 'bad-name', message: name.fault, hint: name.hint })
  return text
}

/** The name of the type that a component or reference has; errors about it are found here. */
function readTypeName(reading: Reading, owner: Cursor, cursor: Cursor | undefined, ranges: boolean): string {
  const text = textOf(reading, cursor, `'type'`)
  if (cursor === undefined || text === undefined) {
    const hint = `for instance type: resource::router::1.0`
    reading.error(owner.path, { code: 'missing-key', message: `'type' is missing`, hint, atKey: true })
    return ''
  }
  const name = parseDescriptorName(text, ranges)
  if (isNameFault(name)) reading.error(cursor.path, { code: 'bad-name', message: name.fault, hint: name.hint })
  return text
}

function readComponent(reading: Reading, cursor: Cursor): Component {
  const fields = fieldsOf(reading, cursor, 'a component', ['type', 'quantity', 'cluster', 'properties', 'description'])
  const type = readTypeName(reading, cursor, fields.type, false)
  const cluster = fields.cluster === undefined ? undefined : readCluster(reading, fields.cluster)
  if (cluster !== undefined && fields.quantity !== undefined) {
    const message = `'quantity' is ignored where there is a 'cluster'`
    reading.warning(fields.quantity.path, { code: 'ignored-key', message, hint: `use 'initial-quantity'`, atKey: true })
  }
  const bounds = { min: 0, max: QUANTITY_MAX, integer: true }
  return {
    type,
    quantity: readNumber(reading, fields.quantity, `'quantity'`, bounds) ?? '1',
    ...(cluster === undefined ? {} : { cluster }),
    properties: readProperties(reading, fields.properties),
  }
}

const CLUSTER_KEYS = ['initial-quantity', 'minimum-nodes', 'maximum-nodes', 'scaling-increment'] as const

function readCluster(reading: Reading, cursor: Cursor): ClusterDefinition {
  const fields = fieldsOf(reading, cursor, 'a cluster', CLUSTER_KEYS)
  const read = (key: (typeof CLUSTER_KEYS)[number], min: number) =>
    readNumber(reading, fields[key], `'${key}'`, { min, max: QUANTITY_MAX, integer: true })
  const initialQuantity = read('initial-quantity', 0)
  const minimumNodes = read('minimum-nodes', 0) ?? '1'
  const maximumNodes = read('maximum-nodes', 0)
  const [initial, min, max] = [initialQuantity, minimumNodes, maximumNodes].map(numberIn)
  const wrong = (key: (typeof CLUSTER_KEYS)[number], message: string): void =>
    reading.error(fields[key]?.path ?? cursor.path, { code: 'out-of-range', message })
  if (min !== undefined && max !== undefined && max < min) {
    wrong('maximum-nodes', `'maximum-nodes' (${max}) is less than 'minimum-nodes' (${min})`)
  } else if (initial !== undefined && min !== undefined && initial < min) {
    wrong('initial-quantity', `'initial-quantity' (${initial}) is less than 'minimum-nodes' (${min})`)
  } else if (initial !== undefined && max !== undefined && initial > max) {
    wrong('initial-quantity', `'initial-quantity' (${initial}) is more than 'maximum-nodes' (${max})`)
  }
  return {
    ...(initialQuantity === undefined ? {} : { initialQuantity }),
    minimumNodes,
    ...(maximumNodes === undefined ? {} : { maximumNodes }),
    scalingIncrement: read('scaling-increment', 1) ?? '1',
  }
}

function readReference(reading: Reading, cursor: Cursor): Reference {
  const fields = fieldsOf(reading, cursor, 'a reference', ['type', 'properties', 'description'])
  return {
    type: readTypeName(reading, cursor, fields.type, true),
    properties: readProperties(reading, fields.properties),
  }
}

/** An operation or metric of a child, offered as the assembly's own. */
function promoted(reading: Reading, cursor: Cursor, key: 'source-operation' | 'source-metric'): Endpoint | undefined {
  const fields = fieldsOf(reading, cursor, 'a promotion', [key, 'type', 'description', 'properties'])
  if (fields[key] === undefined) {
    const hint = `for instance ${key}: component.name`
    reading.error(cursor.path, { code: 'missing-key', message: `'${key}' is missing`, hint, atKey: true })
  }
  readProperties(reading, fields.properties)
  return readEndpoint(reading, fields[key], `'${key}'`, true)
}

function readScalePolicy(
  reading: Reading,
  cursor: Cursor,
  metrics: Readonly<Record<string, Endpoint>>,
): ScalePolicy | undefined {
  const fields = fieldsOf(reading, cursor, 'a policy', ['type', 'metric', 'target', 'properties', 'description'])
  const type = textOf(reading, fields.type, `'type'`)
  if (type !== 'policy::scale') {
    const message = `a policy of an assembly has the type 'policy::scale'${type === undefined ? '' : `, not '${type}'`}`
    reading.error((fields.type ?? cursor).path, { code: 'value-not-allowed', message })
  }
  for (const key of ['metric', 'target'] as const) {
    if (fields[key] !== undefined) continue
    reading.error(cursor.path, { code: 'missing-key', message: `the policy needs '${key}'`, atKey: true })
  }
  const values = fieldsOf(reading, fields.properties, `the policy's properties`, [
    'scaleOut_threshold',
    'scaleIn_threshold',
    'smoothing',
  ])
  const out = readNumber(reading, values.scaleOut_threshold, `'scaleOut_threshold'`, THRESHOLD)
  const into = readNumber(reading, values.scaleIn_threshold, `'scaleIn_threshold'`, THRESHOLD)
  if (values.scaleOut_threshold === undefined && values.scaleIn_threshold === undefined) {
    const hint = `give 'scaleOut_threshold', 'scaleIn_threshold' or both`
    reading.warning(cursor.path, {
      code: 'no-effect',
      message: 'a scale policy without a threshold',
      hint,
      atKey: true,
    })
  }
  const [high, low] = [numberIn(out), numberIn(into)]
  if (high !== undefined && low !== undefined && low >= high && values.scaleIn_threshold !== undefined) {
    const message = `'scaleIn_threshold' (${low}) must be less than 'scaleOut_threshold' (${high})`
    reading.error(values.scaleIn_threshold.path, { code: 'out-of-range', message })
  }
  const metric = readPolicyMetric(reading, fields.metric, metrics)
  const target = readValueText(reading, fields.target, `'target'`)
  if (metric === undefined || target === undefined) return undefined
  return {
    metric,
    target,
    ...(out === undefined ? {} : { scaleOutThreshold: out }),
    ...(into === undefined ? {} : { scaleInThreshold: into }),
    smoothing: readNumber(reading, values.smoothing, `'smoothing'`, SMOOTHING) ?? '1',
  }
}

/** `component.metric`, or the name of one of the assembly's own promoted metrics. */
function readPolicyMetric(
  reading: Reading,
  cursor: Cursor | undefined,
  metrics: Readonly<Record<string, Endpoint>>,
): Endpoint | undefined {
  const [item] = itemsOf(reading, cursor, `'metric'`)
  const text = item?.node.kind === 'scalar' ? item.node.text : ''
  const own = Object.hasOwn(metrics, text) ? metrics[text] : undefined
  return own ?? readEndpoint(reading, item, `'metric'`, true)
}
