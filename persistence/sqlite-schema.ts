/**
 * The tables of the embedded store. Events are appended under a rising integer key and chained backwards, so that no
 * text and no random order is written per event; what is keyed by entity is keyed by a small integer.
 */
import type { SqliteFile } from '../runtime/transport/sqlite-file.ts'

export const STORE_MIGRATIONS = [
  `CREATE TABLE setting (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

   CREATE TABLE shard (
     shard INTEGER PRIMARY KEY, token TEXT NOT NULL, owner TEXT NOT NULL, epoch INTEGER NOT NULL,
     next_offset INTEGER NOT NULL, published_major INTEGER NOT NULL, published_minor INTEGER NOT NULL,
     self_major INTEGER NOT NULL, self_minor INTEGER NOT NULL
   );
   CREATE TABLE mark (
     shard INTEGER NOT NULL, origin BLOB NOT NULL, major INTEGER NOT NULL, minor INTEGER NOT NULL,
     at_ms REAL NOT NULL, PRIMARY KEY (shard, origin)
   ) WITHOUT ROWID;

   -- An entity's number stands for it everywhere else. Numbers are never used again.
   CREATE TABLE entity (number INTEGER PRIMARY KEY, shard INTEGER NOT NULL, kind TEXT NOT NULL, id BLOB NOT NULL);
   CREATE UNIQUE INDEX entity_key ON entity (shard, kind, id);
   -- Where its chain of events begins: the one small row that each write of an entity changes.
   CREATE TABLE head (
     entity INTEGER PRIMARY KEY, version INTEGER NOT NULL, latest INTEGER NOT NULL, events_from INTEGER NOT NULL
   );
   -- The events of one write, the last of which has number version; previous: the entity's write before it.
   CREATE TABLE event (
     seq INTEGER PRIMARY KEY, entity INTEGER NOT NULL, version INTEGER NOT NULL, previous INTEGER NOT NULL,
     body BLOB NOT NULL
   );
   CREATE TABLE snapshot (entity INTEGER PRIMARY KEY, version INTEGER NOT NULL, value BLOB NOT NULL);
   -- Ways into the chain: which event row ends with the version of each snapshot.
   CREATE TABLE waypoint (
     entity INTEGER NOT NULL, version INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (entity, version)
   ) WITHOUT ROWID;
   -- Chains to be deleted, from seq backwards.
   CREATE TABLE garbage (seq INTEGER PRIMARY KEY, entity INTEGER NOT NULL);

   CREATE TABLE fields (entity INTEGER PRIMARY KEY, json TEXT NOT NULL);
   CREATE TABLE field (
     kind TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL, id BLOB NOT NULL, entity INTEGER NOT NULL,
     PRIMARY KEY (kind, name, value, id, entity)
   ) WITHOUT ROWID;

   CREATE TABLE timer (
     entity INTEGER NOT NULL, name BLOB NOT NULL, shard INTEGER NOT NULL, due_ms REAL NOT NULL,
     generation BLOB NOT NULL, message BLOB NOT NULL, PRIMARY KEY (entity, name)
   ) WITHOUT ROWID;
   CREATE INDEX timer_due ON timer (shard, due_ms);

   -- The entries of one commit, named by the position of the last: places is JSON, values a list of blobs.
   CREATE TABLE outbox (
     shard INTEGER NOT NULL, major INTEGER NOT NULL, minor INTEGER NOT NULL, entries INTEGER NOT NULL,
     places TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (shard, major, minor)
   ) WITHOUT ROWID;

   CREATE TABLE dead_letter (
     id TEXT PRIMARY KEY, shard INTEGER NOT NULL, at_ms REAL NOT NULL, recipient BLOB NOT NULL, reason TEXT NOT NULL,
     error TEXT NOT NULL, value BLOB NOT NULL
   );
   CREATE INDEX dead_letter_time ON dead_letter (at_ms);
   CREATE INDEX dead_letter_shard ON dead_letter (shard, at_ms);`,
] as const

/** A row as its columns, in the order of the SQL. */
export type Row = readonly (number | string | Uint8Array | null)[]

/** One statement with typed ways to run it. */
export const statement = (file: SqliteFile, sql: string) => {
  const prepared = file.prepare(sql)
  type Value = number | string | Uint8Array
  return {
    run: (...values: Value[]): number => Number(prepared.run(...values).changes),
    get: (...values: Value[]): Row | undefined => prepared.get(...values) as unknown as Row | undefined,
    all: (...values: Value[]): Row[] => prepared.all(...values) as unknown as Row[],
  }
}
