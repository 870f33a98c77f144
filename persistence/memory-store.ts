/**
 * A Store in memory: one set of rows, shared by the clients of all simulated nodes. Nothing is copied but what must be:
 * bytes are never changed by anybody.
 */
import { RuntimeFault } from '../runtime/fault.ts'
import type {
  Clock,
  DeadLetterRow,
  EntityFields,
  EntityKey,
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
import { Link, noFaults } from '../runtime/transport/link.ts'
import type { Faults } from '../runtime/transport/link.ts'
import { listRows } from './list-rows.ts'
import { entityKey, MemoryShard } from './memory-shard.ts'
import type { Undo } from './memory-shard.ts'

/** Only a simulator that must prove that it finds what they prevent turns these off. */
export interface StoreGuards {
  tokenCheck: boolean
  offsetCheck: boolean
}

export interface MemoryStoreServerOptions {
  readonly clock: Clock
  readonly random: () => number
  /** Of every client that brings none of its own. Kept by reference: change it while running. */
  readonly faults?: Faults
  readonly guards?: StoreGuards
  /** How many changes (commits and acquires) can be lost at most. Default 0: no undo log is kept. */
  readonly undoMax?: number
}

export interface MemoryStoreOptions {
  readonly name?: string
  readonly faults?: Faults
}

/** The rows, and what happens to them. All of it at once: a method here is one atomic step. */
export class MemoryStoreServer {
  readonly faults: Faults
  readonly guards: StoreGuards
  readonly shards = new Map<number, MemoryShard>()
  readonly #options: MemoryStoreServerOptions
  readonly #undoMax: number
  /** The inverses of the latest changes, oldest first. */
  #undo: Undo[] = []
  #changes = 0
  #system: SystemRecord | undefined
  #clients = 0

  constructor(options: MemoryStoreServerOptions) {
    this.#options = options
    this.#undoMax = options.undoMax ?? 0
    this.faults = options.faults ?? noFaults()
    this.guards = options.guards ?? { tokenCheck: true, offsetCheck: true }
  }

  client(options: MemoryStoreOptions = {}): MemoryStore {
    const name = options.name ?? `client-${++this.#clients}`
    return new MemoryStore(this, new Link(name, options.faults ?? this.faults, this.#options))
  }

  /** The present, to come back to. */
  checkpoint(): number {
    return this.#changes
  }

  /**
   * Takes back every change since the checkpoint, as a store does that lost what it hadn't flushed.
   * @returns how many changes were lost: fewer than asked for where the undo log doesn't reach back so far
   */
  loseSince(checkpoint: number): number {
    let lost = 0
    for (; this.#changes > checkpoint; lost++) {
      const inverse = this.#undo.pop()
      if (inverse === undefined) break
      for (let index = inverse.length - 1; index >= 0; index--) inverse[index]?.()
      this.#changes--
    }
    return lost
  }

  setUp(initial: SystemRecord): SystemRecord {
    return (this.#system ??= initial)
  }

  changeProtocol(from: number, to: number): boolean {
    if (this.#system?.protocol !== from) return false
    this.#system = { ...this.#system, protocol: to }
    return true
  }

  shard(number: number): MemoryShard {
    let shard = this.shards.get(number)
    if (shard === undefined) this.shards.set(number, (shard = new MemoryShard()))
    return shard
  }

  acquire(number: number, owner: string): ShardLease {
    const shard = this.shard(number)
    const { token, epoch } = shard
    const previousOwner = shard.owner
    this.#changed()?.push(() => Object.assign(shard, { token, epoch, owner: previousOwner }))
    shard.epoch++
    shard.owner = owner
    shard.token = `${shard.epoch}-${Math.floor(this.#options.random() * 2 ** 48).toString(16)}`
    return {
      shard: number,
      token: shard.token,
      epoch: shard.epoch,
      nextOffset: shard.nextOffset,
      published: shard.published,
      sentToSelf: shard.sentToSelf,
      marks: new Map(shard.marks),
    }
  }

  /** @throws {RuntimeFault} `token-lost`, `offset-differs` */
  assertOwned(number: number, fence: Fence): void {
    const shard = this.shard(number)
    const address = `shard ${number}`
    if (this.guards.tokenCheck && shard.token !== fence.token)
      throw new RuntimeFault('token-lost', `now owned by ${shard.owner || 'nobody'}`, { address })
    if (this.guards.offsetCheck && shard.nextOffset !== fence.nextOffset)
      throw new RuntimeFault('offset-differs', `at ${shard.nextOffset}, not ${fence.nextOffset}`, { address })
  }

  commit(commit: ShardCommit): void {
    this.assertOwned(commit.shard, { token: commit.token, nextOffset: commit.expectedOffset })
    this.shard(commit.shard).apply(commit, this.#changed())
  }

  *listed(kind: string): Generator<{ id: string; fields: EntityFields }> {
    for (const shard of this.shards.values())
      for (const { kind: its, id, fields } of shard.entities.values()) if (its === kind && fields) yield { id, fields }
  }

  *allDeadLetters(shard: number | undefined): Generator<DeadLetterRow> {
    if (shard !== undefined) yield* this.shards.get(shard)?.deadLetters.values() ?? []
    else for (const each of this.shards.values()) yield* each.deadLetters.values()
  }

  counts(): StoreCounts {
    const entities: Record<string, number> = {}
    let [deadLetters, timers, outbox] = [0, 0, 0]
    for (const shard of this.shards.values()) {
      for (const { kind } of shard.entities.values()) entities[kind] = (entities[kind] ?? 0) + 1
      for (const each of shard.timers.values()) timers += each.size
      deadLetters += shard.deadLetters.size
      outbox += shard.outbox.length
    }
    return { entities, deadLetters, timers, outbox }
  }

  /** Where the inverse of the change that is now made goes; undefined if nothing can be lost. */
  #changed(): Undo | undefined {
    this.#changes++
    if (this.#undoMax <= 0) return undefined
    const undo: Undo = []
    this.#undo.push(undo)
    // Twice the bound before cutting, so that each change pays for one move at most.
    if (this.#undo.length >= 2 * this.#undoMax) this.#undo = this.#undo.slice(-this.#undoMax)
    return undo
  }
}

/** One node's connection to the store; `link` cuts it off or lets it die. */
export class MemoryStore implements Store {
  readonly appends = false
  readonly link: Link
  readonly #server: MemoryStoreServer
  #closed = false

  constructor(server: MemoryStoreServer, link: Link) {
    this.#server = server
    this.link = link
  }

  async setUp(initial: SystemRecord): Promise<SystemRecord> {
    return this.#write(() => this.#server.setUp(initial))
  }

  async changeProtocol(from: number, to: number): Promise<boolean> {
    return this.#write(() => this.#server.changeProtocol(from, to))
  }

  async acquire(shard: number, owner: string): Promise<ShardLease> {
    return this.#write(() => this.#server.acquire(shard, owner))
  }

  async commit(commit: ShardCommit): Promise<void> {
    return this.#write(() => this.#server.commit(commit))
  }

  async load(shard: number, keys: readonly EntityKey[], fence?: Fence): Promise<readonly (StoredEntity | undefined)[]> {
    return this.#read(() => {
      if (fence) this.#server.assertOwned(shard, fence)
      const rows = this.#server.shard(shard)
      return keys.map(({ kind, id }) => rows.load(entityKey(kind, id)))
    })
  }

  async fields(shard: number, keys: readonly EntityKey[]): Promise<readonly (EntityFields | null | undefined)[]> {
    return this.#read(() => {
      const rows = this.#server.shard(shard)
      return keys.map(({ kind, id }) => rows.load(entityKey(kind, id))?.fields)
    })
  }

  async outbox(shard: number, limit: number): Promise<readonly OutboxRow[]> {
    return this.#read(() => this.#server.shard(shard).outbox.slice(0, limit))
  }

  async timers(shard: number, dueBeforeMs: number, limit: number): Promise<readonly TimerRow[]> {
    return this.#read(() => this.#server.shard(shard).due(dueBeforeMs, limit))
  }

  async list(query: ListQuery): Promise<readonly ListRow[]> {
    return this.#read(() => listRows(query, this.#server.listed(query.kind)))
  }

  async history(shard: number, { kind, id, before, limit }: HistoryQuery): Promise<readonly HistoryRow[]> {
    return this.#read(() => {
      const entity = this.#server.shard(shard).entities.get(entityKey(kind, id))
      const rows: HistoryRow[] = []
      if (entity === undefined) return rows
      const { events, eventsFrom } = entity
      for (let version = Math.min(entity.version, (before ?? Infinity) - 1); rows.length < limit; version--) {
        const value = events[version - eventsFrom]
        if (value === undefined) break
        rows.push({ version, value })
      }
      return rows
    })
  }

  async deadLetters(query: { readonly shard?: number; readonly limit: number }): Promise<readonly DeadLetterRow[]> {
    return this.#read(() =>
      [...this.#server.allDeadLetters(query.shard)]
        .reverse()
        .sort((a, b) => b.atMs - a.atMs)
        .slice(0, query.limit),
    )
  }

  async deadLetter(id: string): Promise<DeadLetterRow | undefined> {
    return this.#read(() => [...this.#server.allDeadLetters(undefined)].find((row) => row.id === id))
  }

  async counts(): Promise<StoreCounts> {
    return this.#read(() => this.#server.counts())
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  async #read<T>(apply: () => T): Promise<T> {
    this.#assertOpen()
    return this.link.read(apply)
  }

  async #write<T>(apply: () => T): Promise<T> {
    this.#assertOpen()
    return this.link.write(apply)
  }

  #assertOpen(): void {
    if (this.#closed) throw new RuntimeFault('closed', `the store of ${this.link.name} is closed`)
  }
}
