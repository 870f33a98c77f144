import { describe, expect, it } from 'vitest'
import { descriptorSet, DESCRIPTOR_SET_MAX, effective, sourceOf } from './catalogue.ts'
import type { Descriptor } from './descriptor.ts'
import { locateFindings, readDescriptor } from './descriptor-reader.ts'
import { descriptorText } from './descriptor-text.ts'

function read(text: string): Descriptor {
  const { descriptor, findings } = readDescriptor(text)
  if (descriptor === undefined) throw new Error(JSON.stringify(findings))
  return descriptor
}

const NET = `name: resource::net::1.0
properties: {cidr: {}, id: {read-only: true}, url: {value: 'net:\${id}'}}
private-properties: {secret: {}}
operations: {join: {}}
metrics: {load: {type: metric::load}, health: {type: metric::integrity}}
`

/** The findings about `assembly::top::1.0` made of the given sections, and of more descriptors. */
function check(top: string, ...more: string[]): string[] {
  const source = sourceOf([read(`name: assembly::top::1.0\n${top}`), ...[NET, ...more].map(read)])
  const { set, findings } = descriptorSet(source, 'assembly::top::1.0')
  expect(set === undefined).toBe(findings.some((finding) => finding.severity === 'error'))
  return findings.map(
    (one) => `${one.severity} ${one.code} ${one.path}: ${one.message}${one.hint === undefined ? '' : ` (${one.hint})`}`,
  )
}

describe('descriptorSet', () => {
  it('holds the assembly and all below it, parts first', () => {
    const inner = read(`name: assembly::inner::1.0\ncomposition: {n: {type: resource::net::1.0}}`)
    const top = read(`name: assembly::top::1.0
composition: {a: {type: assembly::inner::1.0}, b: {type: assembly::inner::1.0}, n: {type: resource::net::1.0}}
references: {r: {type: 'resource::elsewhere::^1.0'}}`)
    const { set, findings } = descriptorSet(sourceOf([top, inner, read(NET)]), top.name)
    expect(findings).toEqual([])
    expect(Object.keys(set ?? {})).toEqual(['resource::net::1.0', 'assembly::inner::1.0', 'assembly::top::1.0'])
  })

  it('names what is missing, where, and what was meant', () => {
    expect(check('composition: {n: {type: resource::nte::1.0}}')).toEqual([
      `error unknown-descriptor $.composition.n.type: 'resource::nte::1.0' isn't in the catalogue (did you mean 'resource::net::1.0'?)`,
    ])
    expect(descriptorSet(sourceOf([]), 'assembly::x::1.0').findings).toMatchObject([{ code: 'unknown-descriptor' }])
  })

  it('names the circle of a composition that contains itself', () => {
    const a = `name: assembly::a::1.0\ncomposition: {b: {type: assembly::b::1.0}}`
    const b = `name: assembly::b::1.0\ncomposition: {a: {type: assembly::a::1.0}}`
    const { findings } = descriptorSet(sourceOf([read(a), read(b)]), 'assembly::a::1.0')
    expect(findings).toMatchObject([
      {
        code: 'cyclic-composition',
        file: 'assembly::b::1.0',
        path: '$.composition.a.type',
        message: 'an assembly contains itself: assembly::a::1.0 → assembly::b::1.0 → assembly::a::1.0',
      },
    ])
    expect(locateFindings(findings, b, 'b.yml')).toMatchObject([{ file: 'b.yml', line: 2, column: 25 }])
  })

  it('is bounded in depth, breadth and number of instances', () => {
    const tower = Array.from({ length: 30 }, (_, n) =>
      read(`name: assembly::t${n}::1.0\ncomposition: {x: {type: assembly::t${n + 1}::1.0}}`),
    )
    expect(descriptorSet(sourceOf(tower), 'assembly::t0::1.0').findings).toMatchObject([{ code: 'too-deep' }])
    const many = Array.from({ length: DESCRIPTOR_SET_MAX + 1 }, (_, n) => read(`name: resource::r${n}::1.0`))
    const wide = read(
      `name: assembly::w::1.0\ncomposition:\n${many.map((one, n) => `  c${n}: {type: '${one.name}'}`).join('\n')}`,
    )
    expect(descriptorSet(sourceOf([wide, ...many]), wide.name).findings[0]).toMatchObject({ code: 'too-large' })
    const doubling = Array.from({ length: 15 }, (_, n) => {
      const below = n === 14 ? 'resource::net::1.0' : `assembly::d${n + 1}::1.0`
      return read(
        `name: assembly::d${n}::1.0\ncomposition: {x: {type: '${below}', quantity: 2}, y: {type: '${below}'}}`,
      )
    })
    expect(descriptorSet(sourceOf([...doubling, read(NET)]), 'assembly::d0::1.0').findings).toMatchObject([
      { code: 'too-large', path: '$' },
    ])
  })
})

describe('parts that do not fit', () => {
  it('properties that the type does not declare', () => {
    expect(
      check(`composition:
  n: {type: resource::net::1.0, properties: {cdir: {value: x}, deploymentLocation: {value: x}, url: {value: y}}}`),
    ).toEqual([
      `warning undeclared-property $.composition.n.properties.cdir: resource::net::1.0 declares no property 'cdir' (did you mean 'cidr'?)`,
      `warning not-overridable $.composition.n.properties.url: 'url' has a value in resource::net::1.0, which can't be overridden: this one is ignored`,
    ])
  })

  it('expressions that point to nothing in the type', () => {
    const top = (text: string) =>
      `properties: {p: {value: '\${${text}}'}}\ncomposition: {n: {type: resource::net::1.0}}`
    expect(check(top('n.id'))).toEqual([])
    expect(check(top('n.resourceManager'))).toEqual([])
    expect(check(top('n.ib'))[0]).toContain(
      `'\${n.ib}' points nowhere: resource::net::1.0, the type of 'n', has no property`,
    )
    expect(check(top('n.secret'))[0]).toContain('private property')
    expect(check(top('n.constructor'))[0]).toContain('points nowhere')
  })

  it('ends, operations and metrics', () => {
    const top = (property: string, operation: string, metric: string) => `
composition: {n: {type: resource::net::1.0}, m: {type: resource::net::1.0, cluster: {}}}
relationships:
  r:
    source-capabilities: [n.c]
    target-requirements: [m.r]
    source-state: Active
    target-state: Active
    properties: {p: {value: '\${${property}}'}}
    lifecycle: {Create: [${operation}]}
policies: {s: {type: policy::scale, metric: ${metric}, target: m, properties: {scaleOut_threshold: 9}}}`
    expect(check(top('source.id', 'target.join', 'm.load'))).toEqual([])
    expect(check(top('source.ib', 'm.join', 'm.load'))).toMatchObject([expect.stringContaining('${source.ib}')])
    expect(check(top('n.id', 'target.jion', 'm.load'))).toEqual([
      `error unknown-operation $.relationships.r.lifecycle.Create[0]: resource::net::1.0, the type of 'm', declares no operation 'jion' (did you mean 'join'?)`,
    ])
    expect(check(top('n.id', 'source.join', 'm.laod'))[0]).toContain('error unknown-metric $.policies.s.metric')
    expect(check(top('n.id', 'source.join', 'm.health'))[0]).toContain('error wrong-metric $.policies.s.metric')
  })

  it('references are looked at only where the catalogue knows the type, and never as errors', () => {
    const top = (type: string) => `properties: {p: {value: '\${r.nope}'}}\nreferences: {r: {type: '${type}'}}`
    expect(check(top('resource::net::^1.0'))[0]).toContain('warning unknown-property')
    expect(check(top('resource::net::^2.0'))).toEqual([])
  })
})

describe('values that flow in circles', () => {
  const inner = `name: assembly::inner::1.0
properties: {in: {}, out: {value: '\${n.id}'}, through: {value: '\${in}'}}
composition: {n: {type: resource::net::1.0, properties: {cidr: {value: '\${in}'}}}}`
  const top = (a: string, b: string) => `composition:
  a: {type: assembly::inner::1.0, properties: {in: {value: '\${${a}}'}}}
  b: {type: assembly::inner::1.0, properties: {in: {value: '\${${b}}'}}}`

  it('a chain is none', () => {
    expect(check(top('b.out', 'b.resourceManager'), inner)).toEqual([])
    expect(check('composition: {n: {type: resource::net::1.0, properties: {cidr: {value: x}}}}')).toEqual([])
  })

  it('resources that wait for each other, through the levels', () => {
    expect(check(top('b.out', 'a.out'), inner)).toMatchObject([
      expect.stringMatching(
        /^error cycle .*components wait for each other's outputs: a.in → b.out → b.n.id → b.n → b.in → a.out → a.n.id → a.n → a.in$/,
      ),
    ])
  })

  it('values that depend on themselves, through the levels', () => {
    expect(check(top('b.through', 'a.through'), inner)).toMatchObject([
      expect.stringMatching(/^error cycle .*a value depends on itself/),
    ])
  })
})

describe('effective', () => {
  const base = `name: assembly-template::base::1.0
description: the base
properties: {x: {default: base}, y: {}}
composition: {n: {type: resource::net::1.0}}`
  const child = `name: assembly::child::1.0
derived-from: assembly-template::base::1.0
properties: {x: {default: child}, z: {value: '\${y}\${n.id}'}}`

  it('merges what is inherited, own entries first', () => {
    const source = sourceOf([read(base), read(child), read(NET)])
    const { descriptor } = effective(source, read(child))
    expect(descriptor).toMatchObject({ derivedFrom: 'assembly-template::base::1.0', description: 'the base' })
    expect(Object.keys(descriptor?.properties ?? {})).toEqual(['x', 'y', 'z'])
    expect(descriptor?.properties['x']?.default).toBe('child')
    expect(descriptorSet(source, 'assembly::child::1.0').findings).toEqual([])
    if (descriptor === undefined) throw new Error('no descriptor')
    expect(read(descriptorText(descriptor))).toEqual(descriptor)
  })

  it('checks expressions against the whole', () => {
    const wrong = child.replace('${y}', '${w}')
    const { findings } = descriptorSet(sourceOf([read(base), read(wrong), read(NET)]), 'assembly::child::1.0')
    expect(findings).toMatchObject([{ code: 'unknown-property', path: '$.properties.z.value' }])
  })

  it('refuses templates that are missing, resources, or circular', () => {
    expect(effective(sourceOf([]), read(child)).findings).toMatchObject([{ code: 'unknown-descriptor' }])
    const self = read(`name: assembly::s::1.0\nderived-from: assembly::s::1.0`)
    expect(effective(sourceOf([self]), self).findings).toMatchObject([{ code: 'cycle', path: '$.derived-from' }])
    const odd = read(`name: assembly::o::1.0\nderived-from: resource::net::1.0`)
    expect(effective(sourceOf([odd, read(NET)]), odd).findings).toMatchObject([{ code: 'wrong-kind' }])
  })
})
