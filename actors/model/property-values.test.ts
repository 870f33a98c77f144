import { describe, expect, it } from 'vitest'
import { readDescriptor } from './descriptor-reader.ts'
import { scopeOf } from './expression.ts'
import { orderRefusals, resolveProperties } from './property-values.ts'

const { descriptor } = readDescriptor(`name: assembly::a::1.0
properties:
  size: {type: integer, required: true, description: how many}
  name: {default: 'svc-\${size}'}
  fixed: {value: 'f\${name}'}
  out: {read-only: true, value: '\${n.id}'}
  output: {read-only: true, default: none}
  unset: {}
  who: {default: '\${instance.name}_x'}
composition: {n: {type: resource::n::1.0}}
`)
if (descriptor === undefined) throw new Error('no descriptor')

describe('orderRefusals', () => {
  it('is empty for an order that fits', () => {
    expect(orderRefusals(descriptor, { size: '3', name: 'x' })).toEqual([])
    expect(orderRefusals(descriptor, {}, { size: '3' })).toEqual([])
  })

  it.each([
    [{}, 'missing-property', 'size'],
    [{ size: '3', nmae: 'x' }, 'unknown-property', 'nmae'],
    [{ size: '3', constructor: 'x' }, 'unknown-property', 'constructor'],
    [{ size: '3', output: 'x' }, 'read-only', 'output'],
    [{ size: '3', fixed: 'x' }, 'not-overridable', 'fixed'],
    [{ size: 'three' }, 'wrong-type', 'size'],
    [{ size: '' }, 'wrong-type', 'size'],
  ])('refuses %o: %s', (given, code, property) => {
    expect(orderRefusals(descriptor, given as Record<string, string>)).toMatchObject([{ code, property }])
  })

  it('says what was meant', () => {
    expect(orderRefusals(descriptor, { size: '3', nmae: 'x' })[0]?.hint).toBe(`did you mean 'name'?`)
    expect(orderRefusals(descriptor, { size: '3', zzz: 'x' })[0]?.hint).toBe('known: size, name, unset, who')
    expect(orderRefusals(descriptor, {})[0]?.message).toContain(`'size' (how many) is required`)
  })
})

describe('resolveProperties', () => {
  const outer = scopeOf({ members: { n: { id: 'n1' } }, instance: { name: 'top' } })

  it('follows the precedence', () => {
    expect(resolveProperties(descriptor.properties, { size: '3', fixed: 'ignored' }, { output: 'o' }, outer)).toEqual({
      size: '3',
      name: 'svc-3',
      fixed: 'fsvc-3',
      out: 'n1',
      output: 'o',
      who: 'top_x',
    })
  })

  it('leaves out what is unset, and takes what is given without being declared', () => {
    expect(resolveProperties(descriptor.properties, { extra: 'e' })).toEqual({ output: 'none', extra: 'e' })
  })

  it('ends on circles, and on chains as long as they may be', () => {
    const property = (value: string) => ({
      type: 'string',
      required: false,
      description: '',
      value,
      readOnly: false,
      volatile: false,
    })
    expect(resolveProperties({ a: property('${b}'), b: property('${a}') }, {})).toEqual({})
    const chain = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`p${n}`, property(`\${p${n + 1}}`)]))
    expect(resolveProperties(chain, { p20000: 'end' })['p0']).toBe('end')
    const doubling = Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [`p${n}`, property(`\${p${n + 1}}\${p${n + 1}}`)]),
    )
    expect(resolveProperties(doubling, { p60: 'x' })['p0']).toBeUndefined()
  })
})
