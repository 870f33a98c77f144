import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatPath, parsePath } from './json-path.ts'
import { readYaml, YAML_LIMITS } from './yaml-document.ts'

const codes = (text: string): string[] => readYaml(text).findings.map((finding) => finding.code)

describe('readYaml', () => {
  it('gives values, and the place of each path', () => {
    const { document, findings } = readYaml("a: 1\nb:\n  c: [x, '2']\n  d: {e: true}\n", 'x.yaml')
    expect(findings).toEqual([])
    expect(document?.value()).toEqual({ a: 1, b: { c: ['x', '2'], d: { e: true } } })
    expect(document?.place(['a'])).toEqual({ line: 1, column: 4 })
    expect(document?.place(['a'], 'key')).toEqual({ line: 1, column: 1 })
    expect(document?.place(['b'])).toEqual({ line: 2, column: 1 })
    expect(document?.place(['b', 'c', 1])).toEqual({ line: 3, column: 10 })
    expect(document?.place(['b', 'd', 'e'])).toEqual({ line: 4, column: 10 })
    expect(document?.place(['b', 'd', 'missing', 'deeper'])).toEqual({ line: 4, column: 3 })
    expect(document?.place([])).toEqual({ line: 1, column: 1 })
  })

  it('keeps numbers as they were written', () => {
    const root = readYaml('v: 1.10\nw: 007\n').document?.root
    expect(root?.kind === 'map' && root.entries.get('v')?.node).toMatchObject({ value: 1.1, text: '1.10' })
    expect(root?.kind === 'map' && root.entries.get('w')?.node).toMatchObject({ text: '007' })
  })

  it('resolves aliases and merge keys', () => {
    const text = 'base: &b {x: 1, y: 2}\nsame: *b\nmore:\n  <<: *b\n  y: 3\n'
    expect(readYaml(text).document?.value()).toEqual({
      base: { x: 1, y: 2 },
      same: { x: 1, y: 2 },
      more: { x: 1, y: 3 },
    })
  })

  it('takes a key __proto__ as a key', () => {
    const value = readYaml('__proto__: {polluted: yes}\n').document?.value()
    expect(Object.keys(value as object)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('says where the syntax is broken', () => {
    expect(readYaml('a: 1\nb: [1, 2\nc: 3\n', 'x.yaml').findings[0]).toMatchObject({
      severity: 'error',
      code: 'yaml-syntax',
      file: 'x.yaml',
      line: 3,
    })
    expect(codes('a: "open\n')).toEqual(['yaml-syntax'])
    expect(codes('? [a]\n: 1\n')).toEqual(['yaml-syntax'])
  })

  it('knows the commonest slip', () => {
    const [first] = readYaml('a: {value: ${x}}\n').findings
    expect(first).toMatchObject({ line: 1, column: 13, hint: `put quotes around the value: '\${…}'` })
  })

  it('refuses duplicate keys, several documents, no document', () => {
    expect(readYaml('a: 1\nb:\n  c: 1\n  c: 2\n').findings).toMatchObject([
      { code: 'duplicate-key', path: '$.b.c', line: 4, column: 3 },
    ])
    expect(readYaml('a: 1\n---\nb: 2\n').findings).toMatchObject([{ code: 'several-documents', line: 2 }])
    expect(codes('')).toEqual(['empty'])
    expect(codes('# only a comment\n')).toEqual(['empty'])
  })

  it('refuses aliases that lead nowhere, or round in a circle', () => {
    expect(codes('a: *nothing\n')).toEqual(['unknown-alias'])
    expect(codes('a: &a [*a]\n')).toEqual(['cyclic-alias'])
    expect(codes('a: &a {<<: *a}\n')).toEqual(['cyclic-alias'])
  })
})

it('says where aliases make too much of a text', () => {
  const text = `a: &a ${'x'.repeat(200_000)}\nb:\n  c: [*a, *a, *a]\n`
  expect(readYaml(text, 'x.yaml').findings).toMatchObject([
    { code: 'too-large', path: '$.b.c', file: 'x.yaml', line: 3, column: 6, hint: 'use fewer aliases of long texts' },
  ])
  expect(readYaml(text.replace('*a, *a, *a', '*a')).findings).toEqual([])
})

describe('hostile input is refused quickly', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]']
  for (let level = 1; level < 12; level += 1) {
    const [name, before] = [String.fromCharCode(97 + level), String.fromCharCode(96 + level)]
    bomb.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(',')}]`)
  }
  const chain = ['a0: &a0 x', ...Array.from({ length: 500 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}]`)]
  const full = YAML_LIMITS.bytesMax
  it.each([
    ['an alias bomb', bomb.join('\n'), 'too-many-values'],
    ['a chain of aliases', chain.join('\n'), 'too-deep'],
    ['a huge text', 'x'.repeat(full + 1), 'too-large'],
    ['aliases of a long text', `a: &a ${'x'.repeat(full / 2)}\nb: [${'*a,'.repeat(9_000)}]`, 'too-large'],
    ['aliases of a long key', `a: &a {? ${'k'.repeat(full / 2)}\n : 1}\nb: [${'*a,'.repeat(4_000)}]`, 'too-large'],
    [
      'a large map merged again and again',
      `a: &a {${Array.from({ length: 5_000 }, (_, n) => `k${n}: ,`).join('')}}\nb: {${'<<: *a,'.repeat(9_000)}}`,
      'too-many-values',
    ],
    ['open lists', '['.repeat(full), 'too-deep'],
    ['open maps', '{a: '.repeat(Math.floor(full / 4)), 'too-deep'],
    ['lists in blocks', '- '.repeat(10_000), 'too-deep'],
    ['endless lists in blocks', '- '.repeat(full / 2), 'too-many-values'],
    ['indented maps', Array.from({ length: 650 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'), 'too-deep'],
    ['many keys', Array.from({ length: Math.floor(full / 9) }, (_, n) => `${n}: `).join('\n'), 'too-many-values'],
    ['many values', `[${'1,'.repeat(full / 2 - 2)}]`, 'too-many-values'],
    ['many documents', '--- a\n'.repeat(10_000), 'several-documents'],
    ['many errors', 'a: ]\n'.repeat(10_000), 'yaml-syntax'],
  ])('%s', { timeout: 60_000 }, (_, text, code) => {
    expect(codes(text)).toContain(code)
  })

  it('costs what its size costs: twice the text, no more than a few times the time', { timeout: 60_000 }, () => {
    const cpuMs = (text: string): number => {
      const before = process.cpuUsage()
      readYaml(text)
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1000
    }
    const documents = [
      (size: number) => Array.from({ length: size }, (_, n) => `k${n}: v\n`).join(''),
      (size: number) => 'a: ]\n'.repeat(size),
      (size: number) => `"${'\\x'.repeat(size)}"`,
      (size: number) => `a: ${'&a '.repeat(size)}`,
    ]
    for (const document of documents) {
      cpuMs(document(1_000))
      const small = Math.max(20, cpuMs(document(4_000)))
      expect(cpuMs(document(8_000)) / small).toBeLessThan(8)
    }
  })
})

describe('properties', () => {
  it('never throws', () => {
    const soup = fc.string({
      unit: fc.constantFrom(...'ab:- \n[]{}&*!|>\'"#,?%<~\t', '\n  ', ': ', '---\n', '&a ', '*a'),
    })
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: 'binary' })), (text) => {
        const { document, findings } = readYaml(text)
        expect(document === undefined).toBe(findings.length > 0)
        document?.value()
        for (const finding of findings) expect(finding.line).toBeGreaterThan(0)
      }),
      { numRuns: 500 },
    )
  })

  it('reads back any path that it has written', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.nat())), (path) => {
        expect(parsePath(formatPath(path))).toEqual(path)
      }),
    )
  })
})
