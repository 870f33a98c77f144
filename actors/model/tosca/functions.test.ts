import { describe, expect, it } from 'vitest'
import { nodeTemplates } from './node-template-views.ts'
import { readServiceTemplate } from './service-template-reader.ts'

const reading = (properties: string) =>
  readServiceTemplate(`tosca_definitions_version: tosca_simple_yaml_1_3
node_types:
  Open: {derived_from: org.other.Base}
  T:
    derived_from: tosca.nodes.Root
    properties:
      p: {type: any, required: false}
      q: {type: any, required: false}
      n: {type: integer, default: 3}
    attributes:
      level: {type: float}
topology_template:
  inputs:
    given: {type: string, default: abc}
    number: {type: string, default: "7"}
    unset: {type: string}
    deep: {type: object, default: {list: [{leaf: found}]}}
    round: {type: any, default: {get_input: trip}}
    trip: {type: any, default: {get_input: given}}
  node_templates:
    server: {type: tosca.nodes.Compute}
    stranger: {type: Open}
    other:
      type: T
      properties: {p: {inner: 5}, q: {get_property: [SELF, n]}}
      capabilities: {port: {properties: {number: 1}}}
    node:
      type: T
      properties: ${properties}
`)

const OPEN_TYPE = { severity: 'warning', path: '$.node_types.Open.derived_from' }
const valueOf = (value: string): unknown => {
  const { template, findings } = reading(`{p: ${value}}`)
  expect(findings).toMatchObject([OPEN_TYPE])
  return template === undefined ? undefined : nodeTemplates(template, { name: 'node' })[0]?.properties['p']
}
const errors = (properties: string) =>
  reading(properties).findings.flatMap(({ severity, code }) => (severity === 'error' ? [code] : []))

describe('functions', () => {
  it.each([
    ['{get_input: given}', 'abc'],
    ['{get_input: [deep, list, 0, leaf]}', 'found'],
    ['{get_input: round}', 'abc'],
    ['{get_property: [other, p, inner]}', 5],
    ['{get_property: [other, q]}', 3],
    ['{get_property: [SELF, n]}', 3],
    ['{concat: [a, {get_input: given}, 1, true]}', 'aabc1true'],
    ['{token: [a.b-c, ".-", 2]}', 'c'],
    ['{a: [{get_input: given}]}', { a: ['abc'] }],
  ])('%s is %j', (text, value) => {
    expect(valueOf(text)).toEqual(value)
  })

  it.each([
    ['{get_input: unset}', { get_input: 'unset' }],
    ['{concat: [a, {get_input: unset}]}', { concat: ['a', { get_input: 'unset' }] }],
    ['{get_attribute: [other, level]}', { get_attribute: ['other', 'level'] }],
    ['{get_attribute: [other, p]}', { get_attribute: ['other', 'p'] }],
    ['{get_attribute: [HOST, address]}', { get_attribute: ['HOST', 'address'] }],
    ['{get_property: [other, port, number]}', { get_property: ['other', 'port', 'number'] }],
    ['{get_attribute: [server, private_address]}', { get_attribute: ['server', 'private_address'] }],
    ['{get_attribute: [stranger, address]}', { get_attribute: ['stranger', 'address'] }],
    ['{get_property: [stranger, port]}', { get_property: ['stranger', 'port'] }],
    ['{get_property: [server, port]}', { get_property: ['server', 'port'] }],
    ['{get_operation_output: [SELF, a, b, c]}', { get_operation_output: ['SELF', 'a', 'b', 'c'] }],
    ['{token: secret}', { token: 'secret' }],
    ['{get_input: given, description: no function}', { get_input: 'given', description: 'no function' }],
  ])('%s stays', (text, value) => {
    expect(valueOf(text)).toEqual(value)
  })

  it('of a template inside of a value are its own', () => {
    const blueprint = '{tosca_definitions_version: cloudify_dsl_1_3, a: {get_input: elsewhere}}'
    expect(valueOf(blueprint)).toMatchObject({ a: { get_input: 'elsewhere' } })
  })

  it.each([
    ['{p: {get_input: gvien}}', 'unknown-input'],
    ['{p: {get_input: {a: 1}}}', 'wrong-function'],
    ['{p: {get_input: [deep, nothing]}}', 'unknown-step'],
    ['{p: {get_property: [othre, p]}}', 'unknown-node'],
    ['{p: {get_property: [other, r]}}', 'unknown-property'],
    ['{p: {get_property: other}}', 'wrong-function'],
    ['{p: {get_attribute: [other, colour]}}', 'unknown-attribute'],
    ['{p: {concat: [{a: 1}]}}', 'wrong-function'],
    ['{p: {token: [a.b, ".", 5]}}', 'wrong-function'],
    ['{n: {get_input: given}}', 'wrong-type'],
  ])('%s: %s', (properties, code) => {
    expect(errors(properties)).toEqual([code])
  })

  it('that go round in a circle are refused', () => {
    expect(errors('{p: {get_property: [SELF, p]}}')).toEqual(['cycle'])
    expect(errors('{p: {get_property: [SELF, q]}, q: {a: {get_property: [SELF, p]}}}')).toContain('cycle')
    const inputs = 'a: {type: any, default: {get_input: b}}, b: {type: any, default: {get_input: a}}'
    const text = `tosca_definitions_version: tosca_simple_yaml_1_3\ntopology_template: {inputs: {${inputs}}}\n`
    expect(readServiceTemplate(text).findings.map(({ code }) => code)).toEqual(['cycle', 'cycle'])
  })

  it('that double at each step are cut off', () => {
    const steps = Array.from(
      { length: 40 },
      (_, n) => `    i${n}: {type: any, default: {concat: [{get_input: i${n + 1}}, {get_input: i${n + 1}}]}}\n`,
    )
    const text = `tosca_definitions_version: tosca_simple_yaml_1_3\ntopology_template:\n  inputs:\n${steps.join('')}    i40: {type: any, default: xx}\n`
    expect(readServiceTemplate(text).findings.map(({ code }) => code)).toContain('too-large')
  })
})
