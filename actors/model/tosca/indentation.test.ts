import { describe, expect, it } from 'vitest'
import { reindented } from './indentation.ts'
import { readToscaText } from './tosca-text.ts'

const valueOf = (text: string): unknown => readToscaText(text, undefined, 'yaml').document?.value()

// What PyYAML 6.0.3 gives for each (yaml.safe_load).
describe('quotes and brackets that go on further left than they may', () => {
  it.each([
    ['single quotes', "a:\n  b: 'x\ny\n\n z'\nc: 1\n", { a: { b: 'x y\nz' }, c: 1 }],
    ['double quotes with escaped ends', 'a:\n  b: "x\\\ny \\\n  z"\nc: 1\n', { a: { b: 'xy z' }, c: 1 }],
    ['an escaped backslash, an escaped quote', 'a:\n  b: "x\\\\\ny\\"z"\n', { a: { b: 'x\\ y"z' } }],
    [
      'quotes inside of quotes',
      "a:\n  - k: 'it''s\nfine'\n    m: 2\n  - \"q\n\n\nr\"\n",
      { a: [{ k: "it's fine", m: 2 }, 'q\n\nr'] },
    ],
    ['brackets', 'a:\n    b: {x: 1,\n  y: [1,\n2]\n}\n    c: 3\n', { a: { b: { x: 1, y: [1, 2] }, c: 3 } }],
    [
      'quotes in brackets',
      "a:\n    b: {x: 'q\nr',\n  y: \"s\n t\"}  # c's\n    c: 3\n",
      { a: { b: { x: 'q r', y: 's t' }, c: 3 } },
    ],
    [
      'after a block of text',
      "a:\n  t: |\n    it's \"fine\n     more\n  u: 'x\ny'\n",
      { a: { t: 'it\'s "fine\n more\n', u: 'x y' } },
    ],
    [
      'after a comment and a plain text',
      "a:\n  t: >-\n    it's\n    more\n  # it's\n  u: it's plain\n  v: 'x\ny'\n",
      { a: { t: "it's more", u: "it's plain", v: 'x y' } },
    ],
    ['in lists of lists', "a:\n  - - 'x\ny'\n", { a: [['x y']] }],
    ['with a tag or an anchor', "a:\n  b: !!str 'x\ny'\n  c: &q 'x\ny'\n", { a: { b: 'x y', c: 'x y' } }],
    ['with tabs', "a:\n  b: 'x\n\ty\n\tz'\n", { a: { b: 'x y z' } }],
    ['with line ends of Windows', "a:\r\n  b: 'x\r\ny'\r\n", { a: { b: 'x y' } }],
    ['with a number of blanks that is given', "a:\n  t: |2\n    it's\n  u: 'x\ny'\n", { a: { t: "it's\n", u: 'x y' } }],
    [
      'behind an escaped quote',
      "a:\n  b: 'x''\n# y\nz'\n  c: \"x\\\"\nk: v\"\n",
      { a: { b: "x' # y z", c: 'x" k: v' } },
    ],
    [
      'after a plain text with quotes in it',
      "a:\n  b: plain\n    'tis it\n    {or not\n  c: 'x\ny'\n",
      { a: { b: "plain 'tis it {or not", c: 'x y' } },
    ],
    ['after a list of blocks', "a:\n  - |\n    it's\n  - 'x\ny'\n", { a: ["it's\n", 'x y'] }],
    ['with what looks like a comment', "a:\n  b: 'x\n# y\nz'\n", { a: { b: 'x # y z' } }],
  ])('%s', (_, text, value) => {
    expect(valueOf(text)).toEqual(value)
  })

  it('leaves alone what is right, and what has no end', () => {
    for (const text of ["a:\n  b: 'x\n    y'\n", 'a: 1\n', '', "a:\n  'open\n", 'a: |\n x']) {
      expect(reindented(text).text).toBe(text)
    }
  })

  it('keeps the places of the text as it was given', () => {
    const text = "a:\n    b: {x: 'q\nr', y: 2}\n    c: 'u\nv'\n    d: 4\n"
    const { document } = readToscaText(text, 'x.yaml', 'yaml')
    expect(document?.value()).toEqual({ a: { b: { x: 'q r', y: 2 }, c: 'u v', d: 4 } })
    expect(document?.place(['a', 'b', 'y'])).toEqual({ line: 3, column: 8 })
    expect(document?.place(['a', 'd'], 'key')).toEqual({ line: 6, column: 5 })
  })

  it('says what is wrong further down, at its place', () => {
    const { findings } = readToscaText("a:\n  b: 'x\ny'\n  c: 1\n  c: 2\n", 'x.yaml', 'yaml')
    expect(findings).toMatchObject([{ code: 'duplicate-key', file: 'x.yaml', line: 5, column: 3 }])
    const broken = readToscaText("a:\n  b: 'x\ny'\nc: [1\nd: 2\n", undefined, 'yaml')
    expect(broken.findings[0]).toMatchObject({ code: 'yaml-syntax', line: 4 })
  })
})

describe('JSON', () => {
  it('is read with places, and refused where it is only YAML', () => {
    const { document } = readToscaText('{\n  "a": {"b": "\\/x"}\n}', undefined, 'json')
    expect(document?.value()).toEqual({ a: { b: '/x' } })
    expect(document?.place(['a', 'b'])).toEqual({ line: 2, column: 14 })
    const [fault] = readToscaText('{\n  "a": 1,\n}', 'x.json', 'json').findings
    expect(fault).toMatchObject({ severity: 'error', code: 'json-syntax', file: 'x.json', line: 3, column: 1 })
  })
})
