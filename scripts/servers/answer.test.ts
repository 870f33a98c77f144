import { expect, test } from 'vitest'
import { hasBrokers, metadataRequest } from './answer.ts'

/** Length, correlation, throttle time, number of brokers. */
const answer = (brokers: number): Buffer => {
  const bytes = Buffer.alloc(16)
  bytes.writeInt32BE(12, 0)
  bytes.writeInt32BE(1, 4)
  bytes.writeInt32BE(brokers, 12)
  return bytes
}

test('a request says how long it is', () => {
  const request = metadataRequest()
  expect(request.readInt32BE(0)).toBe(request.length - 4)
})

test('a broker is there when it names one, not when its port is open', () => {
  expect(hasBrokers(answer(1))).toBe(true)
  expect(hasBrokers(answer(0))).toBe(false)
})

test('an incomplete answer is waited for', () => {
  for (let length = 0; length < 16; length++) expect(hasBrokers(answer(1).subarray(0, length))).toBeUndefined()
})

test('an answer to something else is none', () => {
  const other = answer(1)
  other.writeInt32BE(2, 4)
  expect(hasBrokers(other)).toBe(false)
})
