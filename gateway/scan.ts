/** Lists with filters that no index knows: page after page, up to a bound. */
import type { Queries } from '../runtime/client.ts'
import type { ListPosition, ListQuery, ListRow } from '../runtime/ports.ts'
import type { Asking } from './asking.ts'

const PAGE = 500

/** Rows looked at for one answer. Beyond it the answer says that it is partial. */
export const SCANNED_MAX = 20_000

export interface Scan<Item> {
  readonly items: readonly Item[]
  /** There are more, or there may be: not all rows were looked at. */
  readonly partial: boolean
}

/**
 * The first `wanted` rows for which `keep` has an item. `keep` is given a page at a time, so that it may load what the
 * rows don't say.
 */
export const scan = async <Item>(
  queries: Queries,
  { read }: Asking,
  query: Omit<ListQuery, 'limit' | 'after'>,
  wanted: number,
  keep: (rows: readonly ListRow[]) => readonly (Item | undefined)[] | Promise<readonly (Item | undefined)[]>,
): Promise<Scan<Item>> => {
  const items: Item[] = []
  let after: ListPosition | undefined
  // A page no larger than what could be used, where everything may be kept.
  const limit = Math.min(PAGE, Math.max(wanted + 1, 50))
  for (let scanned = 0; scanned < SCANNED_MAX;) {
    const rows = await read(queries.list({ ...query, limit, ...(after ? { after } : {}) }))
    scanned += rows.length
    for (const item of await keep(rows)) {
      if (item === undefined) continue
      if (items.length === wanted) return { items, partial: true }
      items.push(item)
    }
    const last = rows.at(-1)
    if (!last || rows.length < limit) return { items, partial: false }
    after = { value: last.value, id: last.id }
  }
  return { items, partial: true }
}

/** Whether `text` is what a pattern with `*` describes. Linear, whatever the pattern. */
export const matchesPattern = (text: string, pattern: string): boolean => {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text === pattern
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}
