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
import { isCommon, isRequired, type PropertyDefinitions, type Types } from './type-hierarchy.ts'
import { usedDataTypes } from './used-types.ts'
import { valueTypeOf, type ValueType } from './value-types.ts'

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
  const data = usedDataTypes(template, [...wanted.values()])
  const defs = recordOf(Object.keys(data).map((name) => [name, dataTypeSchema(evaluation.types, name)]))
  return {
    $schema: JSON_SCHEMA_DIALECT,
    title: element.name,
    ...(node?.description === undefined ? {} : { description: node.description }),
    ...objectSchema(evaluation.types, wanted, (name, definition) =>
      given(evaluation, element.name, node, name, definition),
    ),
    additionalProperties: false,
    ...(Object.keys(defs).length === 0 ? {} : { $defs: defs }),
  }
}

/** A value that still has functions in it is nothing to start from in a form. */
function given(
  evaluation: Evaluation,
  self: string,
  node: NodeTemplate | undefined,
  name: string,
  definition: PropertyDefinition,
): unknown {
  const value = ownEntry(node?.properties ?? {}, name) ?? definition.default
  const result = evaluated(evaluation, value, self, [])
  return functionsIn(result).length === 0 ? result : undefined
}

function objectSchema(
  types: Types,
  definitions: PropertyDefinitions,
  defaultOf: (name: string, definition: PropertyDefinition) => unknown,
): JsonSchema {
  const required: string[] = []
  const properties = [...definitions].map(([name, definition]) => {
    const start = defaultOf(name, definition)
    if (isRequired(definition) && (start ?? undefined) === undefined) required.push(name)
    return [
      name,
      { ...schemaOf(types, definition), ...((start ?? undefined) === undefined ? {} : { default: start }) },
    ] as const
  })
  return { type: 'object', properties: recordOf(properties), ...(required.length === 0 ? {} : { required }) }
}

function dataTypeSchema(types: Types, name: string): JsonSchema {
  const type = valueTypeOf(types, { type: name })
  const description = types.find('data_types', name)?.description
  return { ...(description === undefined ? {} : { description }), ...valueSchema(types, type) }
}

function schemaOf(types: Types, schema: SchemaDefinition): JsonSchema {
  const description = schema.description === undefined ? {} : { description: schema.description }
  if (types.find('data_types', schema.type) === undefined)
    return { ...description, ...valueSchema(types, valueTypeOf(types, schema)) }
  const own = (schema.constraints ?? []).map((constraint) => constraintSchema(constraint, 'free'))
  return withAll({ ...description, $ref: `#/$defs/${pointerStep(schema.type)}` }, own)
}

/** Several may say the same keyword (two lower bounds, one of them inherited): then each keeps its own. */
function withAll(base: JsonSchema, constraints: readonly JsonSchema[]): JsonSchema {
  return constraints.length > 1 ? { ...base, allOf: constraints } : { ...base, ...constraints[0] }
}

/** As a step of a JSON pointer in a URI fragment (RFC 6901, section 6). */
const pointerStep = (name: string): string => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))

function valueSchema(types: Types, type: ValueType): JsonSchema {
  const constraints = type.constraints.map((constraint) => constraintSchema(constraint, type.kind))
  return withAll(kindSchema(types, type), constraints)
}

function kindSchema(types: Types, type: ValueType): JsonSchema {
  switch (type.kind) {
    case 'string':
    case 'boolean':
    case 'integer':
      return { type: type.kind }
    case 'float':
      return { type: 'number' }
    case 'version':
      return { type: 'string', pattern: String.raw`^\d+\.\d+(\.\d+(\.[A-Za-z0-9]+(-\d+)?)?)?$` }
    case 'timestamp':
      return { type: 'string', examples: ['2021-05-31T14:00:00Z'] }
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
      return { type: 'array', ...(type.entrySchema === undefined ? {} : { items: schemaOf(types, type.entrySchema) }) }
    case 'map':
      return {
        type: 'object',
        ...(type.entrySchema === undefined ? {} : { additionalProperties: schemaOf(types, type.entrySchema) }),
        ...(type.keySchema === undefined ? {} : { propertyNames: schemaOf(types, type.keySchema) }),
      }
    case 'properties':
      return objectSchema(types, type.properties, (_, { default: start }) => start)
    case 'free':
      return {}
  }
}
