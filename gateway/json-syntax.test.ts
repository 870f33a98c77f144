import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLossy, jsonSyntaxError, nestedDeeperThan } from './json-syntax.ts'

const parses = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('jsonSyntaxError', () => {
  it.each([
    ['', 1, 1, 'a value'],
    ['{"a": 1,\n "b" 2}', 2, 6, '":"'],
    ['{"a": 1,}', 1, 9, 'a property name in double quotes'],
    ['[1, 2', 1, 6, '"," or "]"'],
    ['{} x', 1, 4, 'the end of the text'],
    ['["a\\q"]', 1, 4, 'a valid escape or character in the string'],
    ['"abc', 1, 5, 'the end of the string (")'],
    ["{'a': 1}", 1, 2, 'a property name in double quotes'],
  ])('finds the place in %j', (text, line, column, expected) => {
    expect(jsonSyntaxError(text)).toEqual({ line, column, expected })
  })

  it('agrees with JSON.parse on any text', () => {
    const tokens = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"a"',
        '"',
        '\\',
        '1',
        '-',
        '0',
        '.5',
        'e3',
        'true',
        'nul',
        ' ',
        '\n',
        'é',
      ),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          tokens.map((parts) => parts.join('')),
        ),
        (text) => {
          expect(jsonSyntaxError(text) === undefined).toBe(parses(text))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('agrees with JSON.parse on JSON with one character changed', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 1 }), (json, at, char) => {
        const place = at % (json.length + 1)
        const text = json.slice(0, place) + char + json.slice(place + 1)
        expect(jsonSyntaxError(text) === undefined).toBe(parses(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('stands any nesting', () => {
    expect(jsonSyntaxError('['.repeat(200_000))).toMatchObject({ line: 1, column: 200_001 })
  })
})

describe('isLossy', () => {
  it.each([
    ['{"a": 1, "b": {"a": 1}, "c": [{"a": 1}, {"a": 1}]}', false],
    ['{"a": 1, "\\u0061": 2}', true],
    ['[{"a" :\n1, "b": {"a": 1, "c": 2, "c" : 3}}]', true],
    ['{"a:b": ":", "\\":": "\\\\"}', false],
    ['["a", ":", "\\\\", ":"]', false],
    ['{"__proto__": 1}', false],
    ['{"a": [1e400]}', true],
    ['-1e400', true],
    ['"a:b"', false],
  ])('%j: %s', (text, expected) => {
    expect(isLossy(text)).toBe(expected)
  })

  it('is false for whatever JSON.stringify gives', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => !isLossy(JSON.stringify(value, null, 1))))
  })

  it('stands texts of any length', () => {
    expect(isLossy(JSON.stringify(['x'.repeat(4_000_000), '"\\'.repeat(1_000_000)]))).toBe(false)
  })
})

describe('nestedDeeperThan', () => {
  it('counts levels of objects and lists', () => {
    expect(nestedDeeperThan({ a: [{ b: 1 }] }, 3)).toBe(false)
    expect(nestedDeeperThan({ a: [{ b: 1 }] }, 2)).toBe(true)
    expect(nestedDeeperThan('text', 0)).toBe(false)
  })
})
