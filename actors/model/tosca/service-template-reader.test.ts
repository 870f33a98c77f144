import { describe, expect, it } from 'vitest'
import { readServiceTemplate } from './service-template-reader.ts'
import { serviceTemplate } from './service-template.ts'
import { SLUICE_TEMPLATE } from './testing/sluice-template.ts'
import { TOSCA_VERSIONS } from './tosca-versions.ts'

const HEAD = 'tosca_definitions_version: tosca_simple_yaml_1_3\n'
const read = (body: string) => readServiceTemplate(HEAD + body, { file: 't.yaml' })
const codes = (text: string): string[] => readServiceTemplate(text).findings.map(({ code }) => code)

describe('readServiceTemplate', () => {
  const { template, findings } = readServiceTemplate(SLUICE_TEMPLATE)

  it('has nothing to say about a template that is right', () => {
    expect(findings).toEqual([])
    expect(template).toMatchObject({ name: 'org.example.Sluices', version: '2.1.0' })
    expect(serviceTemplate.parse(template)).toEqual(template)
    expect(JSON.parse(JSON.stringify(template))).toEqual(template)
  })

  it('keeps functions, types and artifacts', () => {
    const gate = template?.topology_template.node_templates['org.example.Gate']
    expect(gate?.properties['settings']).toMatchObject({ host: { get_input: 'host' } })
    expect(gate?.artifacts).toEqual({
      script: { type: 'org.example.Script', content: 'open the gate\n' },
      drawing: { file: 'gate.svg', repository: 'drawings' },
      photo: { file: 'gate.png' },
    })
    expect(template?.relationship_types['org.example.Feeds']?.valid_target_types).toEqual(['org.example.Measures'])
    expect(template?.data_types['org.example.Gauge']?.properties['limits']?.entry_schema).toEqual({ type: 'float' })
  })

  it.each(TOSCA_VERSIONS)('reads %s', (version) => {
    expect(readServiceTemplate(`tosca_definitions_version: ${version}\n`)).toMatchObject({
      template: { name: 'tosca', version: '1.0.0', topology_template: { node_templates: {}, policies: [] } },
      findings: [],
    })
  })

  it('refuses what is no TOSCA that it knows', () => {
    expect(readServiceTemplate('a: 1\n').findings).toMatchObject([
      { code: 'no-tosca-version', hint: expect.stringContaining('tosca_simple_yaml_1_3') as string, line: 1 },
    ])
    expect(readServiceTemplate('tosca_definitions_version: tosca_simple_yaml_1_33\n').findings).toMatchObject([
      { code: 'unknown-tosca-version', hint: `did you mean 'tosca_simple_yaml_1_3'?`, line: 1, column: 28 },
    ])
    expect(codes('- a\n')).toEqual(['wrong-type'])
    expect(codes('')).toEqual(['empty'])
    expect(codes(`${HEAD}---\n${HEAD}`)).toEqual(['several-documents'])
  })

  it('takes name and version from where they stand', () => {
    expect(read('metadata: {template_name: a-b, template_version: 1.10}\n')).toMatchObject({
      template: { name: 'a-b', version: '1.0.0' },
      findings: [{ severity: 'warning', code: 'wrong-name' }],
    })
    expect(read('metadata: {template_name: a-b, template_version: 1.2.3}\n').template).toMatchObject({
      name: 'a-b',
      version: '1.2.3',
    })
    expect(read('name: x\nversion: 2.0\n')).toMatchObject({
      template: { name: 'x', version: '2.0.0' },
      findings: [{ severity: 'warning', code: 'short-version', line: 3, column: 10 }],
    })
    expect(read('name: a b\n').findings).toMatchObject([{ severity: 'error', code: 'wrong-name' }])
    expect(read('node_types: {a: {version: 1.0.0.beta-4}}\n').findings).toEqual([])
    expect(read('version: 1.0.0.beta-4\n').findings).toMatchObject([{ severity: 'error', code: 'wrong-version' }])
    expect(read('version: x\n').findings).toMatchObject([{ severity: 'error', code: 'wrong-version' }])
  })

  it('reads JSON', () => {
    const text = JSON.stringify(template)
    expect(readServiceTemplate(text, { format: 'json' }).template).toEqual(template)
    expect(codes(text.slice(0, -1))).toContain('yaml-syntax')
  })

  it('reads policies as a list and as a map', () => {
    const types = 'policy_types:\n  p.T:\n    derived_from: tosca.policies.Root\n    properties: {n: {type: integer}}\n'
    const asMap = read(`${types}topology_template:\n  policies:\n    one:\n      type: p.T\n      properties: {n: x}\n`)
    expect(asMap.findings).toMatchObject([
      { code: 'wrong-type', path: '$.topology_template.policies.one.properties.n', line: 10, column: 23 },
    ])
    const asList = read(
      `${types}topology_template:\n  policies:\n    - one:\n        type: p.T\n        properties: {n: x}\n`,
    )
    expect(asList.findings).toMatchObject([
      { code: 'wrong-type', path: '$.topology_template.policies[0].one.properties.n', line: 10, column: 25 },
    ])
    const right = (policies: string) => read(`${types}topology_template:\n  policies:\n${policies}`).template
    expect(right('    one: {type: p.T, properties: {n: 1}}\n')).toEqual(
      right('    - one: {type: p.T, properties: {n: 1}}\n'),
    )
    expect(read(`${types}topology_template:\n  policies:\n    - one:\n      type: p.T\n`).findings).toMatchObject([
      { code: 'wrong-type', line: 8, column: 7 },
    ])
    const twice = '    - one: {type: p.T, properties: {n: 1}}\n'
    expect(read(`${types}topology_template:\n  policies:\n${twice}${twice}`).findings).toMatchObject([
      { code: 'duplicate-key', line: 9 },
    ])
  })
})

describe('slips that shipped files have', () => {
  it('are read with a warning', () => {
    const { template, findings } = read(`node_types:
  a.T:
    derived_from: tosca.nodetypes.Root
    properties:
      n:
        type: stirng
        requred: false
        typeVersion: 0.0.0
        constraints:
          - min-length: 2
`)
    expect(findings.map(({ severity, code, line, column }) => [severity, code, line, column])).toEqual([
      ['warning', 'misspelled-type', 7, 15],
      ['warning', 'misspelled-key', 8, 9],
      ['warning', 'misspelled-key', 9, 9],
      ['warning', 'misspelled-key', 11, 13],
    ])
    expect(template?.node_types['a.T']?.properties['n']).toEqual({
      type: 'string',
      type_version: '0.0.0',
      required: false,
      constraints: [{ min_length: 2 }],
    })
  })

  it('include other words for true, and remarks what is none', () => {
    const metadata = (common: string) =>
      read(`node_types: {a: {properties: {n: {type: integer, metadata: {common: ${common}}}}}}\n`)
    for (const common of ['yes', 'True', "'true'", 'no']) expect(metadata(common).findings).toEqual([])
    const path = '$.node_types.a.properties.n.metadata.common'
    expect(metadata('perhaps').findings).toMatchObject([{ severity: 'warning', code: 'wrong-type', path, line: 2 }])
  })

  it('include versions of types that are not there, and keys that nobody knows', () => {
    const { template, findings } = read(`node_types:
  a.T:
    version: 1.0.1
    derived_from: tosca.nodes.Root
topology_template:
  node_templates:
    n:
      type: a.T
      type_version: 1.0.0
      colour: red
`)
    expect(template?.topology_template.node_templates['n']).toMatchObject({ type_version: '1.0.0', version: '0.0.0' })
    expect(findings).toMatchObject([
      { severity: 'warning', code: 'type-version', line: 10, column: 21, hint: 'write type_version: 1.0.1' },
      { severity: 'warning', code: 'unknown-key', line: 11, column: 7 },
    ])
  })

  it('include types whose ancestors are elsewhere', () => {
    const { template, findings } = read(
      'node_types:\n  a.T:\n    derived_from: b.T\n    properties: {c: {type: d.T}}\n',
    )
    expect(template).toBeDefined()
    expect(findings).toMatchObject([
      { severity: 'warning', code: 'unknown-type', line: 4, column: 19 },
      { severity: 'warning', code: 'unknown-type', line: 5 },
    ])
  })
})

describe('what is broken is refused with its place', () => {
  it.each([
    ['a key twice', 'node_types:\n  a.T:\n    version: 1.0.0\n  a.T: {}\n', 'duplicate-key', 5, 3],
    ['two topology templates', 'topology_template: {}\ndata_types: {}\ntopology_template: {}\n', 'duplicate-key', 4, 1],
    ['one of them misspelled', 'topology_template: {}\ntopologyTemplate: {}\n', 'duplicate-key', 3, 1],
    [
      'a type that is its own ancestor',
      'node_types:\n  a:\n    derived_from: b\n  b:\n    derived_from: a\n',
      'cycle',
      4,
      19,
    ],
    ['an unknown node type', 'topology_template:\n  node_templates:\n    n:\n      type: a.T\n', 'unknown-type', 5, 13],
    ['a node template without type', 'topology_template:\n  node_templates:\n    n: {}\n', 'no-type', 4, 5],
    [
      'a name with a colon',
      'topology_template:\n  node_templates:\n    "n:1": {type: tosca.nodes.Root}\n',
      'wrong-name',
      4,
      5,
    ],
    ['a list where a map belongs', 'node_types:\n  - a\n', 'wrong-type', 3, 3],
    [
      'a constraint without its number',
      'data_types:\n  a:\n    derived_from: integer\n    constraints:\n      - in_range: [1]\n',
      'wrong-constraint',
      6,
      19,
    ],
    [
      'a wrong default',
      'data_types:\n  a:\n    properties:\n      b: {type: integer, default: x}\n',
      'wrong-type',
      5,
      35,
    ],
    [
      'an artifact of nothing',
      'topology_template:\n  node_templates:\n    n:\n      type: tosca.nodes.Root\n      artifacts:\n        a: {}\n',
      'no-artifact',
      7,
      9,
    ],
    ['a key that objects keep for themselves', 'metadata:\n  __proto__: {a: 1}\n', 'reserved-key', 3, 3],
  ])('%s', (_, body, code, line, column) => {
    const { template, findings } = read(body)
    expect(template).toBeUndefined()
    expect(findings.find(({ severity }) => severity === 'error')).toMatchObject({ code, file: 't.yaml', line, column })
  })

  it('what could not be read again once it is written out', () => {
    const long = `metadata:\n  a: &a "${'x'.repeat(300_000)}"\n  b: [*a, *a]\n`
    expect(read(long).findings).toMatchObject([{ code: 'too-large', path: '$', line: 1 }])
    const short = Array.from({ length: 12_000 }, (_, n) => `  i${n}: string\n`).join('')
    expect(read(`topology_template:\n inputs:\n${short}`).findings).toMatchObject([
      { code: 'too-large', message: expect.stringContaining('values') as string },
    ])
  })

  it('with findings that are short, however long the names are', () => {
    const name = 'k'.repeat(100_000)
    const { findings } = read(`node_types:\n  ? ${name}\n  : {colour: red, ${name}: 1}\n`)
    expect(findings).toHaveLength(2)
    expect(JSON.stringify(findings).length).toBeLessThan(5_000)
    expect(findings[1]?.message).toMatch(/^unknown key 'k+…k+': it is ignored$/)
  })

  it('names the types that are near', () => {
    const body =
      'node_types:\n  a.Sluice: {derived_from: tosca.nodes.Root}\ntopology_template:\n  node_templates:\n    n: {type: a.Sluize}\n'
    expect(read(body).findings).toMatchObject([{ code: 'unknown-type', hint: `did you mean 'a.Sluice'?` }])
  })

  it('loses no error behind a hundred warnings', () => {
    const many = Array.from({ length: 150 }, (_, n) => `  t${n}: {colour: red}\n`).join('')
    const { template, findings } = read(
      `node_types:\n${many}topology_template:\n  node_templates:\n    n: {type: nothing}\n`,
    )
    expect(template).toBeUndefined()
    expect(findings.filter(({ severity }) => severity === 'error')).toHaveLength(1)
    expect(findings).toHaveLength(101)
  })
})
