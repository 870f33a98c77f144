import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readMetric } from './metric-message.ts'

const read = (kind: 'integrity' | 'load', message: unknown) => readMetric(kind, JSON.stringify(message))

test('the shapes in the field are read', () => {
  const integrity = {
    metricKey: '1429',
    metricName: 'h_integrity',
    metricId: '1429.h_integrity',
    integrity: 'BROKEN',
    message: 'no answer',
  }
  expect(read('integrity', integrity)).toEqual({ metric: integrity })
  const load = { metricKey: '8181', metricName: 'h_load', load: 76 }
  expect(read('load', load)).toEqual({ metric: load })
})

test('what publishers add, or write as null, is left out', () => {
  const message = { metricKey: '8181', metricName: 'h_load', metricId: null, load: 76, message: null, host: 'h1' }
  expect(read('load', message)).toEqual({ metric: { metricKey: '8181', metricName: 'h_load', load: 76 } })
})

test.each([
  ['no JSON', '{"metricKey":', 'not JSON'],
  ['another type', '[]', 'expected object'],
  ['no key', '{"integrity":"OK"}', 'metricKey'],
  ['an empty key', '{"metricKey":"","integrity":"OK"}', 'metricKey'],
  ['another value', '{"metricKey":"a","integrity":"MEDIOCRE"}', '"OK"|"BROKEN"'],
  ['the other kind', '{"metricKey":"a","load":1}', 'integrity'],
])('%s: says what is wrong', (_what, text, expected) => {
  const outcome = readMetric('integrity', text)
  expect('problem' in outcome && outcome.problem).toContain(expected)
})

test('nothing that comes in throws', () => {
  const kind = fc.constantFrom('integrity' as const, 'load' as const)
  fc.assert(fc.property(kind, fc.json(), (which, text) => Object.keys(readMetric(which, text)).length === 1))
  fc.assert(fc.property(kind, fc.string(), (which, text) => 'problem' in readMetric(which, text)))
})
