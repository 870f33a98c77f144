import { describe, expect, it } from 'vitest'
import { answerIn } from './http-client.ts'

const LENGTH = 'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"value":1}'
const CHUNKED = 'HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"val\r\n6\r\nue":1}\r\n0\r\n\r\n'

describe('an answer', () => {
  it.each([
    ['with a length', LENGTH, 200],
    ['in chunks', CHUNKED, 201],
  ])('%s is complete with its last byte, and not before', (_name, text, status) => {
    expect(answerIn(text)).toEqual({ status, body: '{"value":1}' })
    for (let length = 0; length < text.length; length++) expect(answerIn(text.slice(0, length))).toBeUndefined()
  })
})
