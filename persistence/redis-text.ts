/** Values of rows that only the client reads: msgpack, text as in `ordered-text.ts` where it has surrogates. */
import { Packr } from 'msgpackr'
import { orderedBytes, orderedText } from './ordered-text.ts'

const SURROGATE = /[\ud800-\udfff]/

const packr = new Packr({ useRecords: false, variableMapSize: true })

/** UTF-8 has no unpaired surrogates, so text with surrogates goes as bytes. */
export const packedText = (text: string): string | Uint8Array => (SURROGATE.test(text) ? orderedBytes(text) : text)

export const unpackedText = (value: unknown): string =>
  value instanceof Uint8Array ? orderedText(value) : String(value)

export const pack = (value: unknown): Uint8Array => packr.pack(value)

export const unpack = (bytes: Uint8Array): unknown => packr.unpack(bytes)

/** The same bytes, not as a Buffer: the port promises no more than bytes, and a Buffer compares and prints otherwise. */
export const plainBytes = (value: unknown): Uint8Array => {
  if (!(value instanceof Uint8Array)) return new Uint8Array()
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}
