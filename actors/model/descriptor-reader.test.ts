import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AssemblyDescriptor, Descriptor, ResourceDescriptor } from './descriptor.ts'
import { readDescriptor } from './descriptor-reader.ts'

function read(text: string, name?: string): Descriptor {
  const { descriptor, findings } = readDescriptor(text, name === undefined ? {} : { name })
  expect(findings).toEqual([])
  if (descriptor === undefined) throw new Error('no descriptor')
  return descriptor
}
const assembly = (text: string) => read(`name: assembly::a::1.0\n${text}`) as AssemblyDescriptor
const resource = (text: string) => read(`name: resource::r::1.0\n${text}`) as ResourceDescriptor

/** `line:column code path` of each finding; the first line of the text is its name. */
function findings(text: string, name = 'assembly::a::1.0'): string[] {
  return readDescriptor(`name: ${name}\n${text}`).findings.map(
    (one) => `${one.line}:${one.column} ${one.severity} ${one.code} ${one.path}`,
  )
}
const inResource = (text: string) => findings(text, 'resource::r::1.0')

describe('an assembly', () => {
  it('is read whole', () => {
    const a = assembly(`
description: all of it
derived-from: assembly::base::1.0
properties:
  n: {type: integer, required: true, default: '2'}
  k: {type: key}
  out: {value: '\${net.id}', read-only: true}
capabilities: {c: {type: Any}}
requirements: {r: {type: Any}}
composition:
  net: {type: resource::net::1.0}
  many:
    type: assembly::inner::1.2
    cluster: {initial-quantity: '\${n}', minimum-nodes: 0, maximum-nodes: '4', scaling-increment: 2}
    properties: {x: {value: '\${net.id}'}, who: {value: '\${instance.name}_gateway'}, o: {read-only: true}}
  twice: {type: resource::net::1.0, quantity: '\${n}'}
references:
  store: {type: 'assembly::storage::^1.0', properties: {deploymentLocation: {value: here}}}
relationships:
  r:
    source-capabilities: [many.c, store, store.c]
    target-requirements: [net.r]
    source-state: Active
    target-state: Inactive
    properties: {ip: {value: '\${source.ip}'}, port: {value: 5060}}
    lifecycle: {Create: [target.add, net.more], Cease: [source.remove]}
operations: {op: {source-operation: net.op, properties: {p: {}}}}
metrics: {load: {type: metric::load, source-metric: many.load}}
policies:
  scale:
    type: policy::scale
    metric: load
    target: many
    properties: {scaleOut_threshold: 58, scaleIn_threshold: {value: 32}, smoothing: '\${n}'}
designerLayout: {anything: [1, {x: y}]}
`)
    expect(a.derivedFrom).toBe('assembly::base::1.0')
    expect(a.properties['n']).toEqual({
      type: 'integer',
      required: true,
      description: '',
      default: '2',
      readOnly: false,
      volatile: false,
    })
    expect(a.composition['net']).toEqual({ type: 'resource::net::1.0', quantity: '1', properties: {} })
    expect(a.composition['many']?.cluster).toEqual({
      initialQuantity: '${n}',
      minimumNodes: '0',
      maximumNodes: '4',
      scalingIncrement: '2',
    })
    expect(a.composition['twice']?.quantity).toBe('${n}')
    expect(a.references['store']?.type).toBe('assembly::storage::^1.0')
    expect(a.relationships['r']).toMatchObject({
      sources: [
        { component: 'many', name: 'c' },
        { component: 'store', name: '' },
        { component: 'store', name: 'c' },
      ],
      targets: [{ component: 'net', name: 'r' }],
      sourceState: 'Active',
      targetState: 'Inactive',
      sourceModifier: 'post',
      targetModifier: 'pre',
      create: [
        { on: 'target', operation: 'add' },
        { on: 'net', operation: 'more' },
      ],
      cease: [{ on: 'source', operation: 'remove' }],
    })
    expect(a.relationships['r']?.properties['port']?.value).toBe('5060')
    expect(a.operations['op']).toEqual({ component: 'net', name: 'op' })
    expect(a.metrics['load']).toEqual({ component: 'many', name: 'load' })
    expect(a.policies['scale']).toEqual({
      metric: { component: 'many', name: 'load' },
      target: 'many',
      scaleOutThreshold: '58',
      scaleInThreshold: '32',
      smoothing: '${n}',
    })
  })

  it('needs nothing but its name', () => {
    expect(assembly('')).toMatchObject({ kind: 'assembly', properties: {}, composition: {}, policies: {} })
    expect(read('description: without a name\n', 'assembly::given::1.0').name).toBe('assembly::given::1.0')
  })
})

describe('a resource', () => {
  it('is read whole', () => {
    const r = resource(`
properties: {ip: {read-only: true}, volatile: {volatile: true, default: 1}}
private-properties: {secret: {}}
infrastructure: {Openstack: {}, Kubernetes: {}}
lifecycle:
  Create: {drivers: {openstack: {selector: {infrastructure-type: [Openstack]}, template: {file: x, template-type: y}, properties: {template-type: {value: HEAT}}}}}
  Start: {}
  Stop:
default-driver: {ansible: {selector: {infrastructure-type: ['*']}}, other: {}}
operations: {add: {description: adds, properties: {ip: {type: string}, copy: {default: '\${ip}'}}}}
metrics: {h: {type: metric::integrity}, l: {type: metric::load, publication_period: '\${ip}'}}
policies: {heal: {type: policy::heal, metric: h, properties: {smoothing: {value: 3}}}}
queries: {FindReference: {drivers: {openstack: {selector: {infrastructure-type: Openstack}}}}}
resource-manager-type: brent
`)
    expect(r.infrastructure).toEqual(['Openstack', 'Kubernetes'])
    expect(Object.keys(r.lifecycle)).toEqual(['Create', 'Start', 'Stop'])
    expect(r.lifecycle.Create).toMatchObject({
      drivers: { openstack: ['Openstack'] },
      properties: { 'template-type': { value: 'HEAT' } },
    })
    expect(r.lifecycle.Stop).toEqual({ drivers: {}, properties: {} })
    expect(r.defaultDrivers).toEqual({ ansible: ['*'], other: ['*'] })
    expect(r.metrics).toEqual({
      h: { type: 'metric::integrity', publicationPeriod: '60' },
      l: { type: 'metric::load', publicationPeriod: '${ip}' },
    })
    expect(r.policies).toEqual({ heal: { metric: 'h', smoothing: '3' } })
    expect(r.findReference?.drivers).toEqual({ openstack: ['Openstack'] })
  })

  it('is read in its older forms', () => {
    const r = resource(`
infrastructure: {Openstack: {template: {file: heat.yaml, template-type: HEAT}, discover: {file: d.yaml, template_type: TOSCA}}}
lifecycle: [Install, Configure]
`)
    expect(Object.keys(r.lifecycle)).toEqual(['Install', 'Configure'])
    expect(r.findReference).toEqual({ drivers: {}, properties: {} })
    expect(resource('queries: {drivers: {d: {}}}').findReference?.drivers).toEqual({ d: ['*'] })
  })
})

describe('tolerated with a warning', () => {
  it('known misspellings', () => {
    const text = `properties:
  a: {type: stirng, read_only: true}
  b: {descripion: x, descriptiomn: x}
  c: {require: true}
  d: {type: read_only}
  e: {type: bytes}
`
    expect(findings(text)).toEqual([
      '3:13 warning misspelled-type $.properties.a.type',
      '3:21 warning misspelled-key $.properties.a.read_only',
      '4:7 warning misspelled-key $.properties.b.descripion',
      '4:22 warning misspelled-key $.properties.b.descriptiomn',
      '4:22 error duplicate-key $.properties.b.descriptiomn',
      '5:7 warning misspelled-key $.properties.c.require',
      '6:13 warning misspelled-type $.properties.d.type',
      '7:13 warning unknown-type $.properties.e.type',
    ])
    const { descriptor } = readDescriptor(`name: assembly::a::1.0\n${text.replace(', descriptiomn: x', '')}`)
    expect(descriptor?.properties).toMatchObject({
      a: { type: 'string', readOnly: true },
      b: { description: 'x' },
      c: { required: true },
      d: { type: 'string', readOnly: true },
      e: { type: 'bytes' },
    })
  })

  it('unknown keys, with the nearest known one', () => {
    const { findings: all, descriptor } = readDescriptor('name: assembly::a::1.0\ncompositon: {}\nzzz: 1\n')
    expect(all).toMatchObject([
      { code: 'unknown-key', line: 2, column: 1, hint: `did you mean 'composition'?` },
      { code: 'unknown-key', line: 3, column: 1, severity: 'warning' },
    ])
    expect(all[1]?.hint).toContain('known here: name, description')
    expect(descriptor).toBeDefined()
    expect(inResource('lifecycle: {Strat: {}}')).toEqual(['2:13 warning unknown-key $.lifecycle.Strat'])
  })

  it('undeclared capabilities, and none at all', () => {
    const text = `composition: {a: {type: resource::r::1.0}, b: {type: resource::r::1.0}}
relationships:
  r: {source-capabilities: [a], target-requirements: [b.x], source-state: Active, target-state: Active}
`
    expect(findings(text)).toEqual(['4:29 warning missing-capability $.relationships.r.source-capabilities[0]'])
  })
})

describe('whatever is read', () => {
  const word = fc.constantFrom(
    ...['name', 'properties', 'composition', 'relationships', 'cluster', 'lifecycle', 'policies', 'metrics', 'type'],
    ...['value', 'a', 'b', '__proto__', 'constructor', 'queries', 'drivers', 'infrastructure', 'default', 'smoothing'],
    ...['${a}', '${a.b}', '${', 'assembly::a::1.0', 'resource::r::1.0', 'a.b', 'Active', 'policy::scale', '-1', ''],
  )
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      word,
      fc.constantFrom(null, true, 3),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(word, tie('tree'), { maxKeys: 6 }),
    ),
  }))

  it('no document makes the reader throw', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom('assembly::a::1.0', 'resource::r::1.0'), (value, name) => {
        const text = JSON.stringify(value)
        const { descriptor, findings: all } = readDescriptor(text, { name })
        expect(descriptor === undefined).toBe(all.some((finding) => finding.severity === 'error'))
        for (const finding of all) expect(finding.line).toBe(1)
      }),
      { numRuns: 1000 },
    )
  })

  it('no text makes the reader throw', () => {
    const lines = fc.array(fc.tuple(fc.nat({ max: 6 }), word, fc.constantFrom(': ', ':', ': {', ' - ', ''), word))
    fc.assert(
      fc.property(lines, (all) => {
        const text = all.map(([indent, key, middle, value]) => ' '.repeat(indent) + key + middle + value).join('\n')
        readDescriptor(text)
        readDescriptor(text, { name: 'assembly::a::1.0' })
      }),
      { numRuns: 1000 },
    )
  })
})
