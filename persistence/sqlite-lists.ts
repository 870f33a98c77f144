/** What lists show: the fields of entities, each in the order of its values. */
import type { EntityFields, ListQuery, ListRow } from '../runtime/ports.ts'
import type { SqliteFile } from '../runtime/transport/sqlite-file.ts'
import { boundsOf } from './list-bounds.ts'
import { orderedBytes, orderedText } from './ordered-text.ts'
import type { EntityHead } from './sqlite-entities.ts'
import { statement } from './sqlite-schema.ts'

export class SqliteLists {
  readonly #sql: ReturnType<typeof statements>

  constructor(file: SqliteFile) {
    this.#sql = statements(file)
  }

  fieldsOf(head: EntityHead): EntityFields | null {
    if (head.fields === undefined) {
      const row = this.#sql.fields.get(head.number)
      head.fields = row === undefined ? null : (JSON.parse(String(row[0])) as EntityFields)
    }
    return head.fields
  }

  /** Within an operation. Writes only the fields that differ: most commits change none. */
  set(head: EntityHead, after: EntityFields | null): void {
    const { number, kind } = head
    const before = this.fieldsOf(head) ?? {}
    head.fields = after
    const json = after === null ? undefined : JSON.stringify(after)
    const id = orderedBytes(head.id)
    for (const [name, value] of Object.entries(before))
      if (after === null || !Object.hasOwn(after, name) || after[name] !== value)
        this.#sql.dropField.run(kind, name, orderedBytes(value), id, number)
    for (const [name, value] of Object.entries(after ?? {}))
      if (!Object.hasOwn(before, name) || before[name] !== value)
        this.#sql.addField.run(kind, name, orderedBytes(value), id, number)
    if (json === undefined) this.#sql.dropFields.run(number)
    else this.#sql.setFields.run(number, json)
  }

  list(query: ListQuery): ListRow[] {
    const { kind, field, after } = query
    const { low, high } = boundsOf(query)
    const isDescending = query.descending === true
    const rows =
      after === undefined
        ? (isDescending ? this.#sql.down : this.#sql.up).all(kind, field, low, high, query.limit)
        : (isDescending ? this.#sql.downAfter : this.#sql.upAfter).all(
            ...[kind, field, low, high, orderedBytes(after.value), orderedBytes(after.id), query.limit],
          )
    return rows.map(([value, id, json]) => ({
      id: orderedText(id as Uint8Array),
      value: orderedText(value as Uint8Array),
      fields: JSON.parse(String(json)) as EntityFields,
    }))
  }
}

const listSql = (order: 'ASC' | 'DESC', after: string): string =>
  `SELECT field.value, field.id, fields.json FROM field JOIN fields ON fields.entity = field.entity
   WHERE kind = ? AND name = ? AND value >= ? AND value < ? ${after}
   ORDER BY value ${order}, id ${order} LIMIT ?`

const statements = (file: SqliteFile) => ({
  fields: statement(file, 'SELECT json FROM fields WHERE entity = ?'),
  setFields: statement(file, 'INSERT OR REPLACE INTO fields VALUES (?, ?)'),
  dropFields: statement(file, 'DELETE FROM fields WHERE entity = ?'),
  addField: statement(file, 'INSERT INTO field VALUES (?, ?, ?, ?, ?)'),
  dropField: statement(file, 'DELETE FROM field WHERE kind = ? AND name = ? AND value = ? AND id = ? AND entity = ?'),
  up: statement(file, listSql('ASC', '')),
  down: statement(file, listSql('DESC', '')),
  upAfter: statement(file, listSql('ASC', 'AND (value, id) > (?, ?)')),
  downAfter: statement(file, listSql('DESC', 'AND (value, id) < (?, ?)')),
})
