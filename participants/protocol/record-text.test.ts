import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeText, encodeText } from './record-text.ts'

it('gives back what was written', () => {
  const message = { messageType: 'PARTICIPANT_STATUS_REQ', text: 'größer' }
  expect(decodeText(encodeText(message), 1_000)).toEqual({ kind: 'message', message })
})

it('refuses what is too long or no JSON, whatever it is', () => {
  expect(decodeText(encodeText({ text: 'x'.repeat(100) }), 50)).toEqual({
    kind: 'malformed',
    problem: 'it has 111 bytes; 50 are the most',
  })
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeText(bytes, 10)))
})
