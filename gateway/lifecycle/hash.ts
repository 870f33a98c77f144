/** 128 bits of a text as hex, for ids that are derived from what they stand for. */
import { createHash } from 'node:crypto'

export const hashHex32 = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)
