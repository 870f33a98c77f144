/** Messages that nobody could handle, in the embedded store. */
import type { DeadLetterRow } from '../runtime/ports.ts'
import type { SqliteFile } from '../runtime/transport/sqlite-file.ts'
import { orderedBytes, orderedText } from './ordered-text.ts'
import { statement } from './sqlite-schema.ts'
import type { Row } from './sqlite-schema.ts'

const deadLetter = ([id, shard, atMs, to, reason, error, value]: Row): DeadLetterRow => ({
  id: String(id),
  shard: Number(shard),
  atMs: Number(atMs),
  to: orderedText(to as Uint8Array),
  reason: String(reason),
  error: String(error),
  value: value as Uint8Array,
})

export class SqliteDeadLetters {
  readonly #sql: ReturnType<typeof statements>

  constructor(file: SqliteFile) {
    this.#sql = statements(file)
  }

  /** Within an operation, as `forget`. */
  add({ id, shard, atMs, to, reason, error, value }: DeadLetterRow): void {
    this.#sql.add.run(id, shard, atMs, orderedBytes(to), reason, error, value)
  }

  forget(id: string): void {
    this.#sql.forget.run(id)
  }

  newest({ shard, limit }: { readonly shard?: number; readonly limit: number }): DeadLetterRow[] {
    const rows = shard === undefined ? this.#sql.newest.all(limit) : this.#sql.newestOf.all(shard, limit)
    return rows.map(deadLetter)
  }

  find(id: string): DeadLetterRow | undefined {
    const row = this.#sql.find.get(id)
    return row && deadLetter(row)
  }

  count(): number {
    return Number(this.#sql.count.get()?.[0])
  }
}

const COLUMNS = 'id, shard, at_ms, recipient, reason, error, value'

const statements = (file: SqliteFile) => ({
  add: statement(file, 'INSERT OR REPLACE INTO dead_letter VALUES (?, ?, ?, ?, ?, ?, ?)'),
  forget: statement(file, 'DELETE FROM dead_letter WHERE id = ?'),
  newest: statement(file, `SELECT ${COLUMNS} FROM dead_letter ORDER BY at_ms DESC LIMIT ?`),
  newestOf: statement(file, `SELECT ${COLUMNS} FROM dead_letter WHERE shard = ? ORDER BY at_ms DESC LIMIT ?`),
  find: statement(file, `SELECT ${COLUMNS} FROM dead_letter WHERE id = ?`),
  count: statement(file, 'SELECT count(*) FROM dead_letter'),
})
