/** Reads the record batches of a fetch: the values, without copying them. */
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { RuntimeFault } from '../../fault.ts'
import type { LogRecord } from '../../ports.ts'

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

export interface Batches {
  readonly records: readonly LogRecord[]
  /** From where to read on: behind the last whole batch, also where all it held was skipped. */
  readonly nextOffset: number
}

const HEADER_BYTES = 61
const LAYOUT = 2
const COMPRESSION = 7
const TRANSACTIONAL = 16
const CONTROL = 32
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
/** Key of a control record: layout (two bytes), then its type. */
const ABORT_MARK = 0

export const readInt64 = (bytes: Buffer, at: number): number =>
  bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)

const decompressed = (codec: number, bytes: Buffer): Buffer => {
  if (codec === 0) return bytes
  if (codec === 1) return gunzipSync(bytes)
  if (codec === 4) return zstdDecompressSync(bytes)
  throw new RuntimeFault(
    'unreadable',
    `a batch is compressed with ${CODECS[codec] ?? codec}; gzip and zstd can be read`,
  )
}

/** Numbers of up to 31 bits; `at` is moved on. */
class Cursor {
  readonly bytes: Buffer
  at = 0
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
  varint(): number {
    let result = 0
    let shift = 0
    let byte: number
    do {
      byte = this.bytes[this.at++] ?? 0
      result |= (byte & 127) << shift
      shift += 7
    } while (byte >= 128)
    return (result >>> 1) ^ -(result & 1)
  }
  skipVarint(): void {
    while ((this.bytes[this.at++] ?? 0) >= 128);
  }
  field(): Buffer | undefined {
    const length = this.varint()
    if (length < 0) return undefined
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }
}

const EMPTY = Buffer.alloc(0)

const readRecords = (
  body: Buffer,
  count: number,
  take: (offsetDelta: number, key: Buffer | undefined, value: Buffer) => void,
): void => {
  const cursor = new Cursor(body)
  for (let index = 0; index < count; index++) {
    const length = cursor.varint()
    const end = cursor.at + length
    cursor.at++ // attributes
    cursor.skipVarint() // time after the batch's
    const offsetDelta = cursor.varint()
    const key = cursor.field()
    take(offsetDelta, key, cursor.field() ?? EMPTY)
    cursor.at = end // behind the headers
  }
}

/**
 * The records of `fetched` from `fromOffset` on: of others' transactions only what was committed, and no markers. The
 * last batch may be cut off; it comes whole with the next fetch.
 * @throws {RuntimeFault} `unreadable` for a layout or compression that can't be read here
 */
export const readBatches = (
  fetched: Buffer,
  fromOffset: number,
  aborted: readonly AbortedTransaction[] = [],
): Batches => {
  const records: LogRecord[] = []
  let nextOffset = fromOffset
  const pendingAborts = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
  const aborting = new Set<bigint>()
  for (let start = 0; start + HEADER_BYTES <= fetched.length;) {
    const base = readInt64(fetched, start)
    const end = start + 12 + fetched.readInt32BE(start + 8)
    if (end > fetched.length) break
    if (fetched[start + 16] !== LAYOUT)
      throw new RuntimeFault('unreadable', `record batch of layout ${fetched[start + 16]} at offset ${base}`)
    const attributes = fetched.readInt16BE(start + 21)
    const last = base + fetched.readInt32BE(start + 23)
    const producerId = fetched.readBigInt64BE(start + 43)
    while (pendingAborts[0] && pendingAborts[0].firstOffset <= last)
      aborting.add((pendingAborts.shift() as AbortedTransaction).producerId)
    const isControl = (attributes & CONTROL) !== 0
    const isAborted = (attributes & TRANSACTIONAL) !== 0 && aborting.has(producerId)
    if (last >= fromOffset && (isControl || !isAborted)) {
      const body = decompressed(attributes & COMPRESSION, fetched.subarray(start + HEADER_BYTES, end))
      readRecords(body, fetched.readInt32BE(start + 57), (offsetDelta, key, value) => {
        if (isControl) {
          if (key?.readInt16BE(2) === ABORT_MARK) aborting.delete(producerId)
        } else if (base + offsetDelta >= fromOffset) records.push({ offset: base + offsetDelta, value })
      })
    }
    nextOffset = Math.max(nextOffset, last + 1)
    start = end
  }
  return { records, nextOffset }
}
