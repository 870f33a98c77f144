import { describe, expect, it } from 'vitest'
import { commonOrInstanceProperties, nodeTemplates, nodeTemplateView } from './node-template-views.ts'
import { parametersSchema } from './parameters-schema.ts'
import { readServiceTemplate } from './service-template-reader.ts'
import type { ServiceTemplate } from './service-template.ts'
import { reducedTemplate, templateFragment } from './template-fragment.ts'
import { TEMPLATE_SECTIONS, templateSchema } from './template-schema.ts'
import { SLUICE_TEMPLATE } from './testing/sluice-template.ts'

const template = readServiceTemplate(SLUICE_TEMPLATE).template as ServiceTemplate
const names = (filter: Parameters<typeof nodeTemplates>[1]) => nodeTemplates(template, filter).map(({ name }) => name)

describe('nodeTemplates', () => {
  it('are filtered by name, version and type', () => {
    expect(names({})).toHaveLength(5)
    expect(names({ name: 'org.example.Gate' })).toEqual(['org.example.Gate'])
    expect(names({ version: '3.0.0' })).toEqual(['org.example.SluiceParticipant'])
    expect(names({ name: 'org.example.Gate', version: '3.0.0' })).toEqual([])
    expect(names({ ofType: 'org.example.SluiceElement' })).toEqual(['org.example.Gate', 'org.example.LevelPolicy'])
    expect(names({ ofType: 'tosca.nodetypes.Root' })).toHaveLength(5)
  })

  it('are complete', () => {
    for (const view of nodeTemplates(template)) expect(nodeTemplateView.parse(view)).toEqual(view)
    expect(nodeTemplates(template, { name: 'org.example.SummerLoop' })).toMatchObject([
      { version: '1.0.0', type: 'org.example.SeasonalLoop', type_version: '0.0.0', description: 'For the dry months' },
    ])
  })
})

it('what is set once per type may be marked with the older words for true', () => {
  for (const common of ['yes', 'True', 'on']) {
    const { template: other } = readServiceTemplate(`tosca_definitions_version: tosca_simple_yaml_1_3
node_types: {T: {properties: {p: {type: integer, metadata: {common: ${common}}}}}}
topology_template: {node_templates: {n: {type: T, properties: {p: 1}}}}
`)
    expect(commonOrInstanceProperties(other as ServiceTemplate, 'common')).toMatchObject({
      n: { properties: { p: 1 } },
    })
  }
})

describe('commonOrInstanceProperties', () => {
  it('gives those of the type', () => {
    const common = commonOrInstanceProperties(template, 'common')
    expect(common['org.example.Gate']?.properties).toMatchObject({ startPhase: 1, startDelay: 250 })
    expect(common['org.example.Gate']?.properties).not.toHaveProperty('opening')
    expect(common['org.example.WinterLoop']?.properties).toMatchObject({ elements: [{ name: 'org.example.Gate' }] })
    expect(common).not.toHaveProperty(['org.example.SluiceParticipant'])
  })

  it('gives those of instances, unset ones too', () => {
    const instance = commonOrInstanceProperties(template, 'instance', { name: 'org.example.LevelPolicy' })
    expect(instance['org.example.LevelPolicy']?.properties).toEqual({
      opening: 40,
      gauge: null,
      station: 'lock',
      url: null,
      settings: null,
      policy_type_id: { name: 'org.example.policies.Level', version: '1.0.0' },
      policy_id: { name: 'level', version: '1.0.0' },
    })
  })
})

describe('parametersSchema', () => {
  it('describes a form, with data types of their own', () => {
    const schema = parametersSchema(template, { name: 'org.example.Gate', version: '1.0.0' }, 'instance')
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
      properties: {
        opening: { $ref: '#/$defs/org.example.Percent', description: 'How far it is open', default: 40 },
        station: { type: 'string', default: 'north' },
        url: { type: 'string' },
      },
      $defs: {
        'org.example.Percent': { type: 'integer', minimum: 0, maximum: 100 },
        'org.example.Gauge': {
          required: ['place'],
          properties: {
            place: { type: 'string', minLength: 2 },
            limits: { type: 'array', items: { type: 'number' } },
            labels: { type: 'object', propertyNames: { pattern: '^(?:[a-z]+)$' } },
            next: { $ref: '#/$defs/org.example.Gauge' },
          },
        },
      },
    })
    expect(schema['properties']).not.toHaveProperty('startPhase')
  })

  it('describes the common ones, and nothing of what is not there', () => {
    const common = parametersSchema(template, { name: 'org.example.LevelPolicy', version: '1.0.0' }, 'common')
    expect(common['properties']).toMatchObject({ startPhase: { type: 'integer', minimum: 0, default: 2 } })
    expect(parametersSchema(template, { name: 'x', version: '1.0.0' }, 'common')).toMatchObject({ properties: {} })
  })

  it('says what is required, and keeps each of several bounds', () => {
    const { template: other } = readServiceTemplate(`tosca_definitions_version: tosca_simple_yaml_1_3
data_types:
  Even: {derived_from: integer, constraints: [greater_than: 0]}
  a/b~c: {derived_from: Even, constraints: [greater_than: 5]}
node_types:
  T:
    derived_from: tosca.nodes.Root
    properties:
      a: {type: a/b~c}
      b: {type: string, constraints: [pattern: "(?=x)y"]}
      c: {type: nowhere, required: false}
      d: {type: list, required: false, constraints: [max_length: 3], entry_schema: {type: version}}
      e: {type: range, required: false}
topology_template: {node_templates: {n: {type: T, version: 1.0.0}}}
`)
    const schema = parametersSchema(other as ServiceTemplate, { name: 'n', version: '1.0.0' }, 'instance')
    expect(schema).toMatchObject({
      required: ['a', 'b'],
      properties: {
        a: { $ref: '#/$defs/a~1b~0c' },
        b: { type: 'string' },
        c: {},
        d: { type: 'array', maxItems: 3, items: { type: 'string' } },
        e: { type: 'array', minItems: 2 },
      },
      $defs: { 'a/b~c': { type: 'integer', allOf: [{ exclusiveMinimum: 5 }, { exclusiveMinimum: 0 }] } },
    })
  })
})

describe('parametersSchema says no more than what is checked', () => {
  const schemaOf = (types: string, properties: string, values = '{}') => {
    const { template: other, findings } = readServiceTemplate(`tosca_definitions_version: tosca_simple_yaml_1_3
data_types: ${types}
node_types: {T: {derived_from: tosca.nodes.Root, properties: ${properties}}, Open: {derived_from: org.other.Base}}
topology_template:
  inputs: {i: {type: integer, default: 5}, unset: {type: integer}}
  node_templates: {n: {type: T, version: 1.0.0, properties: ${values}}, open: {type: Open, version: 1.0.0}}
`)
    if (other === undefined) throw new Error(JSON.stringify(findings))
    return (name: string) => parametersSchema(other, { name, version: '1.0.0' }, 'instance')
  }
  const ofProperty = (property: string, types = '{}') =>
    (schemaOf(types, `{p: ${property}}`)('n')['properties'] as Record<string, unknown>)['p']

  it.each([
    ['{type: string, constraints: [{pattern: "[a-z]+\\\\-[0-9]+"}]}', { type: 'string' }],
    ['{type: string, constraints: [{pattern: "[a-z]+"}]}', { type: 'string', pattern: '^(?:[a-z]+)$' }],
    ['{type: map, key_schema: integer}', { type: 'object', propertyNames: { pattern: String.raw`^[+-]?\d+$` } }],
    ['{type: boolean, constraints: [valid_values: [yes]]}', { type: 'boolean', enum: [true] }],
    ['{type: integer}', { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }],
    ['{type: Word, constraints: [max_length: 3]}', { $ref: '#/$defs/Word', maxLength: 3 }],
    ['{type: Words, constraints: [min_length: 2]}', { $ref: '#/$defs/Words', minItems: 2 }],
  ])('%s', (property, expected) => {
    expect(ofProperty(property, '{Word: {derived_from: string}, Words: {derived_from: list}}')).toEqual(expected)
  })

  it('sizes have many spellings, timestamps one form', () => {
    const size = ofProperty('{type: scalar-unit.size, constraints: [valid_values: [1 GB]]}')
    expect(size).not.toHaveProperty('enum')
    const { pattern } = ofProperty('{type: timestamp}') as { pattern: string }
    expect('2021-05-31T14:00:00Z').toMatch(new RegExp(pattern, 'u'))
    expect('2021-13-01').not.toMatch(new RegExp(pattern, 'u'))
  })

  it('defaults in data types are values', () => {
    const types =
      '{D: {properties: {x: {type: integer, default: {get_input: i}}, y: {type: integer, default: {get_input: unset}}}}}'
    const { $defs } = schemaOf(types, '{p: {type: D}}')('n') as { $defs: { D: { properties: unknown } } }
    expect($defs.D).toMatchObject({ properties: { x: { default: 5 } } })
    expect($defs.D).not.toHaveProperty('required')
    expect($defs.D).not.toHaveProperty(['properties', 'y', 'default'])
  })

  it('values of the template that are only warned about are allowed', () => {
    const schema = schemaOf('{}', '{p: {type: string, description: a text}}', '{p: {a: 1}, other: [2]}')
    expect(schema('n')).toMatchObject({ additionalProperties: false })
    expect(schema('n')['properties']).toEqual({
      p: { description: 'a text', default: { a: 1 } },
      other: { default: [2] },
    })
    expect(schema('open')).not.toHaveProperty('additionalProperties')
  })
})

describe('parts of a template', () => {
  it('policy elements get policies with their types', () => {
    expect(templateFragment(template)).toMatchObject({
      tosca_definitions_version: 'tosca_simple_yaml_1_3',
      policy_types: { 'org.example.policies.Level': {} },
      data_types: { 'org.example.Percent': {} },
      topology_template: { policies: [{ level: { properties: { level: 55, station: 'sluice.example.org' } } }] },
    })
  })

  it('the reduced one has what loops need, and loads', () => {
    const text = SLUICE_TEMPLATE.replace(
      'topology_template:\n',
      '  org.example.Spare: {derived_from: tosca.nodes.Root}\ntopology_template:\n',
    )
    const reduced = reducedTemplate(readServiceTemplate(text).template as ServiceTemplate)
    const { template: again, findings } = readServiceTemplate(JSON.stringify(reduced), { format: 'json' })
    expect(findings).toEqual([])
    expect(Object.keys(again?.topology_template.node_templates ?? {})).toEqual([
      'org.example.Gate',
      'org.example.LevelPolicy',
      'org.example.SummerLoop',
      'org.example.WinterLoop',
    ])
    expect(again?.node_types).not.toHaveProperty(['org.example.Spare'])
    expect(Object.keys(again?.data_types ?? {})).toContain('org.example.Gauge')
    expect(again?.topology_template.policies).toHaveLength(1)
  })

  it.each(TEMPLATE_SECTIONS)('has a schema of %s', (section) => {
    const schema = templateSchema(section)
    expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' })
    if (section === 'all') expect(schema['required']).toEqual(['tosca_definitions_version'])
  })
})
