import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { controlLoopTypes } from './control-loop-types.ts'
import { commonOrInstanceProperties } from './node-template-views.ts'
import { parametersSchema } from './parameters-schema.ts'
import { readServiceTemplate } from './service-template-reader.ts'
import { serviceTemplate, type ServiceTemplate } from './service-template.ts'
import { exportTosca } from './template-export.ts'
import { reducedTemplate } from './template-fragment.ts'
import { SLUICE_TEMPLATE } from './testing/sluice-template.ts'

/** Everything that is asked of a template, without a throw. */
function askAll(template: ServiceTemplate): void {
  const { types } = controlLoopTypes(template)
  for (const { definition } of types.flatMap(({ elements }) => elements))
    parametersSchema(template, definition, 'instance')
  commonOrInstanceProperties(template, 'common')
  commonOrInstanceProperties(template, 'instance')
  reducedTemplate(template)
}

function readAndAsk(text: string, format: 'yaml' | 'json' = 'yaml'): void {
  const { template, findings } = readServiceTemplate(text, { format })
  expect(template === undefined).toBe(findings.some(({ severity }) => severity === 'error'))
  for (const { line, column, path } of findings) {
    expect(line).toBeGreaterThan(0)
    expect(column).toBeGreaterThan(0)
    expect(path.startsWith('$')).toBe(true)
  }
  if (template === undefined) return
  expect(serviceTemplate.parse(template)).toEqual(template)
  askAll(template)
}

const json = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    ...['yes', '1.0', '0777', '2021-01-01', '<', ' x ', 'a\n b\n\n', '#', ': ', '- ', '\t', '', '1:30', '~', '='],
  ),
)

describe('properties', () => {
  it('random text never throws', () => {
    const soup = fc.string({
      unit: fc.constantFrom(
        ...'ab:- \n[]{}&*!|>\'"#,?%<~\t',
        '\n  ',
        ': ',
        '---\n',
        'properties:',
        'type: ',
        'node_types:\n  ',
      ),
    })
    fc.assert(
      fc.property(soup, (text) => {
        readAndAsk(text)
        readAndAsk(`tosca_definitions_version: tosca_simple_yaml_1_3\n${text}`)
      }),
      { numRuns: 200 },
    )
  })

  it('a template with a piece cut out, doubled or replaced never throws', () => {
    const position = fc.nat(SLUICE_TEMPLATE.length)
    const words = fc.constantFrom(
      '',
      ' ',
      '\n',
      "'",
      '"',
      '{',
      ']',
      '- ',
      'type',
      '__proto__',
      'constructor',
      ': ~',
      '*a',
      '1.0',
    )
    fc.assert(
      fc.property(position, fc.nat(60), words, fc.boolean(), (from, length, word, twice) => {
        const cut = SLUICE_TEMPLATE.slice(from, from + length)
        readAndAsk(
          SLUICE_TEMPLATE.slice(0, from) + word + (twice ? cut + cut : '') + SLUICE_TEMPLATE.slice(from + length),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('a template with lines in another order never throws', () => {
    const lines = SLUICE_TEMPLATE.split('\n')
    fc.assert(
      fc.property(fc.nat(lines.length), fc.nat(lines.length), (from, to) => {
        const moved = lines.toSpliced(from, 1).toSpliced(to, 0, lines[from] ?? '')
        readAndAsk(moved.join('\n'))
      }),
      { numRuns: 40 },
    )
  })

  it('what is exported loads to the same template', () => {
    const text = (values: unknown) => `tosca_definitions_version: tosca_simple_yaml_1_1
node_types: {T: {derived_from: tosca.nodes.Root, properties: {p: {type: any, default: ${JSON.stringify(values)}}}}}
topology_template:
  inputs: {i: {type: any, default: ${JSON.stringify(values)}}}
  node_templates: {n: {type: T, properties: {p: ${JSON.stringify(values)}}, requirements: [${JSON.stringify(values)}]}}
  policies: {one: {type: P, properties: {p: ${JSON.stringify(values)}}}}
`
    fc.assert(
      fc.property(json, (values) => {
        const { template } = readServiceTemplate(text(values))
        if (template === undefined) return
        for (const format of ['yaml', 'json'] as const) {
          expect(readServiceTemplate(exportTosca(template, format), { format }).template).toEqual(template)
        }
      }),
      { numRuns: 60 },
    )
    const { template } = readServiceTemplate(SLUICE_TEMPLATE)
    const again = readServiceTemplate(exportTosca(template as ServiceTemplate, 'yaml'))
    expect([again.template, again.findings]).toEqual([template, []])
  })

  it('types that derive from and consist of each other in any way come to an end', () => {
    const names = ['A', 'B', 'C', 'D']
    const name = fc.constantFrom(...names, 'tosca.nodes.Root', 'org.onap.policy.clamp.controlloop.ControlLoop')
    const type = fc.record({ derived_from: name, properties: fc.record({ p: fc.record({ type: name }) }) })
    const section = fc.dictionary(fc.constantFrom(...names), type)
    fc.assert(
      fc.property(
        section,
        section,
        fc.dictionary(fc.constantFrom('n', 'm'), name),
        json,
        (data, nodes, templates, value) => {
          const node_templates = Object.entries(templates).map(([key, of]) => [
            key,
            { type: of, properties: { p: value } },
          ])
          readAndAsk(
            JSON.stringify({
              tosca_definitions_version: 'tosca_simple_yaml_1_3',
              data_types: data,
              node_types: nodes,
              topology_template: { node_templates: Object.fromEntries(node_templates) as unknown },
            }),
            'json',
          )
        },
      ),
    )
  })
})

it('what would be too large with its lines indented is exported without', () => {
  const lines = JSON.stringify('line\n'.repeat(10_000))
  const text = `tosca_definitions_version: tosca_simple_yaml_1_3\nmetadata: ${'{a: '.repeat(40)}${lines}${'}'.repeat(40)}\n`
  const template = readServiceTemplate(text).template as ServiceTemplate
  expect(template).toBeDefined()
  for (const format of ['yaml', 'json'] as const) {
    expect(readServiceTemplate(exportTosca(template, format), { format }).template).toEqual(template)
  }
})

describe('hostile input is refused quickly', () => {
  const head = 'tosca_definitions_version: tosca_simple_yaml_1_3\n'
  const bomb = Array.from({ length: 9 }, (_, n) => `  b${n + 1}: &b${n + 1} [${Array(9).fill(`*b${n}`).join(',')}]`)
  it.each([
    ['an alias bomb', `${head}metadata:\n  b0: &b0 [x]\n${bomb.join('\n')}\n`],
    ['a huge text', head + 'x'.repeat(600_000)],
    ['deep nesting', head + '{a: '.repeat(10_000)],
    ['quotes without end', `${head}a:\n  b: 'x\n${'y\n'.repeat(50_000)}`],
    [
      'a long chain of types',
      head + 'node_types:\n' + Array.from({ length: 500 }, (_, n) => `  t${n}: {derived_from: t${n + 1}}\n`).join(''),
    ],
  ])('%s', (_, text) => {
    expect(readServiceTemplate(text).template).toBeUndefined()
  })

  const long = 'abc,'.repeat(100_000)
  const listOf = (item: string, schema: string) => `${head}node_types:
  T: {derived_from: tosca.nodes.Root, properties: {p: {type: list, entry_schema: ${schema}}}}
topology_template:
  inputs: {long: {type: string, default: "${long}"}, keys: {type: map, default: {? "${'k'.repeat(50_000)}"\n : 1}}}
  node_templates: {n: {type: T, properties: {p: [${Array(1_500).fill(item).join(', ')}]}}}
`
  it.each([
    ['references to a long text', listOf('{get_input: long}', 'string')],
    ['references to a long key', listOf('{get_input: keys}', 'map')],
    ['parts of a long text', listOf('{token: [{get_input: long}, ",", 1]}', 'string')],
    ['lengths of a long text', listOf('{get_input: long}', '{type: string, constraints: [max_length: 1000000]}')],
    ['what is made of a long text', listOf('{concat: [{get_input: long}, {get_input: long}]}', 'any')],
  ])('%s', (_, text) => {
    const before = performance.now()
    const { template, findings } = readServiceTemplate(text)
    expect(performance.now() - before).toBeLessThan(2_000)
    expect(template).toBeUndefined()
    expect(findings.map(({ code }) => code)).toContain('too-large')
  })
})
