/** Several byte strings in one: each with its length (32 bits, little-endian) in front. Stored data depends on it. */
const LENGTH_BYTES = 4

export const packBlobs = (blobs: readonly Uint8Array[]): Uint8Array => {
  let size = 0
  for (const blob of blobs) size += LENGTH_BYTES + blob.length
  const packed = new Uint8Array(size)
  const view = new DataView(packed.buffer)
  let at = 0
  for (const blob of blobs) {
    view.setUint32(at, blob.length, true)
    packed.set(blob, at + LENGTH_BYTES)
    at += LENGTH_BYTES + blob.length
  }
  return packed
}

/** Views into `packed`, not copies. */
export const unpackBlobs = (packed: Uint8Array): Uint8Array[] => {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  const blobs: Uint8Array[] = []
  for (let at = 0; at < packed.length;) {
    const from = at + LENGTH_BYTES
    at = from + view.getUint32(at, true)
    if (at > packed.length) throw new Error('a list of blobs that ends in the middle of one')
    blobs.push(packed.subarray(from, at))
  }
  return blobs
}
