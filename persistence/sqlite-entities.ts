/** Which entity has which number, and where its events begin; the ones in use are kept in memory. */
import type { EntityFields, EntityKey } from '../runtime/ports.ts'
import type { SqliteFile } from '../runtime/transport/sqlite-file.ts'
import { orderedBytes } from './ordered-text.ts'
import type { SqliteNumbers } from './sqlite-numbers.ts'
import { statement } from './sqlite-schema.ts'

/** Changed in place by the operation that writes the entity, then stored by `save`. */
export interface EntityHead {
  readonly number: number
  readonly shard: number
  readonly kind: string
  readonly id: string
  version: number
  /** Row of its latest events; 0: none. */
  latest: number
  /** Events with a smaller number are forgotten. */
  eventsFrom: number
  /** What lists show; undefined: not read yet. */
  fields?: EntityFields | null
}

const textKey = (shard: number, { kind, id }: EntityKey): string => `${shard}\0${kind}\0${id}`

export class SqliteEntities {
  readonly #sql: ReturnType<typeof statements>
  readonly #numbers: SqliteNumbers
  readonly #cacheMax: number
  /** Two generations: what wasn't used while the young one filled up goes. Bounded by twice `cacheMax`. */
  #young = new Map<string, EntityHead>()
  #old = new Map<string, EntityHead>()
  /** Entities with events, per kind: a scan of the table would take too long with many. */
  #counts: Map<string, number> | undefined

  constructor(file: SqliteFile, numbers: SqliteNumbers, cacheMax: number) {
    this.#sql = statements(file)
    this.#numbers = numbers
    this.#cacheMax = cacheMax
  }

  find(shard: number, key: EntityKey): EntityHead | undefined {
    const text = textKey(shard, key)
    const young = this.#young.get(text)
    if (young !== undefined) return young
    const head = this.#old.get(text) ?? this.#read(shard, key)
    if (head !== undefined) this.#remember(text, head)
    return head
  }

  /** Within an operation. */
  ensure(shard: number, key: EntityKey): EntityHead {
    const found = this.find(shard, key)
    if (found !== undefined) return found
    const { kind, id } = key
    const head: EntityHead = { number: this.#numbers.take(), shard, kind, id, version: 0, latest: 0, eventsFrom: 1 }
    this.#sql.addEntity.run(head.number, shard, kind, orderedBytes(id))
    this.#sql.addHead.run(head.number, 0, 0, 1)
    this.#remember(textKey(shard, key), head)
    return head
  }

  /** Within an operation, after `head` was changed. */
  save(head: EntityHead, versionBefore: number): void {
    this.#sql.setHead.run(head.version, head.latest, head.eventsFrom, head.number)
    if (versionBefore === 0 && head.version > 0) this.#count(head.kind, 1)
  }

  /** Within an operation. */
  forget(head: EntityHead): void {
    this.#sql.dropEntity.run(head.number)
    this.#sql.dropHead.run(head.number)
    const text = textKey(head.shard, head)
    this.#young.delete(text)
    this.#old.delete(text)
    if (head.version > 0) this.#count(head.kind, -1)
  }

  counts(): Record<string, number> {
    this.#counts ??= new Map(this.#sql.counts.all().map(([kind, count]) => [String(kind), Number(count)]))
    return Object.fromEntries([...this.#counts].filter(([, count]) => count > 0))
  }

  /** After a rollback: heads in memory may be ahead of what is stored. */
  reset(): void {
    this.#young.clear()
    this.#old.clear()
    this.#counts = undefined
  }

  #read(shard: number, { kind, id }: EntityKey): EntityHead | undefined {
    const row = this.#sql.find.get(shard, kind, orderedBytes(id))
    if (row === undefined) return undefined
    const [number, version, latest, eventsFrom] = row.map(Number)
    return {
      number: number ?? 0,
      shard,
      kind,
      id,
      version: version ?? 0,
      latest: latest ?? 0,
      eventsFrom: eventsFrom ?? 1,
    }
  }

  #remember(text: string, head: EntityHead): void {
    if (this.#young.size >= this.#cacheMax) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(text, head)
  }

  #count(kind: string, change: number): void {
    this.#counts?.set(kind, (this.#counts.get(kind) ?? 0) + change)
  }
}

const statements = (file: SqliteFile) => ({
  find: statement(
    file,
    `SELECT number, version, latest, events_from FROM entity JOIN head ON head.entity = number
     WHERE shard = ? AND kind = ? AND id = ?`,
  ),
  addEntity: statement(file, 'INSERT INTO entity VALUES (?, ?, ?, ?)'),
  addHead: statement(file, 'INSERT INTO head VALUES (?, ?, ?, ?)'),
  setHead: statement(file, 'UPDATE head SET version = ?, latest = ?, events_from = ? WHERE entity = ?'),
  dropEntity: statement(file, 'DELETE FROM entity WHERE number = ?'),
  dropHead: statement(file, 'DELETE FROM head WHERE entity = ?'),
  counts: statement(
    file,
    'SELECT kind, count(*) FROM entity JOIN head ON head.entity = number WHERE version > 0 GROUP BY kind',
  ),
})
