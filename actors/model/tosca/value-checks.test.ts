import { describe, expect, it } from 'vitest'
import { readServiceTemplate } from './service-template-reader.ts'

const TYPES = `tosca_definitions_version: tosca_simple_yaml_1_3
data_types:
  Point:
    derived_from: tosca.datatypes.Root
    properties:
      x: {type: integer}
      y: {type: integer, default: 0}
      note_text: {type: string, required: false}
  Even:
    derived_from: integer
    constraints: [valid_values: [0, 2, 4]]
  Small:
    derived_from: Even
    constraints: [less_than: 4]
  Port:
    derived_from: Word
    constraints: [valid_values: [8080, 1.10]]
  Word:
    derived_from: string
  Release:
    derived_from: version
    constraints: [greater_or_equal: 1.10]
  Names:
    derived_from: list
    entry_schema: {type: string}
  Anything:
    derived_from: tosca.datatypes.Root
`
const reading = (schema: string, value: string) =>
  readServiceTemplate(`${TYPES}node_types:
  T:
    derived_from: tosca.nodes.Root
    properties: {p: ${schema}}
topology_template:
  node_templates:
    n:
      type: T
      properties:
        p: ${value}
`)
const result = (schema: string, value: string) =>
  reading(schema, value).template?.topology_template.node_templates['n']?.properties['p']
const found = (schema: string, value: string) =>
  reading(schema, value).findings.map(({ severity, code }) => `${severity} ${code}`)

describe('values that are right', () => {
  it.each([
    ['{type: string}', 'text', 'text'],
    ['{type: string}', '1.10', '1.10'],
    ['{type: string}', 'yes', 'yes'],
    ['{type: string}', 'true', 'true'],
    ['{type: integer}', '7', 7],
    ['{type: float}', '7.5', 7.5],
    ['{type: float}', '6.022e23', 6.022e23],
    ['{type: float, constraints: [less_than: 1e18]}', '1e17', 1e17],
    ['{type: float}', '100000000000000000000', 1e20],
    ['{type: any}', '1e20', 1e20],
    ['{type: any}', '12345678901234567890', '12345678901234567890'],
    ['{type: boolean}', 'false', false],
    ['{type: boolean, constraints: [valid_values: [yes, "on"]]}', 'true', true],
    ['{type: Port}', '8080', '8080'],
    ['{type: Port, constraints: [equal: 1.10]}', '1.10', '1.10'],
    ['{type: Release}', '1.11', '1.11'],
    ['{type: Release, constraints: [less_than: 1.20]}', '1.11', '1.11'],
    ['{type: version}', '1.10', '1.10'],
    ['{type: timestamp}', '2021-05-31T14:00:00Z', '2021-05-31T14:00:00Z'],
    ['{type: range}', '[1, UNBOUNDED]', [1, 'UNBOUNDED']],
    ['{type: list, entry_schema: integer}', '[1, 2]', [1, 2]],
    ['{type: list}', '[1, a]', [1, 'a']],
    ['{type: map, entry_schema: {type: Point}}', '{a: {x: 1}}', { a: { x: 1 } }],
    ['{type: object}', '{a: [1]}', { a: [1] }],
    ['{type: tosca.datatypes.json}', '[1]', [1]],
    ['{type: scalar-unit.size}', '10 MB', '10 MB'],
    ['{type: scalar-unit.time}', '5 s', '5 s'],
    ['{type: Point}', '{x: 1, note_text: a}', { x: 1, note_text: 'a' }],
    ['{type: Small}', '2', 2],
    ['{type: Names}', '[a, 1.0]', ['a', '1.0']],
    ['{type: Anything}', '{q: 1}', { q: 1 }],
    ['{type: integer, required: false}', '~', null],
  ])('%s: %s', (schema, text, value) => {
    expect(reading(schema, text).findings).toEqual([])
    expect(result(schema, text)).toEqual(value)
  })
})

describe('values that are taken for something else, or passed on: warnings', () => {
  it.each([
    ['{type: string}', '{a: 1}', 'wrong-type', { a: 1 }],
    ['{type: integer}', "'7'", 'wrong-type', 7],
    ['{type: float}', "'7.5'", 'wrong-type', 7.5],
    ['{type: float}', "'1.5e20'", 'wrong-type', 1.5e20],
    ['{type: boolean}', 'yes', 'wrong-type', true],
    ['{type: map, entry_schema: Point}', '[{x: 1}]', 'wrong-type', [{ x: 1 }]],
    ['{type: Point}', '{x: 1, z: 2}', 'unknown-property', { x: 1, z: 2 }],
  ])('%s: %s', (schema, text, code, value) => {
    expect(found(schema, text)).toEqual([`warning ${code}`])
    expect(result(schema, text)).toEqual(value)
  })

  it('include a required property that is there in another spelling', () => {
    const types = `${TYPES.replace('note_text: {type: string, required: false}', 'note_text: {type: string}')}`
    const { findings } = readServiceTemplate(`${types}node_types:
  T: {properties: {p: {type: Point}}}
topology_template: {node_templates: {n: {type: T, properties: {p: {x: 1, noteText: a}}}}}
`)
    expect(findings.map(({ severity, code }) => [severity, code])).toContainEqual(['warning', 'misspelled-property'])
    expect(findings.every(({ severity }) => severity === 'warning')).toBe(true)
  })
})

describe('values that a participant could do nothing right with: errors', () => {
  it.each([
    ['{type: integer}', 'x', 'wrong-type'],
    ['{type: integer}', '1.5', 'wrong-type'],
    ['{type: integer}', '12345678901234567890', 'wrong-type'],
    ['{type: float}', '.inf', 'wrong-type'],
    ['{type: float}', '1e999', 'wrong-type'],
    ['{type: integer}', '1e20', 'wrong-type'],
    ['{type: float, constraints: [greater_than: 1e16]}', '17', 'constraint'],
    ['{type: boolean}', 'maybe', 'wrong-type'],
    ['{type: version}', 'new', 'wrong-type'],
    ['{type: timestamp}', 'now', 'wrong-type'],
    ['{type: range}', '[3, 1]', 'wrong-type'],
    ['{type: scalar-unit.size}', '10', 'wrong-type'],
    ['{type: list}', '{a: 1}', 'wrong-type'],
    ['{type: map}', 'x', 'wrong-type'],
    ['{type: Point}', 'x', 'wrong-type'],
    ['{type: Point}', '{y: 1}', 'missing-property'],
    ['{type: Small}', '4', 'constraint'],
    ['{type: Port}', '1.1', 'constraint'],
    ['{type: Release}', '1.9', 'constraint'],
    ['{type: boolean, constraints: [equal: yes]}', 'false', 'constraint'],
    ['{type: Small}', '3', 'constraint'],
    ['{type: string, constraints: [{pattern: "[a-z]+"}]}', 'A', 'constraint'],
    ['{type: map, key_schema: {type: string, constraints: [{max_length: 1}]}}', '{ab: 1}', 'constraint'],
    ['{type: list, entry_schema: {type: integer, constraints: [{in_range: [1, 2]}]}}', '[1, 3]', 'constraint'],
  ])('%s: %s', (schema, text, code) => {
    expect(found(schema, text)).toEqual([`error ${code}`])
  })

  it('are shown where they stand', () => {
    expect(reading('{type: list, entry_schema: Point}', '[{x: 1}, {x: a}]').findings).toMatchObject([
      { path: '$.topology_template.node_templates.n.properties.p[1].x', line: 37, column: 25 },
    ])
  })
})

describe('what a type says about an inherited property', () => {
  const typed = (own: string, inherited = '{type: integer, default: 5, constraints: [in_range: [1, 10]]}') =>
    readServiceTemplate(`${TYPES}node_types:
  A: {properties: {p: ${inherited}}}
  B: {derived_from: A, properties: {p: ${own}}}
topology_template: {node_templates: {n: {type: B, properties: {p: 7}}}}
`).findings.map(({ severity, code, path }) => `${severity} ${code} ${path}`)

  it.each([
    ['{type: integer, default: 50}', 'error constraint $.node_types.B.properties.p.default'],
    ['{type: integer, constraints: [greater_than: 5]}', 'error constraint $.node_types.B.properties.p'],
  ])('%s: has to fit to the rest', (own, finding) => {
    expect(typed(own)).toEqual([finding])
  })

  it.each([
    ['{type: integer, default: 7}'],
    ['{type: integer, constraints: [greater_than: 4]}'],
    ['{type: string, default: abc}'],
    ['{type: string}'],
    ['{type: Small, constraints: [valid_values: [7]]}', '{type: string}'],
  ])('%s is right', (own, inherited?: string) => {
    expect(typed(own, inherited).filter((finding) => !finding.includes('topology_template'))).toEqual([])
  })

  it('is compared with an inherited default as it was written', () => {
    const inherited = '{type: string, default: 1.10}'
    expect(typed('{type: string, constraints: [valid_values: [1.10, 7]]}', inherited)).toEqual([])
  })
})

it('remarks policies for what is not there', () => {
  const { findings } = readServiceTemplate(`${TYPES}policy_types: {P: {derived_from: tosca.policies.Root}}
topology_template:
  node_templates: {n: {type: tosca.nodes.Root}}
  groups: {g: {type: tosca.groups.Root, members: [n]}}
  policies: [p: {type: P, targets: [n, g, m]}]
`)
  expect(findings).toMatchObject([
    { severity: 'warning', code: 'unknown-node', path: '$.topology_template.policies[0].p.targets[2]' },
  ])
})

it('ends soon for values that would keep it busy', () => {
  const words = Array.from({ length: 300 }, () => `*word`).join(', ')
  const { findings } = reading(
    '{type: list, entry_schema: {type: string, constraints: [{pattern: "(a|a)*b|c*"}]}}',
    `[&word ${'a'.repeat(3_900)}, ${words}]`,
  )
  expect(findings.at(-1)).toMatchObject({ severity: 'error' })
  expect(findings.some(({ code }) => code === 'too-large')).toBe(true)
})
