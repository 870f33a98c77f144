/** Which entities a list query finds, in which order: for stores that go through their rows one by one. */
import type { EntityFields, ListPosition, ListQuery, ListRow } from '../runtime/ports.ts'

/** By code units, as `<` compares strings. */
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const comparePlaces = (a: ListPosition, b: ListPosition): number =>
  compareTexts(a.value, b.value) || compareTexts(a.id, b.id)

const matches = (query: ListQuery, value: string): boolean =>
  (query.equals === undefined || value === query.equals) &&
  (query.prefix === undefined || value.startsWith(query.prefix)) &&
  (query.from === undefined || value >= query.from) &&
  (query.to === undefined || value <= query.to)

/** `entities`: all of the query's kind that are in lists. */
export const listRows = (
  query: ListQuery,
  entities: Iterable<{ readonly id: string; readonly fields: EntityFields }>,
): ListRow[] => {
  const sign = query.descending === true ? -1 : 1
  const rows: ListRow[] = []
  for (const { id, fields } of entities) {
    const value = Object.hasOwn(fields, query.field) ? fields[query.field] : undefined
    if (value === undefined || !matches(query, value)) continue
    const row = { id, value, fields }
    if (query.after === undefined || sign * comparePlaces(row, query.after) > 0) rows.push(row)
  }
  return rows.sort((a, b) => sign * comparePlaces(a, b)).slice(0, query.limit)
}
