/** Reads zip archives, as far as those need it that come with an npm package: no encryption, files below 4 GB. */
import { readFileSync } from 'node:fs'
import { crc32, inflateRawSync } from 'node:zlib'

const END_SIGNATURE = 0x06054b50
const ENTRY_SIGNATURE = 0x02014b50
const END_BYTES = 22
const ENTRY_BYTES = 46
const LOCAL_HEADER_BYTES = 30
const COMMENT_BYTES_MAX = 0xffff

/** Where the list of contents begins, and how many entries it has. */
const directoryOf = (zip: Buffer): { offset: number; entries: number } => {
  for (let at = zip.length - END_BYTES; at >= Math.max(0, zip.length - END_BYTES - COMMENT_BYTES_MAX); at--)
    if (zip.readUInt32LE(at) === END_SIGNATURE)
      return { entries: zip.readUInt16LE(at + 10), offset: zip.readUInt32LE(at + 16) }
  throw new Error('not a zip archive: it has no list of contents')
}

/**
 * The files with these names.
 * @throws if one is missing, packed in a way not known here, or damaged
 */
export const filesOfZip = (path: string, names: readonly string[]): ReadonlyMap<string, Buffer> => {
  const zip = readFileSync(path)
  const files = new Map<string, Buffer>()
  const { offset, entries } = directoryOf(zip)
  let at = offset
  for (let entry = 0; entry < entries; entry++) {
    if (zip.readUInt32LE(at) !== ENTRY_SIGNATURE) throw new Error(`${path}: its list of contents is damaged`)
    const nameBytes = zip.readUInt16LE(at + 28)
    const name = zip.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes)
    if (names.includes(name)) files.set(name, contentOf(zip, at, name))
    at += ENTRY_BYTES + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  for (const name of names) if (!files.has(name)) throw new Error(`${path} holds no ${name}`)
  return files
}

const contentOf = (zip: Buffer, entry: number, name: string): Buffer => {
  const method = zip.readUInt16LE(entry + 10)
  const local = zip.readUInt32LE(entry + 42)
  // Name and extra field of the local header may be longer than those in the list.
  const start = local + LOCAL_HEADER_BYTES + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
  const packed = zip.subarray(start, start + zip.readUInt32LE(entry + 20))
  if (method !== 0 && method !== 8) throw new Error(`${name}: packed with method ${method}, which is not known here`)
  const content = method === 8 ? inflateRawSync(packed) : Buffer.from(packed)
  if (crc32(content) !== zip.readUInt32LE(entry + 16)) throw new Error(`${name}: damaged in the archive`)
  return content
}
