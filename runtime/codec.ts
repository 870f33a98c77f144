/**
 * Bytes that are stored or sent: a codec version byte, then msgpack. Plain maps only (`useRecords: false`), so any
 * other msgpack reader can read them. A newer codec version is refused, never guessed at.
 */
import { Packr } from 'msgpackr'
import { RuntimeFault } from './fault.ts'
import { unknownVersion } from './protocol.ts'

const CODEC_VERSION = 1
const packr = new Packr({ useRecords: false, mapsAsObjects: true, variableMapSize: true })

/** Encoded values are small and many: a slab shared by them costs a fraction of a buffer each. */
const SLAB_BYTES = 65_536
/** Larger ones get memory of their own, so that one that is kept holds on to no more than a slab of others. */
const SLAB_VALUE_BYTES_MAX = 2_048
let slab = new ArrayBuffer(SLAB_BYTES)
let used = 0

const allocate = (length: number): Uint8Array => {
  if (length > SLAB_VALUE_BYTES_MAX) return new Uint8Array(length)
  if (used + length > SLAB_BYTES) {
    slab = new ArrayBuffer(SLAB_BYTES)
    used = 0
  }
  const bytes = new Uint8Array(slab, used, length)
  used += length
  return bytes
}

export const encode = (value: unknown): Uint8Array => {
  const body = packr.pack(value)
  const bytes = allocate(body.length + 1)
  bytes[0] = CODEC_VERSION
  bytes.set(body, 1)
  return bytes
}

/** @throws {RuntimeFault} `newer-version` or `unreadable` */
export const decode = (bytes: Uint8Array): unknown => {
  const version = bytes[0]
  if (version === undefined) throw new RuntimeFault('unreadable', 'no bytes where an encoded value was expected')
  if (version > CODEC_VERSION) throw unknownVersion('a codec', version, CODEC_VERSION)
  try {
    return packr.unpack(bytes.subarray(1))
  } catch (cause) {
    throw new RuntimeFault('unreadable', 'bytes that are not msgpack', { cause })
  }
}
