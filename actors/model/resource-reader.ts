/** The sections of a resource descriptor. */
import type { DriverSelectors } from '../../drivers/protocol.ts'
import {
  LIFECYCLE_NAMES,
  type HealPolicy,
  type LifecycleName,
  type MetricDefinition,
  type OperationDefinition,
  type PropertyDefinition,
  type ResourceDescriptor,
  type TransitionDefinition,
} from './descriptor.ts'
import { readNumber, readProperties } from './property-reader.ts'
import { nearestHint } from './spelling.ts'
import { entriesOf, fieldsOf, itemsOf, recordOf, textOf, type Cursor, type Reading } from './reading.ts'

const KEYS = [
  'name',
  'description',
  'properties',
  'private-properties',
  'capabilities',
  'requirements',
  'infrastructure',
  'lifecycle',
  'default-driver',
  'operations',
  'metrics',
  'policies',
  'queries',
  'resource-manager-type',
  'designerLayout',
] as const

const METRIC_TYPES = ['metric::integrity', 'metric::load'] as const
const DEFAULT_PERIOD_S = '60'
const PERIOD = { min: 0, max: 86_400, integer: false }
const SMOOTHING = { min: 1, max: 1000, integer: true }
const NOTHING_SAID: TransitionDefinition = { drivers: {}, properties: {} }

export function readResource(reading: Reading, cursor: Cursor, name: string): ResourceDescriptor {
  const fields = fieldsOf(reading, cursor, 'a resource descriptor', KEYS)
  const infrastructure = readInfrastructure(reading, fields.infrastructure)
  const findReference = fields.queries === undefined ? infrastructure.discovers : readQueries(reading, fields.queries)
  const metrics = readMetrics(reading, fields.metrics)
  return {
    kind: 'resource',
    name,
    description: textOf(reading, fields.description, `'description'`) ?? '',
    properties: readProperties(reading, fields.properties),
    privateProperties: readProperties(reading, fields['private-properties']),
    infrastructure: infrastructure.types,
    lifecycle: readLifecycle(reading, fields.lifecycle),
    defaultDrivers: readDrivers(reading, fields['default-driver']).drivers,
    operations: readOperations(reading, fields.operations),
    metrics,
    policies: readPolicies(reading, fields.policies, metrics),
    ...(findReference === undefined ? {} : { findReference }),
  }
}

/** Infrastructure type → nothing, or in the old form its templates; a `discover` there makes it findable. */
function readInfrastructure(
  reading: Reading,
  cursor: Cursor | undefined,
): { types: readonly string[]; discovers: TransitionDefinition | undefined } {
  if (cursor?.node.kind === 'list') {
    const types = itemsOf(reading, cursor, `'infrastructure'`).flatMap((item) => textOf(reading, item, 'a type') ?? [])
    return { types, discovers: undefined }
  }
  let discovers: TransitionDefinition | undefined
  const types = entriesOf(reading, cursor, `'infrastructure'`).map(([type, entry]) => {
    const fields = fieldsOf(reading, entry, 'an infrastructure type', ['template', 'discover', 'selector'])
    for (const template of [fields.template, fields.discover]) readTemplate(reading, template)
    if (fields.discover !== undefined) discovers = NOTHING_SAID
    return type
  })
  return { types, discovers }
}

/** Which file of the package it is: the drivers' business, so only its form is looked at. */
function readTemplate(reading: Reading, cursor: Cursor | undefined): void {
  const aliases = { 'template-type': 'template_type' }
  const fields = fieldsOf(reading, cursor, 'a template', ['file', 'template_type'], { aliases })
  textOf(reading, fields.file, `'file'`)
  textOf(reading, fields.template_type, `'template_type'`)
}

function readLifecycle(reading: Reading, cursor: Cursor | undefined): ResourceDescriptor['lifecycle'] {
  const entries =
    cursor?.node.kind === 'list'
      ? itemsOf(reading, cursor, `'lifecycle'`).flatMap((item) => {
          const name = textOf(reading, item, 'a transition')
          return name === undefined ? [] : [{ name, where: item, definition: NOTHING_SAID }]
        })
      : entriesOf(reading, cursor, `'lifecycle'`).map(([name, entry]) => ({
          name,
          where: entry,
          definition: readTransition(reading, entry, 'a transition'),
        }))
  const lifecycle: Partial<Record<LifecycleName, TransitionDefinition>> = {}
  for (const { name, where, definition } of entries) {
    const known = LIFECYCLE_NAMES.find((one) => one === name)
    if (known === undefined) {
      const hint = nearestHint(name, LIFECYCLE_NAMES) ?? `known: ${LIFECYCLE_NAMES.join(', ')}`
      const message = `unknown transition '${name}': it is ignored`
      reading.warning(where.path, { code: 'unknown-key', message, hint, atKey: true })
    } else lifecycle[known] = definition
  }
  return lifecycle
}

function readTransition(reading: Reading, cursor: Cursor, what: string): TransitionDefinition {
  const fields = fieldsOf(reading, cursor, what, ['drivers', 'properties', 'description'])
  const { drivers, properties } = readDrivers(reading, fields.drivers)
  return { drivers, properties: { ...properties, ...readProperties(reading, fields.properties) } }
}

/** Driver type → `{selector, template, properties}`. Without a selector a driver serves every infrastructure. */
function readDrivers(reading: Reading, cursor: Cursor | undefined): TransitionDefinition {
  const drivers: [string, string[]][] = []
  const properties = new Map<string, PropertyDefinition>()
  for (const [type, entry] of entriesOf(reading, cursor, 'a section of drivers')) {
    const fields = fieldsOf(reading, entry, 'a driver', ['selector', 'template', 'properties'])
    const selector = fieldsOf(reading, fields.selector, 'a selector', ['infrastructure-type'])
    readTemplate(reading, fields.template)
    const infrastructure = itemsOf(reading, selector['infrastructure-type'], `'infrastructure-type'`)
    const types = infrastructure.flatMap((item) => textOf(reading, item, 'an infrastructure type') ?? [])
    drivers.push([type, types.length > 0 ? types : ['*']])
    for (const [name, property] of Object.entries(readProperties(reading, fields.properties))) {
      const other = properties.get(name)
      if (other !== undefined && other.value !== property.value) {
        const message = `'${name}' has another value for another driver: the last one counts for all`
        reading.warning([...(fields.properties ?? entry).path, name], { code: 'ambiguous-property', message })
      }
      properties.set(name, property)
    }
  }
  const selectors: DriverSelectors = Object.fromEntries(drivers)
  return { drivers: selectors, properties: recordOf(properties) }
}

function readOperations(reading: Reading, cursor: Cursor | undefined): Readonly<Record<string, OperationDefinition>> {
  return recordOf(
    entriesOf(reading, cursor, `'operations'`).map(([name, entry]) => {
      const fields = fieldsOf(reading, entry, 'an operation', ['description', 'drivers', 'properties'])
      const { drivers, properties } = readDrivers(reading, fields.drivers)
      const operation: OperationDefinition = {
        description: textOf(reading, fields.description, `'description'`) ?? '',
        drivers,
        properties: { ...properties, ...readProperties(reading, fields.properties) },
      }
      return [name, operation] as const
    }),
  )
}

function readMetrics(reading: Reading, cursor: Cursor | undefined): Readonly<Record<string, MetricDefinition>> {
  return recordOf(
    entriesOf(reading, cursor, `'metrics'`).flatMap(([name, entry]) => {
      const fields = fieldsOf(reading, entry, 'a metric', ['type', 'publication-period', 'description'], {
        aliases: { publication_period: 'publication-period' },
      })
      const written = textOf(reading, fields.type, `'type'`)
      const type = METRIC_TYPES.find((known) => known === written)
      const period = readNumber(reading, fields['publication-period'], `'publication-period'`, PERIOD)
      if (type === undefined) {
        const message = `a metric has the type ${METRIC_TYPES.join(' or ')}${written === undefined ? '' : `, not '${written}'`}`
        const hint = written === undefined ? undefined : nearestHint(written, METRIC_TYPES)
        reading.error((fields.type ?? entry).path, { code: 'value-not-allowed', message, hint })
        return []
      }
      return [[name, { type, publicationPeriod: period ?? DEFAULT_PERIOD_S }] as const]
    }),
  )
}

function readPolicies(
  reading: Reading,
  cursor: Cursor | undefined,
  metrics: Readonly<Record<string, MetricDefinition>>,
): Readonly<Record<string, HealPolicy>> {
  return recordOf(
    entriesOf(reading, cursor, `'policies'`).flatMap(([name, entry]) => {
      const fields = fieldsOf(reading, entry, 'a policy', ['type', 'metric', 'properties', 'description'])
      const values = fieldsOf(reading, fields.properties, `the policy's properties`, ['smoothing'])
      const type = textOf(reading, fields.type, `'type'`)
      if (type !== 'policy::heal') {
        const message = `a policy of a resource has the type 'policy::heal'${type === undefined ? '' : `, not '${type}'`}`
        reading.error((fields.type ?? entry).path, { code: 'value-not-allowed', message })
      }
      const smoothing = readNumber(reading, values.smoothing, `'smoothing'`, SMOOTHING) ?? '1'
      const metric = textOf(reading, fields.metric, `'metric'`)
      if (metric === undefined) {
        reading.error(entry.path, { code: 'missing-key', message: `the policy needs 'metric'`, atKey: true })
        return []
      }
      const watched = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined
      const path = (fields.metric ?? entry).path
      if (watched === undefined) {
        const hint = nearestHint(metric, Object.keys(metrics))
        reading.error(path, { code: 'unknown-metric', message: `there is no metric '${metric}'`, hint })
      } else if (watched.type !== 'metric::integrity') {
        const message = `a heal policy needs a metric of type metric::integrity, '${metric}' is ${watched.type}`
        reading.error(path, { code: 'wrong-metric', message })
      }
      return [[name, { metric, smoothing }] as const]
    }),
  )
}

/** `FindReference: {drivers: …}`, or `drivers` at once. */
function readQueries(reading: Reading, cursor: Cursor): TransitionDefinition | undefined {
  const fields = fieldsOf(reading, cursor, `'queries'`, ['FindReference', 'drivers', 'properties'])
  if (fields.FindReference !== undefined) return readTransition(reading, fields.FindReference, 'a query')
  if (fields.drivers === undefined) return undefined
  const { drivers, properties } = readDrivers(reading, fields.drivers)
  return { drivers, properties: { ...properties, ...readProperties(reading, fields.properties) } }
}
