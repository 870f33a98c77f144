import { describe, expect, it } from 'vitest'
import {
  componentNameFault,
  formatDescriptorName,
  instanceNameFault,
  isNameFault,
  parseDescriptorName,
  versionInRange,
} from './descriptor-name.ts'
import { nearest } from './spelling.ts'

describe('names', () => {
  it.each(['assembly::X-lmctl_dummy::1.0', 'resource::a::10', 'assembly-template::t__t::1.0.0', 'type::x::1.0'])(
    '%s is a descriptor name',
    (text) => {
      const name = parseDescriptorName(text)
      expect(isNameFault(name) ? name.fault : formatDescriptorName(name)).toBe(text)
    },
  )

  it.each([
    ['', 'three parts'],
    ['assembly::a::1.0::b', 'three parts'],
    ['asembly::a::1.0', 'kind'],
    ['assembly::1a::1.0', 'start with a letter'],
    ['assembly::a-::1.0', 'end with a letter'],
    ['assembly::a b::1.0', 'only letters'],
    ['assembly::a::1.', 'version'],
    ['assembly::a::^1.0', 'version'],
    [`assembly::${'a'.repeat(300)}::1.0`, 'longer'],
  ])('%s is none', (text, fault) => {
    expect(parseDescriptorName(text)).toMatchObject({ fault: expect.stringContaining(fault) as string })
  })

  it('has ranges of versions in references', () => {
    expect(parseDescriptorName('assembly::a::^1.0', true)).toMatchObject({ version: '^1.0' })
    expect(parseDescriptorName('assembly::a::^x', true)).toHaveProperty('fault')
  })

  it.each([
    ['1.2', '^1.0', true],
    ['2.0', '^1.0', false],
    ['0.9', '^1.0', false],
    ['0.2.5', '^0.2.1', true],
    ['0.3', '^0.2.1', false],
    ['1.2.9', '~1.2', true],
    ['1.3', '~1.2', false],
    ['1.0.0', '1.0', true],
    ['1.1', '1.0', false],
    ['1.10', '1.x', true],
    ['10.1', '1.x', false],
    ['3', '>=2.5', true],
    ['2.4', '<2.5', true],
    ['7', '*', true],
  ])('%s in %s: %s', (version, range, expected) => {
    expect(versionInRange(version, range)).toBe(expected)
  })

  it('of instances and components leave "__" to the levels', () => {
    expect(instanceNameFault('my-svc_1')).toBeUndefined()
    for (const name of ['', '1a', 'a__b', 'a b', 'a/b', 'x'.repeat(300)]) expect(instanceNameFault(name)).toBeDefined()
    expect(componentNameFault('c_streamer-2')).toBeUndefined()
    for (const name of ['', 'a__b', 'a.b', 'instance']) expect(componentNameFault(name)).toBeDefined()
  })
})

describe('nearest', () => {
  it.each([
    ['compositon', 'composition'],
    ['Composition', 'composition'],
    ['scaling_increment', 'scaling-increment'],
    ['tpye', 'type'],
    ['quantity', undefined],
    ['x', undefined],
  ])('%s → %s', (word, expected) => {
    expect(nearest(word, ['type', 'composition', 'scaling-increment', 'quantity'])).toBe(expected)
  })
})
