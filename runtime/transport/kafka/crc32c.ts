/** CRC-32C (Castagnoli), the checksum of Kafka's record batches, eight bytes at a time. */
const tables = (): readonly Int32Array[] => {
  const first = new Int32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    first[byte] = crc
  }
  const all = [first]
  for (let table = 1; table < 8; table++) {
    const before = all[table - 1] as Int32Array
    all.push(before.map((crc) => (crc >>> 8) ^ (first[crc & 255] as number)))
  }
  return all
}
const [T0, T1, T2, T3, T4, T5, T6, T7] = tables() as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
]

/** Of `bytes` from `start` to `end`, as an unsigned number. */
export const crc32c = (bytes: Uint8Array, start: number, end: number): number => {
  let crc = -1
  let at = start
  // Indexes below are within the tables and the bytes; the assertions cost nothing at run time.
  for (const last = end - 7; at < last; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24))
    crc =
      (T7[low & 255] as number) ^
      (T6[(low >>> 8) & 255] as number) ^
      (T5[(low >>> 16) & 255] as number) ^
      (T4[low >>> 24] as number) ^
      (T3[bytes[at + 4] as number] as number) ^
      (T2[bytes[at + 5] as number] as number) ^
      (T1[bytes[at + 6] as number] as number) ^
      (T0[bytes[at + 7] as number] as number)
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (T0[(crc ^ (bytes[at] as number)) & 255] as number)
  return ~crc >>> 0
}
