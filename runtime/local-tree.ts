/**
 * The tree of long-lived workers of one node (shard runners, driver workers, bridges), on nact: each is an actor under
 * the node's supervisor, which starts it again after a crash, later each time, and lets it rest when it crashes too
 * often. Nothing that a worker does ends the process.
 *
 * The one file that knows nact. Entities are not nact actors: it copies its map of children with each message, and they
 * are many; they live in their shard runner.
 */
import { dispatch, type Ref, spawn, start, stop } from 'nact'
import { backoffMs } from './backoff.ts'
import { errorText } from './fault.ts'
import type { Clock } from './ports.ts'

export interface Worker {
  /** Works until `stop`; rejects when it has crashed. */
  run(): Promise<void>
  /** Asks it to end; `run` then resolves. */
  stop(): void
}

export interface RestartPolicy {
  readonly restartsMax: number
  readonly restartWindowMs: number
  /** After more than `restartsMax` crashes within the window. */
  readonly restartPauseMs: number
  readonly retryFirstMs: number
  readonly retryLongestMs: number
}

export interface WorkerStatus {
  readonly name: string
  readonly state: 'running' | 'restarting' | 'resting' | 'stopping'
  readonly restarts: number
  readonly lastError: string
}

export interface Supervised {
  readonly status: WorkerStatus
  /** Resolves when the worker has ended. */
  stop(): Promise<void>
}

export interface LocalTreeOptions {
  readonly name: string
  readonly clock: Clock
  readonly policy: RestartPolicy
  readonly onCrash: (worker: string, error: unknown) => void
}

type Note = { readonly type: 'start' | 'stop' | 'ended' } | { readonly type: 'crashed'; readonly error: unknown }

export class LocalTree {
  readonly #options: LocalTreeOptions
  readonly #system = start()
  readonly #supervisor: Ref<unknown>
  readonly #workers = new Map<string, Supervision>()

  constructor(options: LocalTreeOptions) {
    this.#options = options
    this.#supervisor = spawn(this.#system, (state: undefined, _message: unknown) => state, options.name, {
      // Its children handle their crashes themselves; whatever still gets here must not take their siblings along.
      onCrash: (_message, error, context) => {
        options.onCrash(options.name, error)
        return context.resume
      },
    })
  }

  /** Keeps a worker running; `make` gives a fresh one for each start. */
  supervise(name: string, make: () => Worker): Supervised {
    if (this.#workers.has(name)) throw new Error(`a worker called ${name} is there already`)
    const supervision = new Supervision(name, make, this.#supervisor, this.#options, () => this.#workers.delete(name))
    this.#workers.set(name, supervision)
    return supervision
  }

  statuses(): readonly WorkerStatus[] {
    return [...this.#workers.values()].map((worker) => worker.status)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()))
    this.abandon()
  }

  /** Lets everything go without waiting: what still runs is on its own. */
  abandon(): void {
    stop(this.#system)
  }
}

class Supervision implements Supervised {
  readonly #name: string
  readonly #make: () => Worker
  readonly #options: LocalTreeOptions
  readonly #onEnd: () => void
  readonly #actor: Ref<Note>
  readonly #ended: Promise<void>
  #resolveEnded: () => void = () => undefined
  #worker: Worker | undefined
  #state: WorkerStatus['state'] = 'running'
  #restarts = 0
  #lastError = ''
  #crashesMs: number[] = []
  #cancelRestart: (() => void) | undefined

  constructor(
    name: string,
    make: () => Worker,
    supervisor: Ref<unknown>,
    options: LocalTreeOptions,
    onEnd: () => void,
  ) {
    this.#name = name
    this.#make = make
    this.#options = options
    this.#onEnd = onEnd
    this.#ended = new Promise((resolve) => (this.#resolveEnded = resolve))
    this.#actor = spawn(supervisor, (_state: undefined, note: Note) => this.#handle(note), name, {
      onCrash: (_message, error, context) => {
        this.#noteCrash(error)
        return context.resume
      },
    })
    this.#tell({ type: 'start' })
  }

  get status(): WorkerStatus {
    return { name: this.#name, state: this.#state, restarts: this.#restarts, lastError: this.#lastError }
  }

  stop(): Promise<void> {
    if (this.#state !== 'stopping') {
      this.#state = 'stopping'
      this.#tell({ type: 'stop' })
    }
    return this.#ended
  }

  #handle(note: Note): undefined {
    switch (note.type) {
      case 'start':
        this.#start()
        return
      case 'stop':
        this.#cancelRestart?.()
        if (this.#worker) this.#worker.stop()
        else this.#end()
        return
      case 'ended':
        this.#worker = undefined
        this.#end()
        return
      case 'crashed':
        this.#worker = undefined
        // To nact this actor crashed, so its supervision decides; it says `resume` after noting when to start again.
        throw note.error as Error
    }
  }

  #start(): void {
    if (this.#state === 'stopping') return
    this.#state = 'running'
    const worker = this.#make()
    this.#worker = worker
    worker.run().then(
      () => this.#tell({ type: 'ended' }),
      (error: unknown) => this.#tell({ type: 'crashed', error }),
    )
  }

  #noteCrash(error: unknown): void {
    const { clock, policy, onCrash } = this.#options
    this.#lastError = errorText(error)
    onCrash(this.#name, error)
    if (this.#state === 'stopping') return this.#end()
    const nowMs = clock.now()
    this.#restarts++
    this.#crashesMs = [...this.#crashesMs, nowMs].filter((atMs) => nowMs - atMs < policy.restartWindowMs)
    const isTooOften = this.#crashesMs.length > policy.restartsMax
    this.#state = isTooOften ? 'resting' : 'restarting'
    const waitMs = isTooOften
      ? policy.restartPauseMs
      : backoffMs(this.#crashesMs.length, policy.retryFirstMs, policy.retryLongestMs)
    this.#cancelRestart = clock.schedule(waitMs, () => this.#tell({ type: 'start' }))
  }

  #end(): void {
    this.#onEnd()
    this.#resolveEnded()
    try {
      stop(this.#actor)
    } catch {
      // Its system has been stopped already.
    }
  }

  #tell(note: Note): void {
    try {
      dispatch(this.#actor, note)
    } catch {
      // The actor has ended: nobody is left to be told.
    }
  }
}
