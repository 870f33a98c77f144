/**
 * The keys of a system in Redis. All keys of a shard have the same hash tag, so they live in one slot of a cluster; each
 * script gets those that it touches as KEYS, in this order.
 */
import { RuntimeFault } from '../runtime/fault.ts'
import { SYSTEM_NAME } from './redis-settings.ts'

/** `redis-shared.lua` names them in the same order; what each one holds is told there. */
const PARTS = ['meta', 'marks', 'heads', 'rows', 'names', 'counts', 'lists', 'due', 'outbox', 'dead', 'dead-order']

export class RedisKeys {
  readonly system: readonly string[]
  readonly #prefix: string
  readonly #shards = new Map<number, readonly string[]>()

  /** @throws {RuntimeFault} `limit-exceeded` if `prefix` can't be part of a key */
  constructor(prefix: string) {
    if (!SYSTEM_NAME.test(prefix))
      throw new RuntimeFault('limit-exceeded', 'a system’s name is letters, digits, `.`, `_`, `-`, at most 64', {
        address: prefix,
      })
    this.#prefix = prefix
    this.system = [`${prefix}:system`]
  }

  /** Where a node hears replies. */
  channelOf(node: string): string {
    return `${this.#prefix}:replies:${node}`
  }

  ofShard(shard: number): readonly string[] {
    let keys = this.#shards.get(shard)
    if (keys === undefined) {
      keys = PARTS.map((part) => `{${this.#prefix}:${shard}}:${part}`)
      this.#shards.set(shard, keys)
    }
    return keys
  }
}
