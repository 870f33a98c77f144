import * as fc from 'fast-check'
import { unpack } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { orderedText } from './ordered-text.ts'
import { BodyWriter, stringsOf } from './redis-body.ts'

const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))

test('what it writes is msgpack, as any reader reads it', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.maxSafeInteger(),
          fc.nat(300),
          fc.nat(70_000),
          fc.constantFrom(-1, 127, 128, 255, 256, 65_535, 65_536, 0xffffffff, 0x100000000),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.boolean(),
          fc.string({ maxLength: 400 }),
        ),
        { maxLength: 40 },
      ),
      (values) => {
        const body = new BodyWriter()
        body.array(values.length)
        for (const value of values) {
          if (typeof value === 'number') body.number(value)
          else if (typeof value === 'boolean') body.flag(value)
          else body.text(value)
        }
        expect(unpack(body.finish())).toEqual(values)
      },
    ),
  )
})

describe('texts', () => {
  test('come back exactly, whatever their code units, from a list within a string', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit, maxLength: 60 }), fc.string({ unit, minLength: 300, maxLength: 400 }))),
        (texts) => {
          const body = new BodyWriter()
          body.array(2)
          body.nested(() => {
            body.array(texts.length)
            for (const text of texts) body.text(text)
          })
          body.flag(true)
          const bytes = body.finish()
          expect(stringsOf(bytes.subarray(6, -1)).map(orderedText)).toEqual(texts)
        },
      ),
    )
  })

  test('of any length, and lists of any length', () => {
    for (const length of [0, 31, 32, 47, 48, 255, 256, 65_535, 65_536, 3_000_000]) {
      const body = new BodyWriter()
      body.array(1)
      body.text('é'.repeat(length))
      expect(stringsOf(body.finish()).map(orderedText)).toEqual(['é'.repeat(length)])
    }
    for (const length of [15, 16, 65_535, 65_536]) {
      const body = new BodyWriter()
      body.array(length)
      for (let index = 0; index < length; index++) body.text('x')
      expect(stringsOf(body.finish())).toHaveLength(length)
    }
  })
})

test('what was finished stays as it is when the next one is written', () => {
  const first = new BodyWriter()
  first.text('first')
  const bytes = first.finish()
  const second = new BodyWriter()
  const third = new BodyWriter()
  second.text('other')
  third.text('third')
  expect(unpack(second.finish())).toBe('other')
  expect(unpack(third.finish())).toBe('third')
  expect(unpack(bytes)).toBe('first')
})
