/** Durable timers of the embedded store. */
import type { TimerRow } from '../runtime/ports.ts'
import type { SqliteFile } from '../runtime/transport/sqlite-file.ts'
import { orderedBytes, orderedText } from './ordered-text.ts'
import type { EntityHead } from './sqlite-entities.ts'
import { statement } from './sqlite-schema.ts'
import type { Row } from './sqlite-schema.ts'

const timerRow = (kind: string, id: string, row: Row): TimerRow => ({
  kind,
  id,
  name: orderedText(row[0] as Uint8Array),
  dueMs: Number(row[1]),
  generation: orderedText(row[2] as Uint8Array),
  message: row[3] as Uint8Array,
})

export class SqliteTimers {
  readonly #sql: ReturnType<typeof statements>

  constructor(file: SqliteFile) {
    this.#sql = statements(file)
  }

  /** Within an operation, as the other changes. */
  set(head: EntityHead, { name, dueMs, generation, message }: TimerRow): void {
    this.#sql.set.run(head.number, orderedBytes(name), head.shard, dueMs, orderedBytes(generation), message)
  }

  cancel(head: EntityHead, name: string): void {
    this.#sql.cancel.run(head.number, orderedBytes(name))
  }

  forget(head: EntityHead): void {
    this.#sql.forget.run(head.number)
  }

  of(head: EntityHead): TimerRow[] {
    return this.#sql.of.all(head.number).map((row) => timerRow(head.kind, head.id, row))
  }

  due(shard: number, dueBeforeMs: number, limit: number): TimerRow[] {
    return this.#sql.due
      .all(shard, dueBeforeMs, limit)
      .map((row) => timerRow(String(row[4]), orderedText(row[5] as Uint8Array), row))
  }

  count(): number {
    return Number(this.#sql.count.get()?.[0])
  }
}

const statements = (file: SqliteFile) => ({
  set: statement(file, 'INSERT OR REPLACE INTO timer VALUES (?, ?, ?, ?, ?, ?)'),
  cancel: statement(file, 'DELETE FROM timer WHERE entity = ? AND name = ?'),
  forget: statement(file, 'DELETE FROM timer WHERE entity = ?'),
  of: statement(file, 'SELECT name, due_ms, generation, message FROM timer WHERE entity = ? ORDER BY due_ms'),
  due: statement(
    file,
    `SELECT name, due_ms, generation, message, kind, id FROM timer JOIN entity ON number = timer.entity
     WHERE timer.shard = ? AND due_ms < ? ORDER BY due_ms LIMIT ?`,
  ),
  count: statement(file, 'SELECT count(*) FROM timer'),
})
