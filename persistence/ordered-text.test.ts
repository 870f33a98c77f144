import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterPrefix, orderedBytes, orderedText } from './ordered-text.ts'

const anyText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('a', '\ud800', '\udc00', '\ue000', '\uffff', '\u{1f600}') }),
)

test('text comes back as it was', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(orderedText(orderedBytes(text))).toBe(text)
    }),
  )
})

test('bytes sort as the text does', () => {
  fc.assert(
    fc.property(anyText, anyText, (a, b) => {
      expect(Buffer.compare(orderedBytes(a), orderedBytes(b))).toBe(a < b ? -1 : a > b ? 1 : 0)
    }),
  )
})

test('what begins with a prefix lies between the prefix and what is after it', () => {
  fc.assert(
    fc.property(anyText, anyText, (prefix, text) => {
      const [low, high, bytes] = [orderedBytes(prefix), afterPrefix(orderedBytes(prefix)), orderedBytes(text)]
      const isBetween = Buffer.compare(bytes, low) >= 0 && (high === undefined || Buffer.compare(bytes, high) < 0)
      expect(isBetween).toBe(text.startsWith(prefix))
    }),
  )
})
