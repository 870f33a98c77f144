/**
 * The Log on one machine: rows of a SQLite file. What one flush appends to a partition is one row, a list of records,
 * under an integer key that rises with the offset; no text is written and no index besides.
 */
import { RuntimeFault } from '../fault.ts'
import type { Log, LogBounds, LogEntry, LogMembership, LogReader, LogRecord } from '../ports.ts'
import { packBlobs, unpackBlobs } from './blob-list.ts'
import { Group } from './group.ts'
import type { SqliteFile, SqliteParticipant } from './sqlite-file.ts'
import { SqlitePartition, SqliteReader } from './sqlite-partition.ts'
import type { TailLimits } from './sqlite-partition.ts'

export interface SqliteLogOptions {
  /** Latest records that are kept in memory, per partition. Readers further behind read from the file. */
  readonly tailRecordsMax?: number
  readonly tailBytesMax?: number
}

/** Key of a row: number of the partition × SPAN + offset of its first record. Both fit a double exactly. */
const SPAN = 2 ** 40
const PARTITIONS_MAX = 2 ** 13
/** A read from the file ends after the row in which it passes this. */
const READ_BYTES_MAX = 262_144
/** Rows that one operation deletes at most, so that a large trim doesn't hold up the commits. */
const TRIM_ROWS_MAX = 256
const FRAME_BYTES = 16

const MIGRATIONS = [
  `CREATE TABLE topic (name TEXT PRIMARY KEY, base INTEGER NOT NULL, partitions INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE log_chunk (id INTEGER PRIMARY KEY, count INTEGER NOT NULL, body BLOB NOT NULL);
   CREATE TABLE log_first (partition INTEGER PRIMARY KEY, first INTEGER NOT NULL);
   CREATE TABLE log_position (
     members TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (members, partition)
   ) WITHOUT ROWID;`,
]

type Row = readonly (number | string | Uint8Array)[]

export class SqliteLog implements Log, SqliteParticipant {
  readonly #file: SqliteFile
  readonly #limits: TailLimits
  readonly #sql: ReturnType<typeof statements>
  readonly #topics = new Map<string, SqlitePartition[]>()
  readonly #groups = new Map<string, Group>()
  /** Made by operations of the flush that is under way. */
  readonly #newTopics = new Set<string>()
  readonly #gathering = new Set<SqlitePartition>()
  readonly #newFirsts = new Map<SqlitePartition, number>()
  #closed = false

  constructor(file: SqliteFile, options: SqliteLogOptions = {}) {
    this.#file = file
    this.#limits = { recordsMax: options.tailRecordsMax ?? 4_096, bytesMax: options.tailBytesMax ?? 1_048_576 }
    file.migrate('log', MIGRATIONS)
    this.#sql = statements(file)
    for (const row of this.#sql.topics.all() as unknown as Row[])
      this.#openTopic(row[0] as string, Number(row[1]), Number(row[2]))
    file.attach(this)
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    const existing = await this.ensureTopic(topic, partitions)
    if (existing !== partitions)
      throw new RuntimeFault('partitions-differ', `topic has ${existing} partitions, not ${partitions}`, {
        address: topic,
      })
  }

  async ensureTopic(topic: string, partitions: number): Promise<number> {
    this.#assertOpen()
    return this.#file.run(() => {
      const existing = this.#topics.get(topic)
      if (existing !== undefined) return existing.length
      let base = 0
      for (const each of this.#topics.values()) base += each.length
      if (base + partitions > PARTITIONS_MAX)
        throw new RuntimeFault('limit-exceeded', `more than ${PARTITIONS_MAX} partitions`, { address: topic })
      this.#sql.addTopic.run(topic, base, partitions)
      this.#openTopic(topic, base, partitions)
      this.#newTopics.add(topic)
      return partitions
    })
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    this.#assertOpen()
    let bytes = 0
    for (const entry of entries) bytes += entry.value.length + FRAME_BYTES
    return this.#file.run(() => this.gather(entries), bytes)
  }

  /**
   * Within an operation of the file: what is appended if that is committed.
   * @throws {RuntimeFault} `unavailable` if a topic or partition isn't there; then nothing is gathered
   */
  gather(entries: readonly LogEntry[]): void {
    for (const entry of entries) this.#partition(entry.topic, entry.partition)
    for (const entry of entries) {
      const partition = this.#partition(entry.topic, entry.partition)
      partition.gathered.push(entry.value)
      this.#gathering.add(partition)
    }
  }

  read(topic: string, partition: number, fromOffset: number): LogReader {
    this.#assertOpen()
    return new SqliteReader(this.#partition(topic, partition), fromOffset, this.#fromDisk)
  }

  async bounds(topic: string, partition: number): Promise<LogBounds> {
    this.#assertOpen()
    const { first, next } = this.#partition(topic, partition)
    return { first, next }
  }

  async trim(topic: string, partition: number, before: number): Promise<void> {
    this.#assertOpen()
    const found = this.#partition(topic, partition)
    const hasMore = await this.#file.run(() => {
      const first = Math.min(before, found.next)
      if (first > (this.#newFirsts.get(found) ?? found.first)) {
        this.#sql.setFirst.run(found.number, first)
        this.#newFirsts.set(found, first)
      }
      return this.#deleteRows(found, Math.max(first, found.first))
    })
    if (hasMore) this.#trimOn(found)
  }

  async join(
    group: string,
    topic: string,
    onAssigned: (partitions: readonly number[]) => void,
  ): Promise<LogMembership> {
    this.#assertOpen()
    const partitions = this.#partitions(topic)
    const key = `${group}\0${topic}`
    const members = this.#groups.get(key) ?? new Group(partitions.length)
    this.#groups.set(key, members)
    const id = members.freeId('local')
    members.join({ id, client: 'local', deliver: (run) => run(), onAssigned })
    return {
      committed: (partition) =>
        this.#file.read(() => {
          const row = this.#sql.position.get(group, this.#partition(topic, partition).number) as Row | undefined
          return Number(row?.[0] ?? 0)
        }),
      commit: (partition, nextOffset) =>
        this.#file.run(() => {
          this.#sql.setPosition.run(group, this.#partition(topic, partition).number, nextOffset)
        }),
      leave: async () => members.leave(id),
    }
  }

  /** Ends the readers. The file is closed by whoever opened it. */
  async close(): Promise<void> {
    this.#closed = true
    for (const partitions of this.#topics.values())
      for (const partition of partitions) for (const reader of [...partition.readers]) reader.close()
  }

  beforeCommit(): void {
    for (const { number, end, gathered } of this.#gathering)
      this.#sql.addChunk.run(number * SPAN + end, gathered.length, packBlobs(gathered))
  }

  afterCommit(): (() => void) | undefined {
    this.#newTopics.clear()
    for (const [partition, first] of this.#newFirsts) partition.first = first
    this.#newFirsts.clear()
    if (this.#gathering.size === 0) return undefined
    const appended = [...this.#gathering].map((partition) => ({ partition, values: partition.committed() }))
    this.#gathering.clear()
    return () => {
      for (const { partition, values } of appended) partition.publish(values)
    }
  }

  afterRollback(): void {
    for (const topic of this.#newTopics) this.#topics.delete(topic)
    this.#newTopics.clear()
    this.#newFirsts.clear()
    for (const partition of this.#gathering) partition.gathered = []
    this.#gathering.clear()
  }

  #openTopic(topic: string, base: number, partitions: number): void {
    const opened = Array.from({ length: partitions }, (_, index) => {
      const number = base + index
      const first = Number((this.#sql.first.get(number) as Row | undefined)?.[0] ?? 0)
      const [id, count] = (this.#sql.lastChunk.get(number * SPAN, (number + 1) * SPAN) as Row | undefined) ?? [0, 0]
      const end = Number(count) === 0 ? 0 : Number(id) - number * SPAN + Number(count)
      return new SqlitePartition(number, `${topic}/${index}`, { first, next: Math.max(first, end) }, this.#limits)
    })
    this.#topics.set(topic, opened)
  }

  readonly #fromDisk = (partition: SqlitePartition, from: number, max: number): LogRecord[] => {
    const base = partition.number * SPAN
    const records: LogRecord[] = []
    /** What is behind the end isn't durable yet. */
    const until = Math.min(from + max, partition.next)
    let id = Number((this.#sql.chunkOf.get(base + from, base) as Row | undefined)?.[0] ?? base)
    for (let bytes = 0; from + records.length < until && bytes < READ_BYTES_MAX;) {
      const row = this.#sql.chunk.get(id, base + SPAN) as Row | undefined
      if (row === undefined) break
      const body = row[2] as Uint8Array
      const start = Number(row[0]) - base
      for (const [index, value] of unpackBlobs(body).entries())
        if (start + index >= from && start + index < until) records.push({ offset: start + index, value })
      bytes += body.length
      id = Number(row[0]) + 1
    }
    if (records[0]?.offset !== from)
      throw new RuntimeFault('unavailable', `record ${from} is missing in the file`, { address: partition.address })
    return records
  }

  /** Deletes some of the rows that hold nothing from `first` on; true if there are more. */
  #deleteRows(partition: SqlitePartition, first: number): boolean {
    const base = partition.number * SPAN
    const holder = this.#sql.chunkOf.get(base + first, base) as Row | undefined
    if (holder === undefined) return false
    return Number(this.#sql.deleteChunks.run(base, Number(holder[0]), TRIM_ROWS_MAX).changes) === TRIM_ROWS_MAX
  }

  /** The rest of a trim, in the background: if it fails or the process ends, the next trim takes it over. */
  #trimOn(partition: SqlitePartition): void {
    this.#file
      .run(() => this.#deleteRows(partition, partition.first))
      .then((hasMore) => hasMore && this.#trimOn(partition))
      .catch(() => undefined)
  }

  #partitions(topic: string): SqlitePartition[] {
    const found = this.#topics.get(topic)
    if (found === undefined) throw new RuntimeFault('unavailable', 'no such topic', { address: topic })
    return found
  }

  #partition(topic: string, partition: number): SqlitePartition {
    const found = this.#partitions(topic)[partition]
    if (found === undefined) throw new RuntimeFault('unavailable', `no partition ${partition}`, { address: topic })
    return found
  }

  #assertOpen(): void {
    if (this.#closed) throw new RuntimeFault('closed', 'the log is closed', { address: this.#file.path })
  }
}

const statements = (file: SqliteFile) => ({
  topics: file.prepare('SELECT name, base, partitions FROM topic ORDER BY base'),
  addTopic: file.prepare('INSERT INTO topic VALUES (?, ?, ?)'),
  first: file.prepare('SELECT first FROM log_first WHERE partition = ?'),
  setFirst: file.prepare('INSERT OR REPLACE INTO log_first VALUES (?, ?)'),
  addChunk: file.prepare('INSERT INTO log_chunk VALUES (?, ?, ?)'),
  lastChunk: file.prepare('SELECT id, count FROM log_chunk WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1'),
  chunkOf: file.prepare('SELECT id FROM log_chunk WHERE id <= ? AND id >= ? ORDER BY id DESC LIMIT 1'),
  chunk: file.prepare('SELECT id, count, body FROM log_chunk WHERE id >= ? AND id < ? ORDER BY id LIMIT 1'),
  deleteChunks: file.prepare(
    'DELETE FROM log_chunk WHERE id IN (SELECT id FROM log_chunk WHERE id >= ? AND id < ? ORDER BY id LIMIT ?)',
  ),
  position: file.prepare('SELECT next FROM log_position WHERE members = ? AND partition = ?'),
  setPosition: file.prepare('INSERT OR REPLACE INTO log_position VALUES (?, ?, ?)'),
})
