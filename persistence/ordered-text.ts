/**
 * Text as bytes that sort as the text does by code units, which UTF-8 doesn't: each code unit is encoded by itself
 * (CESU-8), so surrogates, paired or not, keep their place and nothing is lost. For all other text it is UTF-8.
 */
const SURROGATE = /[\ud800-\udfff]/
const FIRST_SURROGATE_BYTE = 0xed

export const orderedBytes = (text: string): Buffer => {
  if (!SURROGATE.test(text)) return Buffer.from(text, 'utf8')
  const bytes: number[] = []
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) bytes.push(unit)
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f))
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
  }
  return Buffer.from(bytes)
}

export const orderedText = (bytes: Uint8Array): string => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!buffer.includes(FIRST_SURROGATE_BYTE)) return buffer.toString('utf8')
  let text = ''
  for (let index = 0; index < buffer.length;) {
    const first = buffer[index++] ?? 0
    if (first < 0x80) text += String.fromCharCode(first)
    else if (first < 0xe0) text += String.fromCharCode(((first & 0x1f) << 6) | ((buffer[index++] ?? 0) & 0x3f))
    else {
      const middle = (buffer[index++] ?? 0) & 0x3f
      text += String.fromCharCode(((first & 0x0f) << 12) | (middle << 6) | ((buffer[index++] ?? 0) & 0x3f))
    }
  }
  return text
}

/** The least bytes above all that begin with these; undefined for no bytes at all. No encoded byte is 0xff. */
export const afterPrefix = (prefix: Buffer): Buffer | undefined => {
  const last = prefix.at(-1)
  return last === undefined ? undefined : Buffer.concat([prefix.subarray(0, -1), Buffer.of(last + 1)])
}

/** The least bytes above these. */
export const justAfter = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.of(0)])
