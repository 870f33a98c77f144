import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { patternOf } from './pattern.ts'

const matches = (pattern: string, text: string): boolean | undefined => patternOf(pattern).matches?.(text)

describe('patternOf', () => {
  it.each([
    ['[a-z]+', 'abc', true],
    ['[a-z]+', 'abC', false],
    ['a|bc', 'bc', true],
    ['a|bc', 'abc', false],
    ['^v\\d{1,3}(\\.\\d+)*$', 'v12.3.4', true],
    ['^v\\d{1,3}(\\.\\d+)*$', 'v1234', false],
    ['(?:ab){2,}c?', 'ababab', true],
    ['(ab){2}', 'ab', false],
    ['a{0}b', 'b', true],
    ['', '', true],
    ['', 'x', false],
    ['.*', 'a\nb', false],
    ['[^\\]]\\x41\\u0042\\p{Lu}', '.ABÄ', true],
    ['\\$\\{a}', '${a}', true],
    ['a+?b', 'aab', true],
    ['(a|(b|c)*)d', 'bcbd', true],
    ['x😀+', 'x😀😀', true],
  ])('%s against %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
  })

  it.each([
    ['(', 'invalid'],
    [')', 'invalid'],
    ['[a', 'invalid'],
    ['*a', 'invalid'],
    ['a**', 'invalid'],
    ['a{2,1}', 'invalid'],
    ['[z-a]', 'invalid'],
    ['\\', 'invalid'],
    ['(?=a)', 'unsupported'],
    ['(?i)a', 'unsupported'],
    ['(a)\\1', 'unsupported'],
    ['a++', 'unsupported'],
    ['((a{99}){99}){99}', 'unsupported'],
    ['('.repeat(60), 'unsupported'],
    ['a'.repeat(2_000), 'unsupported'],
  ])('%s is %s', (pattern, kind) => {
    expect(patternOf(pattern).fault?.kind).toBe(kind)
  })

  it('takes no longer for those that are meant to hang', () => {
    const text = `${'a'.repeat(2_000)}!`
    for (const pattern of [
      '(a+)+',
      '(a|a)*',
      '(a|aa)+',
      'a*a*a*a*a*a*a*b',
      '((a*)*)*',
      '(.*a){12}',
      '((){9999}){9999}',
    ]) {
      expect(matches(pattern, text)).toBe(false)
    }
  })

  it('agrees with the engine of JavaScript, and never throws', () => {
    const piece = fc.constantFrom('a', 'b', '.', '[ab]', '\\w', '(a|b)', '(?:ab)')
    const quantifier = fc.constantFrom('', '*', '+', '?', '{2}', '{1,3}')
    const pattern = fc.array(fc.tuple(piece, quantifier), { maxLength: 5 }).map((parts) => parts.flat().join(''))
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 })
    fc.assert(
      fc.property(pattern, text, (source, value) => {
        expect(matches(source, value)).toBe(new RegExp(`^(?:${source})$`, 'u').test(value))
      }),
    )
    const soup = fc.string({ unit: fc.constantFrom(...'ab()[]{}*+?|\\^$.-1,:=<'), maxLength: 15 })
    fc.assert(fc.property(soup, (source) => void matches(source, 'aab')))
  })
})
