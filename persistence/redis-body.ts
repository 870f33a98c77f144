/**
 * Writes what a Lua script reads with `cmsgpack`: Redis's own, which knows no `bin` type, so that bytes go as strings, and
 * text as the bytes that sort as it does. Written straight into one buffer: a commit has hundreds of small parts.
 */
import { orderedBytes } from './ordered-text.ts'

const SURROGATE = /[\ud800-\udfff]/
/** Shorter text is copied unit by unit, faster than a call of the encoder. */
const SHORT_TEXT = 48
const FIRST_BYTES = 65_536
/** A larger buffer isn't kept for the next writer. */
const KEPT_BYTES = 1024 * 1024

/** Of the writer that finished last; whoever takes it is the only one that has it. */
let kept: Buffer | undefined

const take = (): Buffer => {
  const buffer = kept ?? Buffer.allocUnsafe(FIRST_BYTES)
  kept = undefined
  return buffer
}

export class BodyWriter {
  #buffer = take()
  #at = 0

  get length(): number {
    return this.#at
  }

  array(length: number): void {
    this.#reserve(5)
    if (length < 16) this.#byte(0x90 | length)
    else if (length < 0x10000) this.#head(0xdc, length, 2)
    else this.#head(0xdd, length, 4)
  }

  flag(value: boolean): void {
    this.#reserve(1)
    this.#byte(value ? 0xc3 : 0xc2)
  }

  number(value: number): void {
    this.#reserve(9)
    if (!Number.isInteger(value) || value < -1 || value > 0xffffffff || Object.is(value, -0)) {
      this.#byte(0xcb)
      this.#at = this.#buffer.writeDoubleBE(value, this.#at)
    } else if (value < 0) this.#byte(0xff)
    else if (value < 0x80) this.#byte(value)
    else if (value < 0x100) this.#head(0xcc, value, 1)
    else if (value < 0x10000) this.#head(0xcd, value, 2)
    else this.#head(0xce, value, 4)
  }

  bytes(value: Uint8Array): void {
    this.#stringHead(value.length)
    this.#buffer.set(value, this.#at)
    this.#at += value.length
  }

  text(value: string): void {
    if (value.length < SHORT_TEXT && this.#ascii(value)) return
    if (SURROGATE.test(value)) return this.bytes(orderedBytes(value))
    this.#stringHead(Buffer.byteLength(value))
    this.#at += this.#buffer.write(value, this.#at, 'utf8')
  }

  /** A string that holds what `write` writes. */
  nested(write: () => void): void {
    this.#reserve(5)
    const from = this.#at
    this.#at += 5
    write()
    this.#buffer[from] = 0xdb
    this.#buffer.writeUint32BE(this.#at - from - 5, from + 1)
  }

  /** A copy of all that was written; the writer is done. */
  finish(): Buffer {
    const copy = Buffer.from(this.#buffer.subarray(0, this.#at))
    if (this.#buffer.length <= KEPT_BYTES) kept = this.#buffer
    this.#buffer = Buffer.alloc(0)
    this.#at = 0
    return copy
  }

  #ascii(value: string): boolean {
    const { length } = value
    this.#stringHead(length)
    const buffer = this.#buffer
    const from = this.#at
    for (let index = 0; index < length; index++) {
      const unit = value.charCodeAt(index)
      if (unit > 0x7f) {
        this.#at = from - stringHeadBytes(length)
        return false
      }
      buffer[from + index] = unit
    }
    this.#at = from + length
    return true
  }

  #stringHead(length: number): void {
    this.#reserve(length + 5)
    if (length < 32) this.#byte(0xa0 | length)
    else if (length < 0x100) this.#head(0xd9, length, 1)
    else if (length < 0x10000) this.#head(0xda, length, 2)
    else this.#head(0xdb, length, 4)
  }

  #byte(value: number): void {
    this.#buffer[this.#at++] = value
  }

  #head(type: number, value: number, bytes: 1 | 2 | 4): void {
    const buffer = this.#buffer
    buffer[this.#at++] = type
    for (let shift = 8 * (bytes - 1); shift >= 0; shift -= 8) buffer[this.#at++] = (value >>> shift) & 0xff
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#at + bytes))
    larger.set(this.#buffer.subarray(0, this.#at))
    this.#buffer = larger
  }
}

const stringHeadBytes = (length: number): number => (length < 32 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5)

/** The strings of a list that holds nothing else, as `BodyWriter` wrote them. */
export const stringsOf = (body: Buffer): Buffer[] => {
  const strings: Buffer[] = []
  const first = body[0] ?? 0
  let at = first === 0xdc ? 3 : first === 0xdd ? 5 : 1
  while (at < body.length) {
    const type = body[at++] ?? 0
    let length = type & 0x1f
    const sizeBytes = type === 0xd9 ? 1 : type === 0xda ? 2 : type === 0xdb ? 4 : 0
    if (sizeBytes > 0) {
      length = body.readUIntBE(at, sizeBytes)
      at += sizeBytes
    }
    strings.push(body.subarray(at, at + length))
    at += length
  }
  return strings
}
