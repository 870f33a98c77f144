/** Versions of the tables. Each part of a file (log, store) counts its own. */
import type { DatabaseSync } from 'node:sqlite'
import { RuntimeFault } from '../fault.ts'

/** SQL that lifts the tables from version 0 to 1, from 1 to 2, and so on. Never edited, only added to. */
export type Migrations = readonly string[]

/** @throws {RuntimeFault} `newer-version`: a newer release wrote the tables; nothing was changed */
export const migrate = (database: DatabaseSync, part: string, migrations: Migrations): void => {
  database.exec('CREATE TABLE IF NOT EXISTS part (name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID')
  const row = database.prepare('SELECT version FROM part WHERE name = ?').get(part)
  const version = Number(row?.['version'] ?? 0)
  if (version > migrations.length)
    throw new RuntimeFault(
      'newer-version',
      `written by a newer release: ${part} has version ${version}, this release knows up to ${migrations.length}`,
      { address: part },
    )
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue
    database.exec('BEGIN IMMEDIATE')
    try {
      database.exec(sql)
      database.prepare('INSERT OR REPLACE INTO part VALUES (?, ?)').run(part, index + 1)
      database.exec('COMMIT')
    } catch (error) {
      database.exec('ROLLBACK')
      throw error
    }
  }
}
