/** What a list query asks for, as a range of bytes that sort as its values do. */
import type { ListQuery } from '../runtime/ports.ts'
import { afterPrefix, justAfter, orderedBytes } from './ordered-text.ts'

/** Above all encoded text. */
const TOP = Buffer.of(0xff)
const NOTHING = Buffer.alloc(0)

const lower = (a: Buffer, b: Buffer | undefined): Buffer => (b !== undefined && Buffer.compare(b, a) < 0 ? b : a)
const higher = (a: Buffer, b: Buffer | undefined): Buffer => (b !== undefined && Buffer.compare(b, a) > 0 ? b : a)

/** Bounds of the value, from `low` (inclusive) to `high` (exclusive). */
export const boundsOf = (query: ListQuery): { low: Buffer; high: Buffer } => {
  let low: Buffer = NOTHING
  let high: Buffer = TOP
  if (query.equals !== undefined) {
    low = orderedBytes(query.equals)
    high = justAfter(low)
  }
  if (query.prefix !== undefined) {
    const prefix = orderedBytes(query.prefix)
    low = higher(low, prefix)
    high = lower(high, afterPrefix(prefix))
  }
  if (query.from !== undefined) low = higher(low, orderedBytes(query.from))
  if (query.to !== undefined) high = lower(high, justAfter(orderedBytes(query.to)))
  return { low, high }
}
