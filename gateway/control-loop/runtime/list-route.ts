/** A route that lists something page by page, made from its description. */
import { createRoute } from '@hono/zod-openapi'
import type { JSONValue } from 'hono/utils/types'
import { z } from 'zod'
import type { Queries } from '../../../runtime/client.ts'
import type { ListQuery, ListRow } from '../../../runtime/ports.ts'
import type { Asking } from '../../asking.ts'
import { answers, type App } from '../../routes.ts'
import { nextPage, pageOf, pageQuery } from './pages.ts'

export interface Listed<Item> {
  readonly query: Omit<ListQuery, 'limit' | 'after'>
  /** Nothing: a filter leaves the row out. */
  readonly keep: (row: ListRow) => Item | undefined
}

export interface ListDescription<Asked extends z.ZodRawShape, Item extends z.ZodType> {
  readonly path: string
  readonly operationId: string
  readonly tags: string[]
  readonly summary: string
  /** Of the list in the answer, of the answer itself, and of its schema. */
  readonly name: string
  readonly description: string
  readonly id: string
  readonly item: Item
  /** What may stand in the query, beside `limit` and `after`; or, where `params` says so, stands in the path. */
  readonly asked: Asked
  readonly params?: readonly (keyof Asked & string)[]
  readonly find: (asked: z.infer<z.ZodObject<Asked>>) => Listed<z.infer<Item>> | Promise<Listed<z.infer<Item>>>
}

/** Whether a row has these values; what isn't asked for may be anything. */
export const hasFields = ({ fields }: ListRow, wanted: Readonly<Record<string, string | undefined>>): boolean =>
  Object.entries(wanted).every(([name, value]) => value === undefined || fields[name] === value)

/** A part of the shape of a request. Its values are no longer known to the compiler: the route checks them. */
const partOf = (shape: z.ZodRawShape, isPart: (name: string) => boolean): z.ZodObject =>
  z.object(Object.fromEntries(Object.entries(shape).filter(([name]) => isPart(name))))

export const mountList = <Asked extends z.ZodRawShape, Item extends z.ZodType>(
  app: App,
  queries: Queries,
  asks: Asking,
  { name, id, item, asked, params = [], find, description, ...route }: ListDescription<Asked, Item>,
): void => {
  const inPath = (field: string): boolean => params.includes(field)
  const page: z.ZodObject = z.object({ [name]: z.array(item), next: nextPage }).meta({ id })
  const list = createRoute({
    ...route,
    method: 'get',
    request: {
      params: partOf(asked, inPath),
      query: partOf({ ...asked, ...pageQuery }, (field) => !inPath(field)),
    },
    responses: answers(description, page),
  })
  app.openapi(list, async (c) => {
    const { limit, after, ...given } = { ...c.req.valid('query'), ...c.req.valid('param') }
    const { query, keep } = await find(given as z.infer<z.ZodObject<Asked>>)
    const wanted = { limit, after } as z.infer<z.ZodObject<typeof pageQuery>>
    const { items, next } = await pageOf(queries, asks, query, wanted, keep)
    const answer: Record<string, unknown> = { [name]: items, ...(next === undefined ? {} : { next }) }
    return c.json(answer as Record<string, JSONValue>, 200)
  })
}
