/** Lists that go on where the page before ended. */
import { z } from 'zod'
import type { Queries } from '../../../runtime/client.ts'
import type { ListPosition, ListQuery, ListRow } from '../../../runtime/ports.ts'
import type { Asking } from '../../asking.ts'
import { limitParam } from '../../routes.ts'
import { SCANNED_MAX } from '../../scan.ts'

const LIMIT_MAX = 500
const LIMIT_USUAL = 100
const ROWS_AT_A_TIME = 500

export const pageQuery = {
  limit: limitParam(LIMIT_MAX, LIMIT_USUAL),
  after: z.string().optional().meta({ description: '`next` of the page before' }),
}

export const nextPage = z
  .string()
  .exactOptional()
  .meta({ description: '`after` of the next page; absent: this is the last' })

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next?: string
}

/** `keep` gives nothing for what a filter leaves out. The page may be short, and still not be the last. */
export const pageOf = async <Item>(
  queries: Queries,
  { read }: Asking,
  query: Omit<ListQuery, 'limit' | 'after'>,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
  keep: (row: ListRow) => Item | undefined,
): Promise<Page<Item>> => {
  const items: Item[] = []
  let position = after === undefined ? undefined : positionOf(after)
  for (let scanned = 0; scanned < SCANNED_MAX;) {
    const rows = await read(queries.list({ ...query, limit: ROWS_AT_A_TIME, ...(position ? { after: position } : {}) }))
    for (const row of rows) {
      const item = keep(row)
      if (item !== undefined) {
        if (items.length === limit) return { items, next: textOf(position) }
        items.push(item)
      }
      position = { value: row.value, id: row.id }
    }
    scanned += rows.length
    if (rows.length < ROWS_AT_A_TIME) return { items }
  }
  return { items, next: textOf(position) }
}

const textOf = (position: ListPosition | undefined): string =>
  Buffer.from(JSON.stringify([position?.value ?? '', position?.id ?? ''])).toString('base64url')

const positionText = z.tuple([z.string(), z.string()])

/** What isn't ours is taken for the beginning. */
const positionOf = (text: string): ListPosition | undefined => {
  try {
    const [value, id] = positionText.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return { value, id }
  } catch {
    return undefined
  }
}
