/** The properties of an element as JSON Schema (2020-12), for forms. */
import { ownEntry } from '../../own-entry.ts'
import type { Concept } from '../../../participants/protocol/concept.ts'
import { recordOf } from '../reading.ts'
import { evaluationOf, type Evaluation } from './evaluation.ts'
import { evaluated } from './function-values.ts'
import { functionsIn } from './functions.ts'
import { constraintSchema } from './constraint-schema.ts'
import {
  type NodeTemplate,
  type PropertyDefinition,
  type SchemaDefinition,
  type ServiceTemplate,
} from './service-template.ts'
import { TIMESTAMP_PATTERN } from './scalar-values.ts'
import { createToscaReading } from './tosca-reading.ts'
import { areKnown, isCommon, isRequired, type PropertyDefinitions } from './type-hierarchy.ts'
import { usedDataTypes } from './used-types.ts'
import { checkedValue } from './value-checks.ts'
import { valueTypeOf, type ValueType } from './value-types.ts'

/** Of properties that no type declares. */
const ANY: PropertyDefinition = { type: 'any', required: false }

export type JsonSchema = Readonly<Record<string, unknown>>

const JSON_SCHEMA_DIALECT = 'https://json-schema.org/draft/2020-12/schema'

/**
 * `default` is what the template has, else the type's default. An element that the template doesn't have gives the
 * schema of an object without properties.
 */
export function parametersSchema(
  template: ServiceTemplate,
  element: Concept,
  which: 'common' | 'instance',
): JsonSchema {
  const evaluation = evaluationOf(template)
  const found = ownEntry(template.topology_template.node_templates, element.name)
  const node = found?.version === element.version ? found : undefined
  const all =
    node === undefined ? new Map<string, PropertyDefinition>() : evaluation.types.properties('node_types', node.type)
  const wanted = new Map([...all].filter(([, definition]) => isCommon(definition) === (which === 'common')))
  // What the template itself has without a declaration, instances may have, too.
  const undeclared =
    which === 'common'
      ? []
      : Object.keys(node?.properties ?? {}).flatMap((name) => (all.has(name) ? [] : [[name, ANY] as const]))
  const isOpen = which === 'instance' && node !== undefined && !areKnown(evaluation.types, 'node_types', node.type)
  const data = usedDataTypes(template, [...wanted.values()])
  const own = objectSchema(
    new Map([...wanted, ...undeclared]),
    (name, definition) => given(evaluation, element.name, node, name, definition),
    (definition, start) => formOf(evaluation, element.name, definition, start),
  )
  const defs = recordOf(Object.keys(data).map((name) => [name, dataTypeSchema(evaluation, name)]))
  return {
    $schema: JSON_SCHEMA_DIALECT,
    title: element.name,
    ...(node?.description === undefined ? {} : { description: node.description }),
    ...own,
    ...(isOpen ? {} : { additionalProperties: false }),
    ...(Object.keys(defs).length === 0 ? {} : { $defs: defs }),
  }
}

function given(
  evaluation: Evaluation,
  self: string,
  node: NodeTemplate | undefined,
  name: string,
  definition: PropertyDefinition,
): unknown {
  return known(evaluation, self, ownEntry(node?.properties ?? {}, name) ?? definition.default)
}

/** A value that still has functions in it is nothing to start from in a form. */
function known(evaluation: Evaluation, self: string | undefined, value: unknown): unknown {
  const result = evaluated(evaluation, value, self, [])
  return functionsIn(result).length === 0 ? result : undefined
}

/** Of any form where the template's own value has another than its type says: where that is only warned about. */
function formOf(evaluation: Evaluation, self: string, definition: PropertyDefinition, start: unknown): JsonSchema {
  const reading = createToscaReading()
  if (start !== undefined) checkedValue({ evaluation, reading, self }, definition, start, [])
  const isOther = reading.findings.some(({ code }) => code === 'wrong-type' || code === 'misspelled-property')
  return isOther ? described(definition) : schemaOf(evaluation, definition)
}

function objectSchema(
  definitions: PropertyDefinitions,
  startOf: (name: string, definition: PropertyDefinition) => unknown,
  form: (definition: PropertyDefinition, start: unknown) => JsonSchema,
): JsonSchema {
  const required: string[] = []
  const properties = [...definitions].map(([name, definition]) => {
    const start = startOf(name, definition) ?? undefined
    if (isRequired(definition) && definition.default === undefined && start === undefined) required.push(name)
    return [name, { ...form(definition, start), ...(start === undefined ? {} : { default: start }) }] as const
  })
  return { type: 'object', properties: recordOf(properties), ...(required.length === 0 ? {} : { required }) }
}

const described = ({ description }: { readonly description?: string }): JsonSchema =>
  description === undefined ? {} : { description }

function dataTypeSchema(evaluation: Evaluation, name: string): JsonSchema {
  const type = valueTypeOf(evaluation.types, { type: name })
  return { ...described(evaluation.types.find('data_types', name) ?? {}), ...valueSchema(evaluation, type) }
}

function schemaOf(evaluation: Evaluation, schema: SchemaDefinition): JsonSchema {
  const type = valueTypeOf(evaluation.types, schema)
  if (evaluation.types.find('data_types', schema.type) === undefined)
    return { ...described(schema), ...valueSchema(evaluation, type) }
  const own = (schema.constraints ?? []).map((constraint) => constraintSchema(constraint, type.kind))
  return withAll({ ...described(schema), $ref: `#/$defs/${pointerStep(schema.type)}` }, own)
}

/** Several may say the same keyword (two lower bounds, one of them inherited): then each keeps its own. */
function withAll(base: JsonSchema, constraints: readonly JsonSchema[]): JsonSchema {
  return constraints.length > 1 ? { ...base, allOf: constraints } : { ...base, ...constraints[0] }
}

/** As a step of a JSON pointer in a URI fragment (RFC 6901, section 6). */
const pointerStep = (name: string): string => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))

function valueSchema(evaluation: Evaluation, type: ValueType): JsonSchema {
  const constraints = type.constraints.map((constraint) => constraintSchema(constraint, type.kind))
  return withAll(kindSchema(evaluation, type), constraints)
}

function kindSchema(evaluation: Evaluation, type: ValueType): JsonSchema {
  switch (type.kind) {
    case 'string':
    case 'boolean':
      return { type: type.kind }
    case 'integer':
      // What is more loses digits on its way.
      return { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }
    case 'float':
      return { type: 'number' }
    case 'version':
      return { type: 'string', pattern: String.raw`^\d+\.\d+(\.\d+(\.[A-Za-z0-9]+(-\d+)?)?)?$` }
    case 'timestamp':
      return { type: 'string', pattern: TIMESTAMP_PATTERN, examples: ['2021-05-31T14:00:00Z'] }
    case 'scalar-unit.size':
    case 'scalar-unit.time':
    case 'scalar-unit.frequency':
    case 'scalar-unit.bitrate':
      return { type: 'string', pattern: String.raw`^\s*-?\d+(\.\d+)?\s*[A-Za-z]+\s*$` }
    case 'range':
      return {
        type: 'array',
        prefixItems: [{ type: 'integer' }, { anyOf: [{ type: 'integer' }, { const: 'UNBOUNDED' }] }],
        items: false,
        minItems: 2,
      }
    case 'list':
      return {
        type: 'array',
        ...(type.entrySchema === undefined ? {} : { items: schemaOf(evaluation, type.entrySchema) }),
      }
    case 'map':
      return {
        type: 'object',
        ...(type.entrySchema === undefined ? {} : { additionalProperties: schemaOf(evaluation, type.entrySchema) }),
        ...(type.keySchema === undefined ? {} : { propertyNames: keySchema(evaluation, type.keySchema) }),
      }
    case 'properties':
      return objectSchema(
        type.properties,
        (_, { default: start }) => known(evaluation, undefined, start),
        (definition) => schemaOf(evaluation, definition),
      )
    case 'free':
      return {}
  }
}

/** Keys are texts, whatever they stand for. */
function keySchema(evaluation: Evaluation, schema: SchemaDefinition): JsonSchema {
  switch (valueTypeOf(evaluation.types, schema).kind) {
    case 'integer':
      return { pattern: String.raw`^[+-]?\d+$` }
    case 'float':
      return { pattern: String.raw`^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$` }
    case 'boolean':
      return { pattern: '^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy][Ee][Ss]|[Nn][Oo]|[Oo][Nn]|[Oo][Ff][Ff])$' }
    case 'string':
    case 'timestamp':
    case 'version':
    case 'scalar-unit.size':
    case 'scalar-unit.time':
    case 'scalar-unit.frequency':
    case 'scalar-unit.bitrate':
      return schemaOf(evaluation, schema)
    case 'range':
    case 'list':
    case 'map':
    case 'properties':
    case 'free':
      return {}
  }
}
