/** Events, snapshots and histories of entities, and the sweeping of what is forgotten. */
import type { EntityWrite, HistoryRow, StoredEntity } from '../runtime/ports.ts'
import { packBlobs, unpackBlobs } from '../runtime/transport/blob-list.ts'
import type { SqliteFile } from '../runtime/transport/sqlite-file.ts'
import type { EntityHead } from './sqlite-entities.ts'
import type { SqliteNumbers } from './sqlite-numbers.ts'
import { statement } from './sqlite-schema.ts'

/** Rows that one operation deletes at most, so that forgetting much doesn't hold up the commits. */
const SWEEP_ROWS_MAX = 256

export class SqliteEvents {
  readonly #sql: ReturnType<typeof statements>
  readonly #numbers: SqliteNumbers
  /** There are chains to be deleted. */
  hasGarbage: boolean

  constructor(file: SqliteFile, numbers: SqliteNumbers) {
    this.#sql = statements(file)
    this.#numbers = numbers
    this.hasGarbage = this.#sql.garbage.get() !== undefined
  }

  /** Within an operation. Changes `head` to what the entity is after the write. */
  append(head: EntityHead, write: EntityWrite): void {
    const { number } = head
    if (write.version - write.events.length !== head.version)
      throw new Error(`${write.kind}/${write.id} has version ${head.version}; events can't end at ${write.version}`)
    if (write.events.length > 0) {
      const seq = this.#numbers.take()
      this.#sql.addEvent.run(seq, number, write.version, head.latest, packBlobs(write.events))
      head.latest = seq
      head.version = write.version
    }
    if (write.snapshot !== undefined) {
      this.#sql.setSnapshot.run(number, write.version, write.snapshot)
      if (head.latest !== 0) this.#sql.setWaypoint.run(number, write.version, head.latest)
    }
    const eventsFrom = (write.trimEventsTo ?? 0) + 1
    if (eventsFrom > head.eventsFrom) this.#trim(head, eventsFrom)
  }

  /** Within an operation. */
  forget(head: EntityHead): void {
    if (head.latest !== 0) this.#discard(head.latest, head.number)
    this.#sql.dropSnapshot.run(head.number)
    this.#sql.dropWaypoints.run(head.number, Number.MAX_SAFE_INTEGER)
  }

  load(head: EntityHead): Pick<StoredEntity, 'snapshot' | 'events'> {
    const row = this.#sql.snapshot.get(head.number)
    const from = Math.max(head.eventsFrom, row === undefined ? 0 : Number(row[0]) + 1)
    const events: Uint8Array[] = []
    for (const each of this.#backwards(head.latest, from)) events.push(each.value)
    events.reverse()
    return row === undefined
      ? { events }
      : { snapshot: { version: Number(row[0]), value: row[1] as Uint8Array }, events }
  }

  history(head: EntityHead, before: number, limit: number): HistoryRow[] {
    const rows: HistoryRow[] = []
    if (limit <= 0) return rows
    const waypoint = before > head.version ? undefined : this.#sql.waypointFrom.get(head.number, before - 1)
    for (const each of this.#backwards(Number(waypoint?.[0] ?? head.latest), head.eventsFrom)) {
      if (each.version >= before) continue
      rows.push(each)
      if (rows.length >= limit) break
    }
    return rows
  }

  /** Within an operation: deletes some of what is forgotten. */
  sweep(): void {
    for (let rows = 0; rows < SWEEP_ROWS_MAX;) {
      const found = this.#sql.garbage.get()
      this.hasGarbage = found !== undefined
      if (found === undefined) return
      const [first, entity] = [Number(found[0]), Number(found[1])]
      let seq = first
      for (; seq !== 0 && rows < SWEEP_ROWS_MAX; rows++) {
        // Another entity's, or none: the chain was cut here by an earlier trim, and what is behind has its own entry.
        const row = this.#sql.previous.get(seq, entity)
        if (row !== undefined) this.#sql.dropEvent.run(seq)
        seq = row === undefined ? 0 : Number(row[0])
      }
      this.#sql.dropGarbage.run(first)
      if (seq !== 0) this.#sql.addGarbage.run(seq, entity)
    }
  }

  /** Events from row `seq` back to number `from`, newest first. */
  *#backwards(seq: number, from: number): Generator<HistoryRow> {
    while (seq !== 0) {
      const row = this.#sql.event.get(seq)
      if (row === undefined) throw new Error(`event row ${seq} is missing`)
      let version = Number(row[0])
      for (const value of unpackBlobs(row[2] as Uint8Array).reverse()) {
        if (version < from) return
        yield { version: version--, value }
      }
      if (version < from) return
      seq = Number(row[1])
    }
  }

  /** Forgets at once for every reader; the rows go as far as the last snapshot that is within, and in the background. */
  #trim(head: EntityHead, eventsFrom: number): void {
    head.eventsFrom = eventsFrom
    const waypoint = this.#sql.waypointTo.get(head.number, eventsFrom - 1)
    if (waypoint === undefined) return
    this.#discard(Number(waypoint[1]), head.number)
    if (head.latest === Number(waypoint[1])) head.latest = 0
    this.#sql.dropWaypoints.run(head.number, Number(waypoint[0]))
  }

  #discard(seq: number, entity: number): void {
    this.#sql.addGarbage.run(seq, entity)
    this.hasGarbage = true
  }
}

const statements = (file: SqliteFile) => ({
  addEvent: statement(file, 'INSERT INTO event VALUES (?, ?, ?, ?, ?)'),
  event: statement(file, 'SELECT version, previous, body FROM event WHERE seq = ?'),
  previous: statement(file, 'SELECT previous FROM event WHERE seq = ? AND entity = ?'),
  dropEvent: statement(file, 'DELETE FROM event WHERE seq = ?'),
  snapshot: statement(file, 'SELECT version, value FROM snapshot WHERE entity = ?'),
  setSnapshot: statement(file, 'INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?)'),
  dropSnapshot: statement(file, 'DELETE FROM snapshot WHERE entity = ?'),
  setWaypoint: statement(file, 'INSERT OR REPLACE INTO waypoint VALUES (?, ?, ?)'),
  waypointTo: statement(
    file,
    'SELECT version, seq FROM waypoint WHERE entity = ? AND version <= ? ORDER BY version DESC LIMIT 1',
  ),
  waypointFrom: statement(file, 'SELECT seq FROM waypoint WHERE entity = ? AND version >= ? ORDER BY version LIMIT 1'),
  dropWaypoints: statement(file, 'DELETE FROM waypoint WHERE entity = ? AND version <= ?'),
  garbage: statement(file, 'SELECT seq, entity FROM garbage LIMIT 1'),
  addGarbage: statement(file, 'INSERT OR IGNORE INTO garbage VALUES (?, ?)'),
  dropGarbage: statement(file, 'DELETE FROM garbage WHERE seq = ?'),
})
