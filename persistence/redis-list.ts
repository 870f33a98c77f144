/** A list over all shards: each shard's rows come in order and in bounded pieces, and are merged here. */
import type { ListQuery, ListRow } from '../runtime/ports.ts'
import { boundsOf } from './list-bounds.ts'
import { orderedBytes, orderedText } from './ordered-text.ts'
import type { RedisConnection } from './redis-connection.ts'
import { unpackFields } from './redis-rows.ts'
import { SCRIPTS } from './redis-script.ts'
import { packedText } from './redis-text.ts'

/** Rows asked of a shard beyond its share, so that mostly one round is enough. */
const SPARE_ROWS = 8

const INCLUSIVE = Buffer.from('[')
const EXCLUSIVE = Buffer.from('(')
const ESCAPED_NUL = Buffer.of(0, 2)
const END_OF_VALUE = Buffer.of(0, 1)

/** Values in the index are followed by `\0\1`, so a NUL in them becomes `\0\2`: the order stays that of the values. */
const escaped = (bytes: Buffer): Buffer => {
  if (!bytes.includes(0)) return bytes
  const parts: Buffer[] = []
  for (const byte of bytes) parts.push(byte === 0 ? ESCAPED_NUL : Buffer.of(byte))
  return Buffer.concat(parts)
}

const memberOf = ({ value, id }: { value: string; id: string }): Buffer =>
  Buffer.concat([escaped(orderedBytes(value)), END_OF_VALUE, orderedBytes(id)])

interface Range {
  low: Buffer
  high: Buffer
}

/** `after` can only narrow what the query asks for. */
const narrow = (range: Range, after: { value: string; id: string } | undefined, isDescending: boolean): Range => {
  if (after === undefined) return range
  const place = memberOf(after)
  if (isDescending)
    return Buffer.compare(place, range.high.subarray(1)) < 0
      ? { ...range, high: Buffer.concat([EXCLUSIVE, place]) }
      : range
  return Buffer.compare(place, range.low.subarray(1)) >= 0
    ? { ...range, low: Buffer.concat([EXCLUSIVE, place]) }
    : range
}

/** One shard's rows that have been read and not taken yet. */
interface Piece {
  readonly keys: readonly string[]
  rows: ListRow[]
  taken: number
  range: Range
  isWhole: boolean
}

const isBefore = (a: ListRow, b: ListRow): boolean => a.value < b.value || (a.value === b.value && a.id < b.id)

export const listOver = async (
  connection: RedisConnection,
  shards: readonly (readonly string[])[],
  query: ListQuery,
): Promise<readonly ListRow[]> => {
  const { limit } = query
  if (limit <= 0) return []
  const isDescending = query.descending === true
  const { low, high } = boundsOf(query)
  const whole = { low: Buffer.concat([INCLUSIVE, escaped(low)]), high: Buffer.concat([EXCLUSIVE, escaped(high)]) }
  const range = narrow(whole, query.after, isDescending)
  const pieceRows = Math.min(limit, Math.ceil(limit / shards.length) + SPARE_ROWS)
  const pieces = shards.map((keys): Piece => ({ keys, rows: [], taken: 0, range, isWhole: false }))

  const refill = async (piece: Piece): Promise<void> => {
    const args = [packedText(query.kind), packedText(query.field), piece.range.low, piece.range.high]
    const answer = (await connection.run(SCRIPTS.list, piece.keys, [
      ...args,
      isDescending ? 1 : 0,
      pieceRows,
    ])) as Buffer[]
    piece.rows = rowsOf(answer, query.field)
    piece.taken = 0
    piece.isWhole = piece.rows.length < pieceRows
    piece.range = narrow(piece.range, piece.rows.at(-1), isDescending)
  }

  const found: ListRow[] = []
  for (;;) {
    await Promise.all(pieces.filter((piece) => piece.taken === piece.rows.length && !piece.isWhole).map(refill))
    let best: Piece | undefined
    do {
      best = undefined
      for (const piece of pieces) {
        const row = piece.rows[piece.taken]
        if (row === undefined) continue
        const leader = best?.rows[best.taken]
        if (leader === undefined || isBefore(row, leader) !== isDescending) best = piece
      }
      const row = best?.rows[best.taken++]
      if (row === undefined) return found
      found.push(row)
      if (found.length >= limit) return found
    } while (best !== undefined && (best.taken < best.rows.length || best.isWhole))
  }
}

const rowsOf = (answer: readonly Buffer[], field: string): ListRow[] => {
  const rows: ListRow[] = []
  for (let index = 0; index < answer.length; index += 2) {
    const [id, packed] = [answer[index], answer[index + 1]]
    if (id === undefined || packed === undefined) break
    const fields = unpackFields(packed)
    rows.push({ id: orderedText(id), value: fields[field] ?? '', fields })
  }
  return rows
}
