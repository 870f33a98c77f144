/**
 * The simulated infrastructure in an SQLite file of its own. It survives `kill -9` of the process; after a loss of
 * power the last moments may be missing, as it doesn't wait for the disk (it stands for an infrastructure, and isn't one).
 */
import { DatabaseSync } from 'node:sqlite'
import { RuntimeFault } from '../../runtime/fault.ts'
import { simulatedObject, workRecord } from './infrastructure-store.ts'
import type { InfrastructureStore, JournalEntry } from './infrastructure-store.ts'

const SCHEMA_VERSION = 1
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS objects (resource_id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS requests (number INTEGER PRIMARY KEY, request_id TEXT NOT NULL UNIQUE, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS journal (
    sequence INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, resource_id TEXT NOT NULL, resource_name TEXT NOT NULL,
    transition TEXT NOT NULL, request_id TEXT NOT NULL
  );
  PRAGMA user_version = ${SCHEMA_VERSION};
`
const JOURNAL_QUERY = `
  SELECT sequence, at_ms AS atMs, resource_id AS resourceId, resource_name AS resourceName, transition,
         request_id AS requestId
  FROM journal WHERE sequence > ? ORDER BY sequence LIMIT ?`

export interface InfrastructureFileOptions {
  readonly gatherMs?: number
  /** Older journal entries are forgotten. */
  readonly journalMax?: number
}

/** @throws {RuntimeFault} `newer-version` if a newer release has written the file */
export const infrastructureFile = (path: string, options: InfrastructureFileOptions = {}): InfrastructureStore => {
  const { gatherMs = 2, journalMax = 1_000_000 } = options
  const database = new DatabaseSync(path, { timeout: 5_000 })
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;')
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version > SCHEMA_VERSION) {
    database.close()
    throw new RuntimeFault(
      'newer-version',
      `${path} has version ${version}; this release reads up to ${SCHEMA_VERSION}`,
    )
  }
  database.exec(SCHEMA)

  const putObject = database.prepare('INSERT OR REPLACE INTO objects VALUES (?, ?)')
  const dropObject = database.prepare('DELETE FROM objects WHERE resource_id = ?')
  const putRecord = database.prepare(
    'INSERT INTO requests (request_id, value) VALUES (?, ?) ON CONFLICT (request_id) DO UPDATE SET value = excluded.value',
  )
  const dropRecord = database.prepare('DELETE FROM requests WHERE request_id = ?')
  const putEntry = database.prepare('INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)')
  const trimJournal = database.prepare('DELETE FROM journal WHERE sequence <= ?')
  const journalAfter = database.prepare(JOURNAL_QUERY)

  const values = (table: string, order: string): unknown[] =>
    database
      .prepare(`SELECT value FROM ${table} ORDER BY ${order}`)
      .all()
      .map((row) => JSON.parse(String(row['value'])) as unknown)

  return {
    gatherMs,
    load: () => ({
      objects: values('objects', 'resource_id').map((value) => simulatedObject.parse(value)),
      records: values('requests', 'number').map((value) => workRecord.parse(value)),
      sequence: Number(database.prepare('SELECT max(sequence) AS newest FROM journal').get()?.['newest'] ?? 0),
    }),
    save: (changes) => {
      database.exec('BEGIN IMMEDIATE')
      try {
        for (const object of changes.objects) putObject.run(object.resourceId, JSON.stringify(object))
        for (const resourceId of changes.forgottenObjects) dropObject.run(resourceId)
        for (const record of changes.records) putRecord.run(record.requestId, JSON.stringify(record))
        for (const requestId of changes.forgottenRecords) dropRecord.run(requestId)
        for (const { sequence, atMs, resourceId, resourceName, transition, requestId } of changes.journal)
          putEntry.run(sequence, atMs, resourceId, resourceName, transition, requestId)
        const newest = changes.journal.at(-1)?.sequence
        if (newest !== undefined && newest > journalMax) trimJournal.run(newest - journalMax)
        database.exec('COMMIT')
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    },
    journal: (after, limit) => journalAfter.all(after, limit).map(journalEntry),
    close: () => {
      database.close()
    },
  }
}

/** Reads the journal of a file that another process may be writing, for tests and tools. Oldest first. */
export const readJournal = (path: string, after = 0, limit = 1_000_000): readonly JournalEntry[] => {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
  try {
    return database.prepare(JOURNAL_QUERY).all(after, limit).map(journalEntry)
  } finally {
    database.close()
  }
}

const journalEntry = (row: Record<string, unknown>): JournalEntry => ({
  sequence: Number(row['sequence']),
  atMs: Number(row['atMs']),
  resourceId: String(row['resourceId']),
  resourceName: String(row['resourceName']),
  transition: String(row['transition']),
  requestId: String(row['requestId']),
})
