import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  EXPRESSION_CHARS_MAX,
  evaluateText,
  isStatic,
  parseExpression,
  referencesOf,
  referenceText,
  scopeOf,
} from './expression.ts'

describe('parseExpression', () => {
  it('reads every kind of reference', () => {
    expect(referencesOf('${a}${b.c}${ instance.index }')).toEqual([
      { kind: 'property', property: 'a' },
      { kind: 'member', component: 'b', property: 'c' },
      { kind: 'instance', attribute: 'index' },
    ])
    expect(referencesOf('${source.x}/${target.y}', 'relationship')).toEqual([
      { kind: 'end', end: 'source', property: 'x' },
      { kind: 'end', end: 'target', property: 'y' },
    ])
  })

  it('knows the ends of a relationship only in a relationship', () => {
    expect(referencesOf('${source.x}')).toEqual([{ kind: 'member', component: 'source', property: 'x' }])
  })

  it.each([
    ['a$b', ['a$b']],
    ['pa$$word', ['pa$$word']],
    ['$${x}', ['${x}']],
    ['$$${x}', ['$', { kind: 'property', property: 'x' }]],
    ['$$$${x}', ['$${x}']],
    ['{x}', ['{x}']],
    ['', []],
  ])('takes dollars in %s as documented', (text, parts) => {
    expect(parseExpression(text).parts).toEqual(parts)
  })

  it.each(['${', 'a ${b', '${}', '${ }', '${a b}', '${a.b.c}', '${.a}', '${a.}', '${a${b}}', '${instance.size}'])(
    'finds fault with %s',
    (text) => {
      expect(parseExpression(text).fault).toBeTypeOf('string')
      expect(evaluateText(text, () => 'x')).toBeUndefined()
    },
  )

  it('is bounded, and linear on hostile text', () => {
    expect(parseExpression('x'.repeat(EXPRESSION_CHARS_MAX + 1)).fault).toContain('longer')
    expect(parseExpression('${a}'.repeat(1000)).fault).toContain('parts')
    for (const unit of ['$', '${', '$$${', '${a']) {
      const text = unit.repeat(Math.floor(EXPRESSION_CHARS_MAX / unit.length))
      const before = performance.now()
      parseExpression(text)
      expect(performance.now() - before).toBeLessThan(3000)
    }
  })

  it('never throws, and text without "${" is its own value', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', '.', 'a', 'b', ' ') }), (text) => {
        const expression = parseExpression(text)
        if (!text.includes('${')) expect(expression.parts).toEqual(text === '' ? [] : [text])
        if (expression.fault !== undefined) expect(expression.parts).toEqual([])
        for (const reference of referencesOf(text)) {
          expect(referencesOf('${' + referenceText(reference) + '}')).toEqual([reference])
        }
      }),
    )
  })
})

describe('evaluate', () => {
  const scope = scopeOf({
    properties: { p: 'own', list: ['1', '2'] },
    members: { one: { ip: '10.0.0.1' }, many: [{ ip: 'a' }, { ip: 'b' }], partly: [{ ip: 'a' }, {}], none: [] },
    instance: { name: 'svc__B__2', index: '2' },
    source: { ip: 's' },
    target: { ip: 't' },
  })

  it.each([
    ['${p}', 'own'],
    ['${instance.name}_gateway', 'svc__B__2_gateway'],
    ['${one.ip}:${instance.index}', '10.0.0.1:2'],
    ['${many.ip}', ['a', 'b']],
    ['sip:${many.ip}', 'sip:a,b'],
    ['${none.ip}', []],
    ['${list}', ['1', '2']],
    ['plain', 'plain'],
    ['', ''],
    ['${partly.ip}', undefined],
    ['${nothing}', undefined],
    ['a${nothing}', undefined],
    ['${instance.id}', undefined],
    ['${constructor}', undefined],
    ['${one.toString}', undefined],
  ])('%s', (text, value) => {
    expect(evaluateText(text, scope)).toEqual(value)
  })

  it('resolves the ends of a relationship', () => {
    expect(evaluateText('${source.ip}-${target.ip}', scope, 'relationship')).toBe('s-t')
  })

  it('tells static values from others', () => {
    expect(isStatic('5060')).toBe(true)
    expect(isStatic('$${x}')).toBe(true)
    expect(isStatic('${x}')).toBe(false)
    expect(isStatic('${')).toBe(false)
  })
})
