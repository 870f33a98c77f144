/**
 * The one SQLite file of an embedded system. Log and store both live in it and share its transactions: whatever is
 * asked for in one turn of the event loop becomes one commit.
 *
 * SQL runs on the main thread, blocking it: that takes less than handing it to another thread and back would. Each flush is
 * bounded in operations, bytes and time. The sync to disk takes longer, and blocks nobody: SQLite writes its commits to the
 * write-ahead log without one (`synchronous = NORMAL`: it syncs around checkpoints), and then a thread of libuv syncs that file.
 * Before that is done, nobody is told of a commit, or of anything read from it.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'
import { errorText, RuntimeFault } from '../fault.ts'
import { Checkpointer } from './checkpointer.ts'
import { DiskSync, type SyncCall } from './disk-sync.ts'
import { migrate } from './sqlite-migration.ts'
import type { Migrations } from './sqlite-migration.ts'

export interface SqliteFileOptions {
  readonly path: string
  /**
   * `full` (default): what was acknowledged survives a power cut. `normal`: it survives the death of the process, but a
   * power cut may take the last commits, all that came after some moment, never some of them.
   */
  readonly synchronous?: 'full' | 'normal'
  /** Bounds of one flush; what is left over waits for the next turn. A single operation is never cut in two. */
  readonly flushOperationsMax?: number
  readonly flushBytesMax?: number
  readonly flushBudgetMs?: number
  /** Instead of the system's `fdatasync`: for tests of what happens when it fails. */
  readonly syncCall?: SyncCall
}

/** What keeps something in memory that belongs to the rows. Called in the order of attachment. */
export interface SqliteParticipant {
  /** Before the operations of a flush are committed: writes what they have gathered. */
  beforeCommit?(): void
  /** They are committed, but not durable yet. @returns what is to be done when they are */
  afterCommit?(): (() => void) | void
  /** None of them has happened; each may be run again. */
  afterRollback(): void
}

interface Operation {
  readonly work: () => unknown
  readonly bytes: number
  readonly resolve: (value: unknown) => void
  readonly reject: (fault: RuntimeFault) => void
  outcome: { readonly value: unknown } | { readonly fault: RuntimeFault } | undefined
}

/** Called when a commit is durable, or with why that isn't known. */
type WhenDurable = (fault: RuntimeFault | undefined) => void

const PAUSE_MAX_MS = 4
/** Flushes that wait for a sync: one whose sync is under way, and one that is written meanwhile. */
const UNSYNCED_MAX = 2

const SQLITE_BUSY = 5
/** SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB: what is on disk isn't known any more. */
const BROKEN: ReadonlySet<number> = new Set([10, 11, 26])

const primaryCode = (error: unknown): number =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0

/** Held until it is closed or the process ends, however it ends: the kernel gives file locks back. */
const lock = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
    return database
  } catch (cause) {
    database.close()
    if (primaryCode(cause) !== SQLITE_BUSY) throw new RuntimeFault('unavailable', errorText(cause), { cause })
    throw new RuntimeFault('in-use', 'another process has this data open', { address: path, cause })
  }
}

const settle = (operations: readonly Operation[], fault: RuntimeFault | undefined): void => {
  for (const { outcome, resolve, reject } of operations) {
    if (outcome === undefined) continue
    if (fault) reject(fault)
    else if ('fault' in outcome) reject(outcome.fault)
    else resolve(outcome.value)
  }
}

export class SqliteFile {
  readonly path: string
  readonly #database: DatabaseSync
  readonly #lock: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #participants: SqliteParticipant[] = []
  readonly #operationsMax: number
  readonly #bytesMax: number
  readonly #budgetMs: number
  #queue: Operation[] = []
  #scheduled = false
  #closed = false
  #broken: RuntimeFault | undefined
  #pauseUntilMs = 0
  /** None: a commit is as good as durable. */
  readonly #disk: DiskSync | undefined
  readonly #checkpointer: Checkpointer
  /** Commits that aren't durable yet, the oldest first. */
  readonly #unsynced: WhenDurable[][] = []
  /** Of the flush that is under way. */
  #whenDurable: (() => void)[] = []

  /** @throws {RuntimeFault} `in-use` if another process has it open, `unavailable` if it can't be opened */
  constructor(options: SqliteFileOptions) {
    this.path = options.path
    this.#operationsMax = options.flushOperationsMax ?? 1_024
    this.#bytesMax = options.flushBytesMax ?? 1_048_576
    this.#budgetMs = options.flushBudgetMs ?? 4
    mkdirSync(dirname(options.path), { recursive: true })
    this.#lock = lock(`${options.path}.lock`)
    let database: DatabaseSync | undefined
    try {
      database = this.#database = new DatabaseSync(options.path)
      this.#database.exec(`
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA wal_autocheckpoint = 0;
        PRAGMA journal_size_limit = 67108864;
        PRAGMA cache_size = -32768;
        PRAGMA temp_store = MEMORY;
      `)
      this.#begin = this.#database.prepare('BEGIN IMMEDIATE')
      this.#commit = this.#database.prepare('COMMIT')
      // It makes the write-ahead log, which lives as long as the database is open.
      this.#database.exec('BEGIN IMMEDIATE; COMMIT')
      if (options.synchronous !== 'normal') this.#disk = new DiskSync(`${options.path}-wal`, options.syncCall)
      this.#checkpointer = new Checkpointer({
        path: options.path,
        database: this.#database,
        onReleased: () => this.#goOn(),
        onError: (error) => this.#breakBy(error),
      })
    } catch (cause) {
      void this.#disk?.close().catch(() => undefined)
      database?.close()
      this.#lock.close()
      throw new RuntimeFault('unavailable', errorText(cause), { address: options.path, cause })
    }
  }

  /**
   * Brings the tables of one part up to date.
   * @throws {RuntimeFault} `newer-version` if a newer release wrote them
   */
  migrate(part: string, migrations: Migrations): void {
    migrate(this.#database, part, migrations)
  }

  attach(participant: SqliteParticipant): void {
    this.#participants.push(participant)
  }

  /** With columns in an array, in the order of the SQL: reading by name costs twice as much. */
  prepare(sql: string): StatementSync {
    const statement = this.#database.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }

  /**
   * Runs `work` within the next commit; resolves with what it gave when that is durable. `work` must not await, and may
   * be run again if a neighbour failed. A RuntimeFault refuses: `work` must throw it before its first write. Anything
   * else that it throws takes its writes back (and only its), and becomes `unavailable`.
   */
  run<T>(work: () => T, bytes = 0): Promise<T> {
    const refusal = this.#refusal()
    if (refusal !== undefined) return Promise.reject(refusal)
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, bytes, resolve: resolve as (value: unknown) => void, reject, outcome: undefined })
      this.#schedule()
    })
  }

  /** Reads the latest commit, now; resolves when that is durable. Operations that are under way aren't in it. */
  async read<T>(work: () => T): Promise<T> {
    const refusal = this.#refusal()
    if (refusal !== undefined) throw refusal
    let value: T
    try {
      value = work()
    } catch (error) {
      throw this.#faultOf(error)
    }
    const latest = this.#unsynced.at(-1)
    if (latest === undefined) return value
    return new Promise((resolve, reject) => latest.push((fault) => (fault ? reject(fault) : resolve(value))))
  }

  /** Commits what has been asked for, then gives the file back. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    while (this.#queue.length > 0) this.#flush()
    await this.#disk?.idle()
    await this.#disk?.close()
    await this.#checkpointer.close()
    this.#database.close()
    this.#lock.close()
  }

  #refusal(): RuntimeFault | undefined {
    return this.#closed ? new RuntimeFault('closed', 'the data is closed', { address: this.path }) : this.#broken
  }

  /**
   * In the next turn of the event loop; after a commit, not before as much time has passed as that commit took (bounded), nor
   * while two wait for the disk. Many operations in one commit take less than in many, so under load the pause lets the others
   * come in: it is half of the time at most, and the event loop works in it. A lone client hardly sees it.
   */
  #schedule(): void {
    if (this.#scheduled || this.#checkpointer.holdsCommits || this.#unsynced.length >= UNSYNCED_MAX) return
    this.#scheduled = true
    const turn = (): void => {
      if (performance.now() < this.#pauseUntilMs && this.#queue.length < this.#operationsMax) {
        setImmediate(turn)
        return
      }
      this.#scheduled = false
      if (this.#queue.length > 0 && !this.#checkpointer.holdsCommits) this.#flush()
      this.#goOn()
    }
    setImmediate(turn)
  }

  #goOn(): void {
    if (this.#queue.length > 0) this.#schedule()
  }

  #flush(): void {
    const group = this.#take()
    const startedMs = performance.now()
    const ran = this.#commitTogether(group)
    const endedMs = performance.now()
    this.#pauseUntilMs = endedMs + Math.min(PAUSE_MAX_MS, endedMs - startedMs)
    if (ran < group.length) this.#queue = [...group.slice(ran), ...this.#queue]
    this.#checkpointer.look()
    const whenDurable = this.#whenDurable
    this.#whenDurable = []
    this.#sync([
      (fault) => {
        if (!fault) for (const tell of whenDurable) tell()
      },
      (fault) => settle(group.slice(0, ran), fault),
    ])
  }

  #sync(waiting: WhenDurable[]): void {
    if (!this.#disk) {
      for (const tell of waiting) tell(undefined)
      return
    }
    this.#unsynced.push(waiting)
    this.#disk.sync((error) => {
      this.#unsynced.shift()
      const fault = error && this.#faultOf(error)
      this.#broken ??= fault
      for (const tell of waiting) tell(fault)
      this.#goOn()
    })
  }

  #take(): Operation[] {
    let count = 0
    let bytes = 0
    for (const operation of this.#queue) {
      if (count > 0 && (count >= this.#operationsMax || bytes + operation.bytes > this.#bytesMax)) break
      bytes += operation.bytes
      count++
    }
    return this.#queue.splice(0, count)
  }

  /** @returns how many were run before time was up; each of those has an outcome */
  #commitTogether(group: readonly Operation[]): number {
    const untilMs = performance.now() + this.#budgetMs
    let ran = 0
    try {
      if (this.#broken !== undefined) throw this.#broken
      this.#begin.run()
      for (const operation of group) {
        ran++
        this.#perform(operation)
        if (performance.now() > untilMs) break
      }
      for (const participant of this.#participants) participant.beforeCommit?.()
      this.#commit.run()
    } catch (error) {
      return this.#recover(error, group, Math.max(1, ran))
    }
    for (const participant of this.#participants) {
      const tell = participant.afterCommit?.()
      if (tell) this.#whenDurable.push(tell)
    }
    return ran
  }

  #perform(operation: Operation): void {
    try {
      operation.outcome = { value: operation.work() }
    } catch (error) {
      if (!(error instanceof RuntimeFault)) throw error
      operation.outcome = { fault: error }
    }
  }

  /** Takes the group back; then finds out whose fault it was by letting each have a commit of its own. */
  #recover(error: unknown, group: readonly Operation[], ran: number): number {
    try {
      this.#database.exec('ROLLBACK')
    } catch {
      // After some failures SQLite has already rolled back by itself.
    }
    for (const participant of this.#participants) participant.afterRollback()
    const fault = this.#faultOf(error)
    this.#breakBy(error)
    for (const operation of group.slice(0, ran)) {
      if (ran === 1 || this.#broken !== undefined) operation.outcome = { fault: this.#broken ?? fault }
      else this.#commitTogether([operation])
    }
    return ran
  }

  #breakBy(error: unknown): void {
    if (BROKEN.has(primaryCode(error))) this.#broken ??= this.#faultOf(error)
  }

  #faultOf(error: unknown): RuntimeFault {
    if (error instanceof RuntimeFault) return error
    return new RuntimeFault('unavailable', errorText(error), { address: this.path, cause: error })
  }
}
