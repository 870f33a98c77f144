/**
 * Brings what SQLite has in its write-ahead log into the database, so that the log can begin anew. A thread with a connection of
 * its own does that, while commits go on. The log only begins anew when nothing of it is left, so for the last round, which is
 * short, commits are held back. The thread is started when there is something to do for the first time.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import type { CheckpointAnswer } from './checkpoint-worker.ts'

/** Of 4 kB. */
const PAGES = 4_000
/** What is short enough for the last round. */
const REST_PAGES = 500
/** Where commits come faster than they are brought over, the last round isn't short. */
const ROUNDS_MAX = 4

export interface CheckpointerParts {
  readonly path: string
  /** Without checkpoints of its own (`wal_autocheckpoint = 0`). */
  readonly database: DatabaseSync
  /** Commits are no longer held back. */
  readonly onReleased: () => void
  /** With the error of SQLite, or one with its `errcode`. */
  readonly onError: (error: unknown) => void
  /** What the thread runs. */
  readonly worker?: URL
}

export class Checkpointer {
  readonly #parts: CheckpointerParts
  /** How much there is, without doing anything. */
  readonly #count: StatementSync
  readonly #checkpoint: StatementSync
  #worker: Worker | undefined
  #exited: Promise<void> = Promise.resolve()
  #rounds = 0
  #holdsCommits = false

  constructor(parts: CheckpointerParts) {
    this.#parts = parts
    this.#count = parts.database.prepare('PRAGMA wal_checkpoint(NOOP)')
    this.#checkpoint = parts.database.prepare('PRAGMA wal_checkpoint(PASSIVE)')
  }

  get holdsCommits(): boolean {
    return this.#holdsCommits
  }

  /** After a commit. */
  look(): void {
    if (this.#rounds === 0 && this.#pages() >= PAGES) this.#ask()
  }

  /** Ends the thread, after what it is doing. */
  async close(): Promise<void> {
    // Whoever ends the process waits for it.
    this.#worker?.ref()
    this.#worker?.postMessage(undefined)
    await this.#exited
  }

  #pages(): number {
    try {
      const { log, checkpointed } = this.#count.get() as { log: number; checkpointed: number }
      return log - checkpointed
    } catch (error) {
      this.#parts.onError(error)
      return 0
    }
  }

  #ask(): void {
    this.#rounds++
    this.#worker ??= this.#start()
    this.#worker.postMessage('checkpoint')
  }

  #answered({ error }: CheckpointAnswer): void {
    if (error) this.#parts.onError(Object.assign(new Error(error.text), { errcode: error.errcode }))
    const rest = this.#pages()
    if (this.#holdsCommits || rest === 0) return this.#done()
    this.#holdsCommits = rest <= REST_PAGES || this.#rounds >= ROUNDS_MAX - 1
    this.#ask()
  }

  #done(): void {
    this.#rounds = 0
    this.#holdsCommits = false
    this.#parts.onReleased()
  }

  /** Without the thread. */
  #doHere(): void {
    try {
      this.#checkpoint.get()
    } catch (error) {
      this.#parts.onError(error)
    }
    this.#done()
  }

  #start(): Worker {
    const { path, worker: code = new URL('./checkpoint-worker.ts', import.meta.url) } = this.#parts
    const worker = new Worker(code, { workerData: path })
    worker.unref()
    worker.on('message', (answer: CheckpointAnswer) => this.#answered(answer))
    // It ends then, which says enough.
    worker.on('error', () => undefined)
    this.#exited = new Promise((resolve) =>
      worker.once('exit', () => {
        this.#worker = undefined
        // What it was asked for has no answer, and commits may be held back for it.
        if (this.#rounds > 0) this.#doHere()
        resolve()
      }),
    )
    return worker
  }
}
