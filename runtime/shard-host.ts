/**
 * The shards of a node: it joins those that share them, and keeps a runner for each shard that it is assigned. A node
 * that meets what only a newer release can read, or that is cut off from the store, stands aside: it leaves all shards to
 * the others and comes back later, since a group can't be told to give one shard to somebody else.
 */
import { type RuntimeConfig, SHARD_GROUP, SHARD_TOPIC } from './config.ts'
import { RuntimeFault } from './fault.ts'
import type { LocalTree, Supervised, Worker, WorkerStatus } from './local-tree.ts'
import type { RuntimeMetrics } from './metrics.ts'
import type { Clock, Log, LogMembership } from './ports.ts'
import { isForNewer } from './protocol.ts'
import type { ShardRunner } from './shard-runner.ts'

/**
 * Why a node stands aside: it met what a newer release stored (`pause`: it looks again after a while), the system writes
 * in a version that it doesn't speak, or the store doesn't answer it (for these two, whoever noticed says when it is over).
 */
export type AsideReason = 'pause' | 'version' | 'store'

const LOOKS_AGAIN: Readonly<Record<Exclude<AsideReason, 'pause'>, string>> = {
  version: 'until that changes',
  store: 'until it answers',
}

/** A reason goes before those of a lower rank: it lasts longer than they do, or the others can't be judged meanwhile. */
const RANK: Readonly<Record<AsideReason, number>> = { pause: 0, store: 1, version: 2 }

/** What a runner of this host is told besides its shard. */
export interface RunnerHooks {
  readonly membership: () => LogMembership | undefined
  readonly onServing: () => void
}

export interface ShardHostOptions {
  readonly tree: LocalTree
  readonly config: RuntimeConfig
  readonly clock: Clock
  readonly log: Log
  readonly metrics: RuntimeMetrics
  readonly makeRunner: (shard: number, hooks: RunnerHooks) => ShardRunner
  readonly onFault: (where: string, error: unknown) => void
}

interface Running {
  readonly supervised: Supervised
  current?: ShardRunner
  serving: boolean
}

export class ShardHost {
  readonly #options: ShardHostOptions
  readonly #runners = new Map<number, Running>()
  /** Shards whose last runner is still ending. */
  readonly #ending = new Map<number, Promise<void>>()
  #assigned: ReadonlySet<number> = new Set()
  /** The group has told this node its shards, be it none. */
  #isTold = false
  #membership: LogMembership | undefined
  #isOpen = false
  #aside: { readonly fault: RuntimeFault; readonly reason: AsideReason } | undefined
  #timesAside = 0
  #cancelReturn: (() => void) | undefined
  /** Joining and leaving, one after the other. */
  #moves: Promise<void> = Promise.resolve()

  constructor(options: ShardHostOptions) {
    this.#options = options
  }

  /** Joins the group. */
  async start(): Promise<void> {
    this.#isOpen = true
    await this.#move(() => this.#join())
  }

  /** Finishes the batches in hand, then leaves: the others go on from there. */
  async stop(): Promise<void> {
    this.#isOpen = false
    this.#cancelReturn?.()
    await this.#move(() => this.#leave())
  }

  /** Ends as a crash would. */
  abandon(): void {
    this.#isOpen = false
    this.#cancelReturn?.()
    this.#assigned = new Set()
  }

  /** True when it knows its shards and serves every one of them. */
  get isReady(): boolean {
    if (!this.#isOpen || this.#aside || !this.#isTold) return false
    return [...this.#assigned].every((shard) => this.#runners.get(shard)?.serving === true)
  }

  get shards(): readonly number[] {
    return [...this.#assigned].sort((left, right) => left - right)
  }

  get serving(): number {
    return [...this.#runners.values()].filter((runner) => runner.serving).length
  }

  sum(of: (runner: ShardRunner) => number): number {
    return [...this.#runners.values()].reduce((total, { current }) => total + (current ? of(current) : 0), 0)
  }

  /** One line for people while it stands aside. */
  get statuses(): readonly WorkerStatus[] {
    if (!this.#aside) return []
    return [{ name: 'shards', state: 'resting', restarts: this.#timesAside, lastError: this.#aside.fault.message }]
  }

  /** Leaves all shards to the others until `comeBack`, or for a while where nobody else can say when it is over. */
  standAside(fault: RuntimeFault, reason: AsideReason): void {
    // Several shards may meet the same at once.
    if (!this.#isOpen || (this.#aside && (reason === 'pause' || RANK[reason] < RANK[this.#aside.reason]))) return
    const { clock, config, onFault } = this.#options
    this.#aside = { fault, reason }
    this.#timesAside++
    this.#cancelReturn?.()
    const whom = reason === 'store' ? 'others' : 'newer ones'
    const looksAgain = reason === 'pause' ? `for ${config.standAsideMs} ms` : LOOKS_AGAIN[reason]
    onFault(
      'shards',
      new RuntimeFault(fault.code, `this node leaves its shards to ${whom} ${looksAgain}: ${fault.message}`, {
        address: fault.address,
        cause: fault,
      }),
    )
    void this.#move(() => this.#leave())
    if (reason === 'pause') this.#cancelReturn = clock.schedule(config.standAsideMs, () => this.#return())
  }

  /** What it stood aside for is over. */
  comeBack(reason: Exclude<AsideReason, 'pause'>): void {
    if (this.#aside?.reason === reason) this.#return()
  }

  #return(): void {
    const { clock, config, onFault } = this.#options
    const aside = this.#aside
    if (!this.#isOpen || !aside) return
    this.#move(() => {
      this.#aside = undefined
      return this.#join()
    }).catch((error: unknown) => {
      onFault('shards', error)
      this.#aside ??= aside
      this.#cancelReturn = clock.schedule(config.restartPauseMs, () => this.#return())
    })
  }

  #move(run: () => Promise<void>): Promise<void> {
    const moved = this.#moves.then(run)
    this.#moves = moved.catch(() => undefined)
    return moved
  }

  async #join(): Promise<void> {
    if (!this.#isOpen || this.#membership) return
    this.#isTold = false
    let isMember = true
    const membership = await this.#options.log.join(SHARD_GROUP, SHARD_TOPIC, (shards) => {
      if (isMember) this.#assign(shards)
    })
    this.#membership = {
      committed: (shard) => membership.committed(shard),
      commit: (shard, nextOffset) => membership.commit(shard, nextOffset),
      leave: () => {
        isMember = false
        return membership.leave()
      },
    }
  }

  async #leave(): Promise<void> {
    const { clock, config } = this.#options
    this.#assign([])
    // One that hangs doesn't hold up the others: whoever takes its shard over takes its token, too.
    const isOver = new Promise<void>((resolve) => clock.schedule(config.handOverMs, resolve))
    await Promise.race([Promise.all(this.#ending.values()), isOver])
    const membership = this.#membership
    this.#membership = undefined
    await membership?.leave().catch((error: unknown) => this.#options.onFault('shards', error))
    // What was assigned while the runners were ending belongs to the others now.
    this.#assign([])
  }

  #assign(shards: readonly number[]): void {
    this.#isTold = true
    this.#assigned = new Set(this.#isOpen && !this.#aside ? shards : [])
    for (const [shard, runner] of this.#runners) {
      if (this.#assigned.has(shard)) continue
      this.#runners.delete(shard)
      this.#ending.set(
        shard,
        runner.supervised.stop().then(() => {
          this.#ending.delete(shard)
          // It may have come back while its last runner was ending.
          if (this.#assigned.has(shard)) this.#run(shard)
        }),
      )
    }
    for (const shard of this.#assigned) if (!this.#ending.has(shard)) this.#run(shard)
  }

  #run(shard: number): void {
    if (this.#runners.has(shard)) return
    const entry: { supervised: Supervised; current?: ShardRunner; serving: boolean } = {
      supervised: undefined as never,
      serving: false,
    }
    this.#runners.set(shard, entry)
    entry.supervised = this.#options.tree.supervise(`shard-${shard}`, (): Worker => {
      const runner = this.#options.makeRunner(shard, {
        membership: () => this.#membership,
        onServing: () => (entry.serving = true),
      })
      entry.current = runner
      return {
        run: async () => {
          try {
            await runner.run()
          } catch (error) {
            if (isForNewer(error)) this.standAside(error, 'pause')
            throw error
          } finally {
            entry.serving = false
            this.#options.metrics.shardRestarts.add(1)
          }
        },
        stop: () => runner.stop(),
      }
    })
  }
}
