import { describe, expect, it } from 'vitest'
import { clauseBreach, clauseCost, clauseFault, CLAUSES } from './constraints.ts'
import { compareValues, isTimestamp, isVersion, quantityOf } from './scalar-values.ts'

describe('clauseBreach', () => {
  it.each([
    [{ equal: 3 }, 3, 4],
    [{ equal: { a: [1] } }, { a: [1] }, { a: [2] }],
    [{ greater_than: 1 }, 2, 1],
    [{ greater_or_equal: 0 }, 0, -1],
    [{ less_than: 5 }, 4, 5],
    [{ less_or_equal: 5 }, 5, 6],
    [{ in_range: [1, 3] }, 3, 4],
    [{ in_range: [1, 'UNBOUNDED'] }, 99, 0],
    [{ valid_values: ['a', 'b'] }, 'b', 'c'],
    [{ length: 2 }, 'ab', 'abc'],
    [{ min_length: 1 }, ['x'], []],
    [{ max_length: 1 }, { a: 1 }, { a: 1, b: 2 }],
    [{ pattern: '[a-z]+' }, 'abc', 'a1'],
    [{ greater_or_equal: '1.2.0' }, '1.10.0', '1.1.9'],
    [{ greater_than: '2020-01-01' }, '2020-01-01T00:00:01Z', '2019-12-31'],
  ])('%j keeps %j, refuses %j', (constraint, right, wrong) => {
    expect(clauseBreach(constraint, right)).toBeUndefined()
    expect(clauseBreach(constraint, wrong)).toMatch(/^should /)
  })

  it.each([
    ['scalar-unit.size', { valid_values: ['1000 MB'] }, '1 GB', '1 GiB'],
    ['scalar-unit.size', { less_than: '1 GB' }, '900 MB', '1.5 GB'],
    ['scalar-unit.time', { in_range: ['1 s', '1 h'] }, '59 m', '61 m'],
    ['string', { valid_values: ['1d', '1m'] }, '1m', '60 s'],
    ['string', { equal: '1m' }, '1m', '1 m'],
  ] as const)('of a %s, %j keeps %j, refuses %j', (kind, constraint, right, wrong) => {
    expect(clauseBreach(constraint, right, kind)).toBeUndefined()
    expect(clauseBreach(constraint, wrong, kind)).toMatch(/^should /)
  })

  it('compares quantities of one kind only', () => {
    expect(clauseBreach({ equal: '60 s' }, '60 Hz', 'scalar-unit.frequency')).toMatch(/^should /)
    expect(clauseBreach({ less_than: '1 d' }, '2 d', 'string')).toBeUndefined()
  })

  it('counts letters, not what they are made of', () => {
    expect(clauseBreach({ length: 2 }, '😀é')).toBeUndefined()
  })

  it('costs what a value’s length costs', () => {
    expect(clauseCost({ max_length: 1 }, 'x'.repeat(16_000))).toBeGreaterThan(1_000)
    expect(clauseCost({ pattern: '(a*){200}' }, 'x'.repeat(1_000))).toBeGreaterThan(20_000)
    expect(clauseCost({ valid_values: ['a', 'b'] }, 'x'.repeat(16_000))).toBeGreaterThan(3_000)
  })

  it('judges nothing that has no order or no length', () => {
    expect(clauseBreach({ greater_than: 5 }, 'a text')).toBeUndefined()
    expect(clauseBreach({ min_length: 5 }, 3)).toBeUndefined()
    expect(clauseBreach({ pattern: '(?=a)b' }, 'x')).toBeUndefined()
  })
})

describe('clauseFault', () => {
  it.each(CLAUSES.filter((clause) => clause !== 'equal' && clause !== 'schema'))('%s needs its argument', (clause) => {
    expect(clauseFault(clause, { a: 1 })).toMatchObject({ severity: 'error' })
  })

  it('warns of patterns that are not checked, refuses those that are none', () => {
    expect(clauseFault('pattern', '(?=a)b')).toMatchObject({ severity: 'warning' })
    expect(clauseFault('pattern', '(')).toMatchObject({ severity: 'error' })
  })
})

describe('scalar values', () => {
  it('knows units', () => {
    expect(quantityOf('10 MB', 'size')).toBe(10_000_000)
    expect(quantityOf('1 kib', 'size')).toBe(1024)
    expect(quantityOf('1.5h', 'time')).toBe(5400)
    expect(quantityOf('2 GHz', 'frequency')).toBe(2e9)
    expect(quantityOf('1 Mbps', 'bitrate')).toBe(1e6)
    expect(quantityOf('1 MBps', 'bitrate')).toBe(8e6)
    expect(quantityOf('10', 'size')).toBeUndefined()
    expect(quantityOf('10 parsec', 'time')).toBeUndefined()
  })

  it('knows versions and timestamps', () => {
    for (const version of ['1.0', '1.0.0', '1.0.0.alpha', '1.0.0.alpha-12']) expect(isVersion(version)).toBe(true)
    for (const version of ['1', 'v1.0', '1.0.0-alpha', '']) expect(isVersion(version)).toBe(false)
    for (const time of ['2021-5-1', '2020-02-29', '2021-05-31T14:00:00Z', '2021-05-31 4:00:00.5 -05:30']) {
      expect(isTimestamp(time)).toBe(true)
    }
    for (const time of ['yesterday', '2021-13-41', '14:00', '2021-02-30T10:00:00Z', '2021-2-29', '2021-00-10'])
      expect(isTimestamp(time)).toBe(false)
    expect(compareValues('2021-05-31T14:00:00+02:00', '2021-05-31T12:00:00Z')).toBe(0)
    expect(compareValues('1.0.0.alpha', '1.0.0')).toBeLessThan(0)
    expect(compareValues('1.0', 1)).toBeUndefined()
  })
})
