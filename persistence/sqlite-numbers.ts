/**
 * Numbers for entities and event rows: rising, never given out twice, also not after rows at the end were deleted (a
 * pointer to a deleted row must never lead to another one).
 */
import type { SqliteFile } from '../runtime/transport/sqlite-file.ts'
import { statement } from './sqlite-schema.ts'

/** How many are skipped at most by opening a file again. A million openings a day would last for ten thousand years. */
const BLOCK = 2_000

export class SqliteNumbers {
  readonly #reserve: ReturnType<typeof statement>
  readonly #reserved: ReturnType<typeof statement>
  #next = 0
  #end = 0

  constructor(file: SqliteFile) {
    this.#reserved = statement(file, `SELECT value FROM setting WHERE name = 'numbers-reserved'`)
    this.#reserve = statement(file, `INSERT OR REPLACE INTO setting VALUES ('numbers-reserved', ?)`)
    this.reset()
  }

  /** Within an operation. */
  take(): number {
    if (this.#next >= this.#end) {
      this.#end = this.#next + BLOCK
      this.#reserve.run(this.#end)
    }
    return this.#next++
  }

  /** After a rollback: a reservation may have been taken back. */
  reset(): void {
    this.#next = Math.max(1, Number(this.#reserved.get()?.[0] ?? 1))
    this.#end = this.#next
  }
}
