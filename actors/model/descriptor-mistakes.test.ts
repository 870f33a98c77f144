import { describe, expect, it } from 'vitest'
import { readDescriptor } from './descriptor-reader.ts'

/** `line:column code path` of each finding; the first line of the text is its name. */
function findings(text: string, name = 'assembly::a::1.0'): string[] {
  return readDescriptor(`name: ${name}\n${text}`).findings.map(
    (one) => `${one.line}:${one.column} ${one.severity} ${one.code} ${one.path}`,
  )
}
const inResource = (text: string) => findings(text, 'resource::r::1.0')

describe('errors', () => {
  it.each([
    ['no name', 'description: x', '1:1 missing-key $'],
    ['no descriptor', '- a', '1:1 wrong-type $'],
    ['no kind', 'name: x::a::1.0', '1:7 bad-name $.name'],
    ['a version with v', 'name: assembly::a::v1.0', '1:7 bad-name $.name'],
    ['two parts', 'name: assembly::a', '1:7 bad-name $.name'],
    ['a long resource name', `name: resource::${'a'.repeat(51)}::1.0`, '1:7 bad-name $.name'],
    ['underscores', 'name: resource::a__b::1.0', '1:7 bad-name $.name'],
    ['a type', 'name: type::a::1.0', '1:7 unsupported-kind $.name'],
  ])('in the name: %s', (_, text, expected) => {
    const [finding] = readDescriptor(text).findings
    expect(`${finding?.line}:${finding?.column} ${finding?.code} ${finding?.path}`).toBe(expected)
  })

  it('a name that differs from the given one', () => {
    const { findings: all } = readDescriptor('name: assembly::b::1.0\n', { name: 'assembly::a::1.0', file: 'f.yml' })
    expect(all).toMatchObject([{ code: 'name-differs', file: 'f.yml', line: 1, column: 7 }])
  })

  it.each([
    ['a.b: {}', '3:3 error bad-name $.properties["a.b"]'],
    ['a b: {}', '3:3 error bad-name $.properties["a b"]'],
    ['__proto__: {}', '3:3 error bad-name $.properties.__proto__'],
    ['a: text', '3:6 error wrong-type $.properties.a'],
    ['a: {value: [1]}', '3:14 error wrong-type $.properties.a.value'],
    ['a: {required: maybe}', '3:17 error wrong-type $.properties.a.required'],
    ['a: {volatile: true, read-only: true}', '3:17 error contradiction $.properties.a.volatile'],
    ['a: {volatile: true, value: 1}', '3:17 error contradiction $.properties.a.volatile'],
    ["a: {value: '${b'}", '3:14 error bad-expression $.properties.a.value'],
    ["a: {value: '${b}'}", '3:14 error unknown-property $.properties.a.value'],
    ["a: {value: '${constructor}'}", '3:14 error unknown-property $.properties.a.value'],
    ["a: {value: '${c.x}'}", '3:14 error unknown-component $.properties.a.value'],
    ["a: {default: '${instance.size}'}", '3:16 error bad-expression $.properties.a.default'],
    ["a: {value: '${a}'}", '3:14 error cycle $.properties.a.value'],
  ])('in a property: %s', (property, expected) => {
    expect(findings(`properties:\n  ${property}\n`)).toEqual([expected])
  })

  it.each([
    ['{}', '3:3 error missing-key $.composition.c'],
    ['{type: resource::r}', '3:13 error bad-name $.composition.c.type'],
    ['{type: resource::r::^1.0}', '3:13 error bad-name $.composition.c.type'],
    ['{type: resource::r::1.0, quantity: -1}', '3:41 error out-of-range $.composition.c.quantity'],
    ['{type: resource::r::1.0, quantity: 1.5}', '3:41 error out-of-range $.composition.c.quantity'],
    ['{type: resource::r::1.0, quantity: many}', '3:41 error out-of-range $.composition.c.quantity'],
    ['{type: resource::r::1.0, quantity: 1e9}', '3:41 error out-of-range $.composition.c.quantity'],
    ["{type: resource::r::1.0, quantity: '${n}'}", '3:41 error unknown-property $.composition.c.quantity'],
    [
      '{type: resource::r::1.0, cluster: {minimum-nodes: 3, maximum-nodes: 2}}',
      '3:74 error out-of-range $.composition.c.cluster.maximum-nodes',
    ],
    [
      "{type: resource::r::1.0, cluster: {maximum-nodes: 2, initial-quantity: '3'}}",
      '3:77 error out-of-range $.composition.c.cluster.initial-quantity',
    ],
    [
      '{type: resource::r::1.0, cluster: {initial-quantity: 0}}',
      '3:59 error out-of-range $.composition.c.cluster.initial-quantity',
    ],
    ['{type: resource::r::1.0, quantity: 1, cluster: {}}', '3:31 warning ignored-key $.composition.c.quantity'],
  ])('in a component: %s', (component, expected) => {
    expect(findings(`composition:\n  c: ${component}\n`)).toEqual([expected])
  })

  it('in names of components', () => {
    expect(findings('composition:\n  a__b: {type: resource::r::1.0}\n')).toEqual([
      '3:3 error bad-name $.composition.a__b',
    ])
    expect(findings('composition:\n  instance: {type: resource::r::1.0}\n')).toEqual([
      '3:3 error bad-name $.composition.instance',
    ])
  })

  const relationship = (changes: Record<string, string>): string => {
    const fields = {
      'source-capabilities': '[a.c]',
      'target-requirements': '[b.r]',
      'source-state': 'Active',
      'target-state': 'Active',
      ...changes,
    }
    return `references: {ref: {type: resource::r::1.0}}
composition: {a: {type: resource::r::1.0}, b: {type: resource::r::1.0}}
relationships:
  r:
${Object.entries(fields)
  .map(([key, value]) => `    ${key}: ${value}\n`)
  .join('')}`
  }
  it.each([
    [{ 'source-capabilities': '[x.c]' }, '6:27 error unknown-component $.relationships.r.source-capabilities[0]'],
    [{ 'source-capabilities': '[]' }, '5:3 error missing-key $.relationships.r'],
    [{ 'source-capabilities': '[a.b.c]' }, '6:27 error bad-endpoint $.relationships.r.source-capabilities[0]'],
    [{ 'target-requirements': '[ref]' }, '7:27 error reference-as-target $.relationships.r.target-requirements[0]'],
    [{ 'target-state': 'Activ' }, '9:19 error value-not-allowed $.relationships.r.target-state'],
    [{ 'target-state': 'Broken' }, '9:19 error value-not-allowed $.relationships.r.target-state'],
    [{ 'target-state-modifier': 'after' }, '10:28 error value-not-allowed $.relationships.r.target-state-modifier'],
    [{ lifecycle: '{Create: [other.op]}' }, '10:26 error unknown-side $.relationships.r.lifecycle.Create[0]'],
    [{ lifecycle: '{Cease: [op]}' }, '10:25 error bad-endpoint $.relationships.r.lifecycle.Cease[0]'],
    [{ lifecycle: '{Begin: []}' }, '10:17 warning unknown-key $.relationships.r.lifecycle.Begin'],
    [{ properties: "{p: {value: '${nope}'}}" }, '10:29 error unknown-property $.relationships.r.properties.p.value'],
  ] as [Record<string, string>, string][])('in a relationship: %o', (changes, expected) => {
    expect(findings(relationship(changes))).toEqual([expected])
  })

  it('source and target are known in relationships only', () => {
    const [finding] = readDescriptor(`name: assembly::a::1.0\nproperties: {p: {value: '\${source.x}'}}\n`).findings
    expect(finding).toMatchObject({ code: 'unknown-component', line: 2, column: 25 })
    expect(finding?.hint).toContain('relationships')
  })

  it('values that depend on themselves, through components too', () => {
    const { findings: all } = readDescriptor(`name: assembly::a::1.0
properties: {p: {value: '\${a.x}'}}
composition:
  a: {type: resource::r::1.0, properties: {x: {value: '\${b.y}'}}}
  b: {type: resource::r::1.0, properties: {y: {value: '\${p}'}}}
`)
    expect(all).toMatchObject([{ code: 'cycle', message: 'a value depends on itself: p → a.x → b.y → p' }])
    expect(all[0]?.line).toBe(5)
  })

  it('in policies', () => {
    const text = (target: string, more = '') => `composition:
  a: {type: resource::r::1.0}
  b: {type: resource::r::1.0, cluster: {}}
policies:
  p: {type: policy::scale, metric: a.load, target: ${target}, properties: {scaleOut_threshold: 9${more}}}
`
    expect(findings(text('b'))).toEqual([])
    expect(findings(text('a'))).toEqual(['6:52 error not-a-cluster $.policies.p.target'])
    expect(findings(text('c'))).toEqual(['6:52 error unknown-component $.policies.p.target'])
    expect(findings(text('b', ', scaleIn_threshold: 10'))).toEqual([
      '6:110 error out-of-range $.policies.p.properties.scaleIn_threshold',
    ])
    expect(findings(text('b', ', smoothing: 0'))).toEqual([
      '6:102 error out-of-range $.policies.p.properties.smoothing',
    ])
  })

  it('in resources', () => {
    expect(inResource(`properties: {p: {value: '\${net.id}'}}`)).toEqual([
      '2:25 error unknown-component $.properties.p.value',
    ])
    expect(inResource('metrics: {m: {type: metric::size}}')).toEqual(['2:21 error value-not-allowed $.metrics.m.type'])
    expect(inResource('policies: {p: {type: policy::heal, metric: m}}')).toEqual([
      '2:44 error unknown-metric $.policies.p.metric',
    ])
    expect(inResource('metrics: {m: {type: metric::load}}\npolicies: {p: {type: policy::scale, metric: m}}')).toEqual([
      '3:22 error value-not-allowed $.policies.p.type',
      '3:45 error wrong-metric $.policies.p.metric',
    ])
    expect(inResource('lifecycle: Start')).toEqual(['2:12 error wrong-type $.lifecycle'])
  })
})

describe('many mistakes', () => {
  const many = (line: (n: number) => string) => Array.from({ length: 2000 }, (_, n) => line(n)).join('')
  it.each([
    ['names that point nowhere', `properties:\n${many((n) => `  property${n}: {value: '\${propertie${n}}'}\n`)}`],
    ['unknown keys', many((n) => `composition${n}: 1\n`)],
    ['one long circle', `properties:\n${many((n) => `  p${n}: {value: '\${p${(n + 1) % 2000}}'}\n`)}`],
    ['components that are not there', `policies:\n${many((n) => `  p${n}: {metric: c.m}\n`)}`],
  ])('%s: not all of them are listed', { timeout: 60_000 }, (_, text) => {
    const { findings: all } = readDescriptor(text, { name: 'assembly::a::1.0' })
    expect(all.length).toBeGreaterThan(0)
    expect(all.length).toBeLessThanOrEqual(100)
    for (const finding of all) expect(finding.message.length).toBeLessThan(2000)
  })
})
