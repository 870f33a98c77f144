/**
 * The body of a produce request, written into one buffer of the right size: no object per record. A record has no key
 * and no headers; all of a batch carry the same time.
 */
import { crc32c } from './crc32c.ts'

/** What one request appends to one partition: one record batch. At least one value. */
export interface PartitionAppend {
  readonly topic: string
  readonly partition: number
  readonly values: readonly Uint8Array[]
}

const BATCH_HEADER_BYTES = 61
const ACKS_ALL = -1

const varintSize = (value: number): number => {
  let size = 1
  for (let rest = value * 2; rest >= 128; rest = Math.floor(rest / 128)) size++
  return size
}

/** Writes a number that isn't negative; returns the position behind it. */
const writeVarint = (into: Buffer, at: number, value: number): number => {
  let rest = value * 2
  while (rest >= 128) {
    into[at++] = (rest & 127) | 128
    rest >>>= 7
  }
  into[at++] = rest
  return at
}

/** Attributes, time, no key (each one byte), number of headers (one byte), offset within the batch, value. */
const recordSize = (index: number, bytes: number): number => 4 + varintSize(index) + varintSize(bytes) + bytes

const batchSize = (values: readonly Uint8Array[]): number => {
  let size = BATCH_HEADER_BYTES
  for (const [index, { length }] of values.entries()) {
    const record = recordSize(index, length)
    size += varintSize(record) + record
  }
  return size
}

const writeBatch = (into: Buffer, start: number, size: number, values: readonly Uint8Array[], atMs: number): void => {
  into.writeBigInt64BE(0n, start)
  into.writeInt32BE(size - 12, start + 8)
  into.writeInt32BE(-1, start + 12) // leader epoch: the broker's
  into[start + 16] = 2 // layout
  into.writeInt16BE(0, start + 21) // not compressed, no transaction
  into.writeInt32BE(values.length - 1, start + 23)
  into.writeBigInt64BE(BigInt(atMs), start + 27)
  into.writeBigInt64BE(BigInt(atMs), start + 35)
  into.writeBigInt64BE(-1n, start + 43) // no producer id, epoch or sequence
  into.writeInt16BE(-1, start + 51)
  into.writeInt32BE(-1, start + 53)
  into.writeInt32BE(values.length, start + 57)
  let at = start + BATCH_HEADER_BYTES
  for (const [index, value] of values.entries()) {
    at = writeVarint(into, at, recordSize(index, value.length))
    into[at++] = 0 // attributes
    into[at++] = 0 // time after the batch's
    at = writeVarint(into, at, index)
    into[at++] = 1 // no key: length -1
    at = writeVarint(into, at, value.length)
    into.set(value, at)
    at += value.length
    into[at++] = 0 // no headers
  }
  into.writeUInt32BE(crc32c(into, start + 21, start + size), start + 17)
}

/** The layout of versions 3 to 7. Each partition at most once. */
export const encodeProduce = (appends: readonly PartitionAppend[], timeoutMs: number, atMs: number): Buffer => {
  const topics = Map.groupBy(appends, ({ topic }) => topic)
  const sizes = new Map(appends.map((append) => [append, batchSize(append.values)]))
  let total = 2 + 2 + 4 + 4
  for (const [topic, partitions] of topics) {
    total += 2 + Buffer.byteLength(topic) + 4
    for (const append of partitions) total += 4 + 4 + (sizes.get(append) ?? 0)
  }
  const body = Buffer.allocUnsafe(total)
  let at = body.writeInt16BE(-1, 0) // no transaction
  at = body.writeInt16BE(ACKS_ALL, at)
  at = body.writeInt32BE(timeoutMs, at)
  at = body.writeInt32BE(topics.size, at)
  for (const [topic, partitions] of topics) {
    at = body.writeInt16BE(Buffer.byteLength(topic), at)
    at += body.write(topic, at)
    at = body.writeInt32BE(partitions.length, at)
    for (const append of partitions) {
      const size = sizes.get(append) ?? 0
      at = body.writeInt32BE(append.partition, at)
      at = body.writeInt32BE(size, at)
      writeBatch(body, at, size, append.values, atMs)
      at += size
    }
  }
  return body
}
