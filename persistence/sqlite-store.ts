/** The Store on one machine: rows of the SQLite file that holds the log, too. A commit is one operation of a flush. */
import { RuntimeFault } from '../runtime/fault.ts'
import type {
  DeadLetterRow,
  EntityFields,
  EntityKey,
  EntityWrite,
  Fence,
  HistoryQuery,
  HistoryRow,
  ListQuery,
  ListRow,
  OutboxRow,
  ShardCommit,
  ShardLease,
  Store,
  StoreCounts,
  StoredEntity,
  SystemRecord,
  TimerRow,
} from '../runtime/ports.ts'
import type { SqliteFile, SqliteParticipant } from '../runtime/transport/sqlite-file.ts'
import type { SqliteLog } from '../runtime/transport/sqlite-log.ts'
import { SqliteDeadLetters } from './sqlite-dead-letters.ts'
import { SqliteEntities } from './sqlite-entities.ts'
import { SqliteEvents } from './sqlite-events.ts'
import { SqliteLists } from './sqlite-lists.ts'
import { SqliteNumbers } from './sqlite-numbers.ts'
import { statement, STORE_MIGRATIONS } from './sqlite-schema.ts'
import { SqliteShards } from './sqlite-shards.ts'
import { SqliteTimers } from './sqlite-timers.ts'

export interface SqliteStoreOptions {
  /** Entities whose number and version are kept in memory (about 150 bytes each); at most twice as many for a while. */
  readonly entityCacheMax?: number
}

const sizeOf = (commit: ShardCommit): number => {
  let bytes = 256
  for (const { events, snapshot } of commit.entities) {
    bytes += 64 + (snapshot?.length ?? 0)
    for (const event of events) bytes += event.length
  }
  for (const { value } of commit.outbox) bytes += 64 + value.length
  for (const { value } of commit.append ?? []) bytes += 16 + value.length
  for (const { message } of commit.setTimers) bytes += 128 + message.length
  return bytes
}

export class SqliteStore implements Store, SqliteParticipant {
  readonly appends = true
  readonly #file: SqliteFile
  readonly #log: SqliteLog
  readonly #shards: SqliteShards
  readonly #numbers: SqliteNumbers
  readonly #entities: SqliteEntities
  readonly #events: SqliteEvents
  readonly #lists: SqliteLists
  readonly #timers: SqliteTimers
  readonly #deadLetters: SqliteDeadLetters
  #closed = false
  #sweeping = false

  /** `log`: the one of the same file. */
  constructor(file: SqliteFile, log: SqliteLog, options: SqliteStoreOptions = {}) {
    this.#file = file
    this.#log = log
    file.migrate('store', STORE_MIGRATIONS)
    this.#shards = new SqliteShards(file)
    this.#numbers = new SqliteNumbers(file)
    this.#entities = new SqliteEntities(file, this.#numbers, options.entityCacheMax ?? 50_000)
    this.#events = new SqliteEvents(file, this.#numbers)
    this.#lists = new SqliteLists(file)
    this.#timers = new SqliteTimers(file)
    this.#deadLetters = new SqliteDeadLetters(file)
    file.attach(this)
    this.#sweep()
  }

  async setUp(initial: SystemRecord): Promise<SystemRecord> {
    this.#assertOpen()
    // Nodes ask again and again: that costs no transaction.
    const stored = await this.#file.read(() => this.#system())
    if (stored) return stored
    return this.#file.run(() => {
      const isNew = this.#setting('shards') === undefined
      this.#fix('shards', initial.shards)
      // A file without a version was written before there were any.
      this.#fix('protocol', isNew ? initial.protocol : 1)
      return this.#system() ?? initial
    })
  }

  async changeProtocol(from: number, to: number): Promise<boolean> {
    this.#assertOpen()
    return this.#file.run(() => {
      const change = statement(this.#file, `UPDATE setting SET value = ? WHERE name = 'protocol' AND value = ?`)
      return change.run(to, from) === 1
    })
  }

  async acquire(shard: number, owner: string): Promise<ShardLease> {
    this.#assertOpen()
    return this.#file.run(() => this.#shards.acquire(shard, owner))
  }

  async commit(commit: ShardCommit): Promise<void> {
    this.#assertOpen()
    return this.#file.run(() => this.#apply(commit), sizeOf(commit))
  }

  async load(shard: number, keys: readonly EntityKey[], fence?: Fence): Promise<readonly (StoredEntity | undefined)[]> {
    return this.#read(() => {
      if (fence) this.#shards.assertOwned(shard, fence)
      return keys.map((key) => this.#load(shard, key))
    })
  }

  async fields(shard: number, keys: readonly EntityKey[]): Promise<readonly (EntityFields | null | undefined)[]> {
    return this.#read(() =>
      keys.map((key) => {
        const head = this.#entities.find(shard, key)
        return head && this.#lists.fieldsOf(head)
      }),
    )
  }

  async outbox(shard: number, limit: number): Promise<readonly OutboxRow[]> {
    return this.#read(() => this.#shards.outbox(shard, limit))
  }

  async timers(shard: number, dueBeforeMs: number, limit: number): Promise<readonly TimerRow[]> {
    return this.#read(() => this.#timers.due(shard, dueBeforeMs, limit))
  }

  async list(query: ListQuery): Promise<readonly ListRow[]> {
    return this.#read(() => this.#lists.list(query))
  }

  async history(shard: number, query: HistoryQuery): Promise<readonly HistoryRow[]> {
    return this.#read(() => {
      const head = this.#entities.find(shard, query)
      return head === undefined ? [] : this.#events.history(head, query.before ?? Infinity, query.limit)
    })
  }

  async deadLetters(query: { readonly shard?: number; readonly limit: number }): Promise<readonly DeadLetterRow[]> {
    return this.#read(() => this.#deadLetters.newest(query))
  }

  async deadLetter(id: string): Promise<DeadLetterRow | undefined> {
    return this.#read(() => this.#deadLetters.find(id))
  }

  async counts(): Promise<StoreCounts> {
    return this.#read(() => ({
      entities: this.#entities.counts(),
      deadLetters: this.#deadLetters.count(),
      timers: this.#timers.count(),
      outbox: this.#shards.outboxCount(),
    }))
  }

  /** Refuses what comes from now on. The file is closed by whoever opened it. */
  async close(): Promise<void> {
    this.#closed = true
  }

  afterCommit(): void {
    if (this.#events.hasGarbage) this.#sweep()
  }

  afterRollback(): void {
    this.#shards.reset()
    this.#numbers.reset()
    this.#entities.reset()
  }

  #system(): SystemRecord | undefined {
    const [shards, protocol] = [this.#setting('shards'), this.#setting('protocol')]
    return shards === undefined || protocol === undefined ? undefined : { shards, protocol }
  }

  #setting(name: keyof SystemRecord): number | undefined {
    const row = statement(this.#file, 'SELECT value FROM setting WHERE name = ?').get(name)
    return row && Number(row[0])
  }

  #fix(name: keyof SystemRecord, value: number): void {
    statement(this.#file, 'INSERT OR IGNORE INTO setting VALUES (?, ?)').run(name, value)
  }

  #apply(commit: ShardCommit): void {
    this.#shards.assertOwned(commit.shard, { token: commit.token, nextOffset: commit.expectedOffset })
    const { shard } = commit
    if (commit.append) this.#log.gather(commit.append)
    this.#shards.apply(commit)
    for (const write of commit.entities) this.#write(shard, write)
    for (const key of commit.cancelTimers) {
      const head = this.#entities.find(shard, key)
      if (head === undefined) continue
      this.#timers.cancel(head, key.name)
      // Only its timers kept an entity without events.
      if (head.version === 0 && this.#timers.of(head).length === 0) this.#entities.forget(head)
    }
    for (const row of commit.setTimers) this.#timers.set(this.#entities.ensure(shard, row), row)
    for (const id of commit.forgetDeadLetters) this.#deadLetters.forget(id)
    for (const row of commit.deadLetters) this.#deadLetters.add(row)
  }

  #write(shard: number, write: EntityWrite): void {
    if (write.forget === true) return this.#forget(shard, write)
    const head = this.#entities.ensure(shard, write)
    const versionBefore = head.version
    this.#events.append(head, write)
    this.#entities.save(head, versionBefore)
    if (write.fields !== undefined) this.#lists.set(head, write.fields)
  }

  #forget(shard: number, key: EntityKey): void {
    const head = this.#entities.find(shard, key)
    if (head === undefined) return
    this.#lists.set(head, null)
    this.#timers.forget(head)
    this.#events.forget(head)
    this.#entities.forget(head)
  }

  #load(shard: number, key: EntityKey): StoredEntity | undefined {
    const head = this.#entities.find(shard, key)
    if (head === undefined) return undefined
    const { kind, id, version } = head
    return {
      kind,
      id,
      version,
      ...this.#events.load(head),
      timers: this.#timers.of(head),
      fields: this.#lists.fieldsOf(head),
    }
  }

  /** Deletes what is forgotten, a bounded slice per flush; what is left when the process ends goes after the next start. */
  #sweep(): void {
    if (this.#sweeping || !this.#events.hasGarbage) return
    this.#sweeping = true
    this.#file
      .run(() => this.#events.sweep())
      .catch(() => undefined)
      .finally(() => {
        this.#sweeping = false
        if (!this.#closed) this.#sweep()
      })
  }

  async #read<T>(work: () => T): Promise<T> {
    this.#assertOpen()
    return this.#file.read(work)
  }

  #assertOpen(): void {
    if (this.#closed) throw new RuntimeFault('closed', 'the store is closed', { address: this.#file.path })
  }
}
