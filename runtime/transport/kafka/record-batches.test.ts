import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { crc32c } from './crc32c.ts'
import { encodeProduce } from './produce-request.ts'
import { readBatches } from './record-batches.ts'

const bytes = (text: string): Buffer => Buffer.from(text)

/** The batch of one partition, as the broker stores it: it sets the first offset. */
const batch = (values: readonly Uint8Array[], firstOffset = 0): Buffer => {
  const topic = 't'
  const request = encodeProduce([{ topic, partition: 0, values }], 1_000, 1_700_000_000_000)
  const stored = Buffer.from(request.subarray(2 + 2 + 4 + 4 + 2 + topic.length + 4 + 4 + 4))
  stored.writeBigInt64BE(BigInt(firstOffset), 0)
  return stored
}
const ATTRIBUTES = 21
const PRODUCER = 43
const RECORDS = 61
const inTransaction = (of: Buffer, producer: bigint): Buffer => {
  of.writeInt16BE(16, ATTRIBUTES)
  of.writeBigInt64BE(producer, PRODUCER)
  return of
}
/** What a broker writes at the end of a transaction: a record whose key says how it ended. */
const marker = (firstOffset: number, producer: bigint, type: 0 | 1): Buffer => {
  const record = Buffer.from([0, 0, 0, 8, 0, 0, 0, type, 0, 0])
  const framed = Buffer.concat([Buffer.from([record.length * 2]), record])
  const empty = batch([new Uint8Array(0)], firstOffset)
  const made = Buffer.concat([empty.subarray(0, RECORDS), framed])
  made.writeInt32BE(made.length - 12, 8)
  made.writeInt16BE(16 | 32, ATTRIBUTES)
  made.writeBigInt64BE(producer, PRODUCER)
  return made
}
const texts = (fetched: Buffer, from = 0, aborted: Parameters<typeof readBatches>[2] = []) =>
  readBatches(fetched, from, aborted).records.map(({ value }) => Buffer.from(value).toString())

test('the checksum is the one of the specification', () => {
  expect(crc32c(bytes('123456789'), 0, 9)).toBe(0xe3069283)
  expect(crc32c(Buffer.alloc(32), 0, 32)).toBe(0x8a9136aa)
  expect(crc32c(Buffer.alloc(32, 255), 0, 32)).toBe(0x62a8ab43)
})

test('what is encoded is read again, at rising offsets', () => {
  const values = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 4 }), fc.nat(2 ** 40), (batches, first) => {
      let offset = first
      const fetched = Buffer.concat(
        batches.map((each) => {
          const made = batch(each, offset)
          offset += each.length
          return made
        }),
      )
      const read = readBatches(fetched, first)
      expect(read.records.map(({ value }) => [...value])).toEqual(batches.flat().map((value) => [...value]))
      expect(read.records.map((record) => record.offset)).toEqual(batches.flat().map((_, index) => first + index))
      expect(read.nextOffset).toBe(offset)
    }),
  )
})

test('an empty value and one of a megabyte', () => {
  const large = Buffer.alloc(1_000_000, 7)
  const { records } = readBatches(batch([new Uint8Array(0), large]), 0)
  expect(records.map(({ value }) => value.length)).toEqual([0, 1_000_000])
  expect(large.equals(records[1]?.value ?? bytes(''))).toBe(true)
})

describe('what a fetch may hold besides', () => {
  const abc = () => batch(['a', 'b', 'c'].map(bytes), 10)

  test('records before the one that was asked for are left out', () => {
    expect(texts(abc(), 11)).toEqual(['b', 'c'])
  })

  test('a batch that is cut off is left for the next fetch', () => {
    const fetched = Buffer.concat([abc(), batch([bytes('d')], 13)])
    for (const missing of [1, 20, 65]) {
      const read = readBatches(fetched.subarray(0, fetched.length - missing), 10)
      expect([read.records.length, read.nextOffset]).toEqual([3, 13])
    }
  })

  test('a gap that compaction left is passed, also where nothing is left of a batch', () => {
    const hollow = abc()
    hollow.writeInt32BE(0, 57)
    hollow.writeInt32BE(RECORDS - 12, 8)
    expect(readBatches(hollow.subarray(0, RECORDS), 10)).toEqual({ records: [], nextOffset: 13 })
  })

  test('compressed with gzip', () => {
    const plain = abc()
    const body = gzipSync(plain.subarray(RECORDS))
    const compressed = Buffer.concat([plain.subarray(0, RECORDS), body])
    compressed.writeInt32BE(compressed.length - 12, 8)
    compressed.writeInt16BE(1, ATTRIBUTES)
    expect(texts(compressed)).toEqual(['a', 'b', 'c'])
  })

  test('a compression that Node has not is refused', () => {
    const snappy = abc()
    snappy.writeInt16BE(2, ATTRIBUTES)
    expect(() => readBatches(snappy, 0)).toThrow(expect.objectContaining({ code: 'unreadable' }))
  })

  test('of transactions: what was committed, and neither markers nor what was aborted', () => {
    const fetched = Buffer.concat([
      inTransaction(batch([bytes('committed')], 0), 1n),
      inTransaction(batch([bytes('aborted')], 1), 2n),
      marker(2, 1n, 1),
      batch([bytes('outside')], 3),
      inTransaction(batch([bytes('aborted, too')], 4), 2n),
      marker(5, 2n, 0),
      inTransaction(batch([bytes('the next one')], 6), 2n),
      marker(7, 2n, 1),
    ])
    const read = readBatches(fetched, 0, [{ producerId: 2n, firstOffset: 1 }])
    expect(read.records.map(({ value }) => Buffer.from(value).toString())).toEqual([
      'committed',
      'outside',
      'the next one',
    ])
    expect(read.nextOffset).toBe(8)
  })
})
