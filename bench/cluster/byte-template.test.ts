import { expect, test } from 'vitest'
import { decode, encode } from '../../runtime/codec.ts'
import { byteTemplate, filledTemplate } from './byte-template.ts'

const words = { id: '0123-4567', name: 'svc-1' }
const event = (id: string, name: string): unknown => [1, { id, name: `${name}__C1`, of: { id, list: [name, id] } }]

test('a record is the same for somebody else, wherever the strings are', () => {
  const template = byteTemplate(encode(event(words.id, words.name)), words)
  const others = new Map([
    ['id', Buffer.from('89ab-cdef')],
    ['name', Buffer.from('svc-7')],
  ])
  expect(decode(filledTemplate(template, others))).toEqual(event('89ab-cdef', 'svc-7'))
  // The template itself stays as it was.
  expect(decode(template.bytes)).toEqual(event(words.id, words.name))
})

test('a string within a longer one is left alone', () => {
  const template = byteTemplate(Buffer.from('abcd ab'), { short: 'ab', long: 'abcd' })
  expect(Buffer.from(filledTemplate(template, new Map([['short', Buffer.from('xy')]]))).toString()).toBe('abcd xy')
})
