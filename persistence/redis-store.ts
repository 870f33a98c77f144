/** The Store over Redis 7: one script call per commit, which checks the ownership and then applies everything. */
import { randomBytes } from 'node:crypto'
import { RuntimeFault } from '../runtime/fault.ts'
import type {
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
import { orderedText } from './ordered-text.ts'
import { commitBody } from './redis-commit.ts'
import type { RedisArgument, RedisConnection } from './redis-connection.ts'
import { RedisKeys } from './redis-keys.ts'
import { listOver } from './redis-list.ts'
import { foundFields, loadArgument, loadedEntities } from './redis-load.ts'
import { markOf, positionOf, unpackDeadLetter, unpackOutbox, unpackTimer } from './redis-rows.ts'
import { SCRIPTS } from './redis-script.ts'
import type { RedisScript } from './redis-script.ts'
import { packedText, plainBytes } from './redis-text.ts'

/** Only a chaos run that must prove that it finds what they prevent turns these off. */
export interface RedisStoreGuards {
  readonly tokenCheck: boolean
  readonly offsetCheck: boolean
}

export interface RedisStoreOptions {
  /** Closed by whoever opened it. */
  readonly connection: RedisConnection
  /** Name of the system: several can share one Redis. */
  readonly prefix: string
  readonly guards?: RedisStoreGuards
  /** How long to wait for Redis at first. Default 10,000. */
  readonly readyMs?: number
}

const UNCHECKED = '*'
const TOKEN_BYTES = 16

class RedisStore implements Store {
  readonly appends = false
  readonly #connection: RedisConnection
  readonly #keys: RedisKeys
  readonly #guards: RedisStoreGuards
  /** The keys of every shard, once the number of shards is known. */
  #shards: readonly (readonly string[])[] | undefined
  #closed = false

  constructor({ connection, prefix, guards }: RedisStoreOptions) {
    this.#connection = connection
    this.#keys = new RedisKeys(prefix)
    this.#guards = guards ?? { tokenCheck: true, offsetCheck: true }
  }

  async setUp({ shards, protocol }: SystemRecord): Promise<SystemRecord> {
    const fixed = (await this.#run(SCRIPTS.setUp, this.#keys.system, [shards, protocol])) as Buffer[]
    const [itsShards, itsProtocol] = fixed.map((bytes) => Number(bytes.toString()))
    const record = { shards: itsShards ?? shards, protocol: itsProtocol ?? protocol }
    this.#setShards(record.shards)
    return record
  }

  async changeProtocol(from: number, to: number): Promise<boolean> {
    return (await this.#run(SCRIPTS.changeProtocol, this.#keys.system, [from, to])) === 1
  }

  async acquire(shard: number, owner: string): Promise<ShardLease> {
    const token = randomBytes(TOKEN_BYTES).toString('hex')
    const answer = await this.#run(SCRIPTS.acquire, this.#keys.ofShard(shard), [token, packedText(owner)])
    const [epoch, offset, published, sentToSelf, marks] = answer as [number, Buffer, Buffer, Buffer, Buffer[]]
    return {
      shard,
      token,
      epoch,
      nextOffset: Number(offset.toString()),
      published: positionOf(published),
      sentToSelf: positionOf(sentToSelf),
      marks: new Map(pairs(marks).map(([origin, mark]) => [orderedText(origin), markOf(mark)])),
    }
  }

  async commit(commit: ShardCommit): Promise<void> {
    this.#assertOpen()
    const { shard, nextOffset } = commit
    const fence = this.#fenceArguments({ token: commit.token, nextOffset: commit.expectedOffset })
    const answer = await this.#run(SCRIPTS.commit, this.#keys.ofShard(shard), [
      ...fence,
      nextOffset,
      commitBody(commit),
    ])
    if (Array.isArray(answer)) throw refusalOf(shard, answer as Buffer[])
  }

  async load(shard: number, keys: readonly EntityKey[], fence?: Fence): Promise<readonly (StoredEntity | undefined)[]> {
    this.#assertOpen()
    if (keys.length === 0 && fence === undefined) return []
    const args = [...(fence ? this.#fenceArguments(fence) : [UNCHECKED, UNCHECKED]), loadArgument(keys)]
    const answer = (await this.#run(SCRIPTS.load, this.#keys.ofShard(shard), args)) as unknown[]
    if (answer[0] instanceof Uint8Array) throw refusalOf(shard, answer as Buffer[])
    return loadedEntities(keys, answer)
  }

  async fields(shard: number, keys: readonly EntityKey[]): Promise<readonly (EntityFields | null | undefined)[]> {
    this.#assertOpen()
    if (keys.length === 0) return []
    const args = [UNCHECKED, UNCHECKED, loadArgument(keys), 'fields']
    return foundFields(await this.#run(SCRIPTS.load, this.#keys.ofShard(shard), args))
  }

  async outbox(shard: number, limit: number): Promise<readonly OutboxRow[]> {
    this.#assertOpen()
    if (limit <= 0) return []
    const key = this.#keys.ofShard(shard).find((each) => each.endsWith(':outbox')) ?? ''
    return ((await this.#connection.call('lrange', [key, 0, limit - 1])) as Buffer[]).map(unpackOutbox)
  }

  async timers(shard: number, dueBeforeMs: number, limit: number): Promise<readonly TimerRow[]> {
    const bound = dueBeforeMs === Infinity ? '+inf' : `(${dueBeforeMs}`
    const rows = await this.#run(SCRIPTS.timers, this.#keys.ofShard(shard), [bound, Math.max(0, limit)])
    return (rows as Buffer[]).map(unpackTimer)
  }

  async list(query: ListQuery): Promise<readonly ListRow[]> {
    this.#assertOpen()
    return listOver(this.#connection, await this.#allShards(), query)
  }

  async history(shard: number, { kind, id, before, limit }: HistoryQuery): Promise<readonly HistoryRow[]> {
    const highest = Math.min(Number.MAX_SAFE_INTEGER, (before ?? Infinity) - 1)
    const args = [packedText(kind), packedText(id), highest, Math.max(0, limit)]
    const [top, ...values] = (await this.#run(SCRIPTS.history, this.#keys.ofShard(shard), args)) as [
      number,
      ...Buffer[],
    ]
    return values.map((value, index) => ({ version: top - index, value: plainBytes(value) }))
  }

  async deadLetters(query: { readonly shard?: number; readonly limit: number }): Promise<readonly DeadLetterRow[]> {
    this.#assertOpen()
    if (query.limit <= 0) return []
    const shards = query.shard === undefined ? await this.#allShards() : [this.#keys.ofShard(query.shard)]
    const found = await Promise.all(shards.map((keys) => this.#run(SCRIPTS.deadLetters, keys, [query.limit])))
    return (found as Buffer[][])
      .flat()
      .map(unpackDeadLetter)
      .sort((a, b) => b.atMs - a.atMs)
      .slice(0, query.limit)
  }

  async deadLetter(id: string): Promise<DeadLetterRow | undefined> {
    this.#assertOpen()
    // The shard is the id's first part (see `DeadLetterRow`).
    const shard = /^(\d{1,9})-/.exec(id)?.[1]
    if (shard === undefined) return undefined
    const key = this.#keys.ofShard(Number(shard)).find((each) => each.endsWith(':dead')) ?? ''
    const row = (await this.#connection.call('hget', [key, packedText(id)])) as Buffer | null
    return row === null ? undefined : unpackDeadLetter(row)
  }

  async counts(): Promise<StoreCounts> {
    this.#assertOpen()
    const shards = await this.#allShards()
    const found = await Promise.all(shards.map((keys) => this.#run(SCRIPTS.counts, keys, [])))
    const entities: Record<string, number> = {}
    const sums = { deadLetters: 0, timers: 0, outbox: 0 }
    for (const [deadLetters, timers, outbox, kinds] of found as [number, number, number, Buffer[]][]) {
      sums.deadLetters += deadLetters
      sums.timers += timers
      sums.outbox += outbox
      for (const [name, value] of pairs(kinds)) {
        const kind = orderedText(name)
        const count = (entities[kind] ?? 0) + Number(value.toString())
        if (count > 0) entities[kind] = count
      }
    }
    return { entities, ...sums }
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  async #run(script: RedisScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    this.#assertOpen()
    return this.#connection.run(script, keys, args)
  }

  #fenceArguments({ token, nextOffset }: Fence): readonly RedisArgument[] {
    return [this.#guards.tokenCheck ? token : UNCHECKED, this.#guards.offsetCheck ? nextOffset : UNCHECKED]
  }

  async #allShards(): Promise<readonly (readonly string[])[]> {
    if (this.#shards !== undefined) return this.#shards
    const [key = ''] = this.#keys.system
    const stored = (await this.#connection.call('hget', [key, 'shards'])) as Buffer | null
    return stored === null ? [] : this.#setShards(Number(stored.toString()))
  }

  #setShards(count: number): readonly (readonly string[])[] {
    return (this.#shards = Array.from({ length: count }, (_, shard) => this.#keys.ofShard(shard)))
  }

  #assertOpen(): void {
    if (this.#closed) throw new RuntimeFault('closed', 'the store is closed', { address: this.#connection.address })
  }
}

const pairs = (flat: readonly Buffer[]): [Buffer, Buffer][] => {
  const list: [Buffer, Buffer][] = []
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const [name, value] = [flat[index], flat[index + 1]]
    if (name !== undefined && value !== undefined) list.push([name, value])
  }
  return list
}

/** What a script answers instead of doing its work. */
const refusalOf = (shard: number, answer: readonly Buffer[]): RuntimeFault => {
  const [code, ...details] = answer.map((bytes) => orderedText(bytes))
  const address = `shard ${shard}`
  if (code === 'token-lost') return new RuntimeFault(code, `now owned by ${details[0] || 'nobody'}`, { address })
  if (code === 'offset-differs') return new RuntimeFault(code, `the store is at ${details[0]}`, { address })
  const [entity, before, after] = details
  return new RuntimeFault('unavailable', `${entity} has version ${before}; events can’t end at ${after}`, { address })
}

/**
 * Waits for the connection, and puts the scripts on every primary.
 * @throws {RuntimeFault} `unavailable` if Redis can't be reached; `limit-exceeded` if `prefix` can't be one
 */
export const openRedisStore = async (options: RedisStoreOptions): Promise<Store> => {
  const store = new RedisStore(options)
  await options.connection.ready(options.readyMs ?? 10_000)
  for (const { body } of Object.values(SCRIPTS)) await options.connection.onPrimaries('script', ['LOAD', body])
  return store
}
