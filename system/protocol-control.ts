/** What the API needs to follow and change the protocol version of the system, and to look for what is left of a newer one. */
import type { Leftovers, ProtocolPort } from '../gateway/parts.ts'
import { SHARD_TOPIC } from '../runtime/config.ts'
import { isFault } from '../runtime/fault.ts'
import { decodeMessage } from '../runtime/message.ts'
import type { Node } from '../runtime/node.ts'
import { pause } from '../runtime/pause.ts'
import type { Clock, Store } from '../runtime/ports.ts'

export interface ProtocolControlOptions {
  readonly node: Node
  readonly store: Store
  readonly clock: Clock
  readonly shards: number
  /** How often nodes look in which version to write. */
  readonly protocolCheckMs: number
  /** How long newer messages may take to leave the outboxes before they are told. */
  readonly outboxWaitMs?: number
}

/** Looked at per shard, and of the dead letters. */
const ROWS_MAX = 10_000
const OUTBOX_WAIT_MS = 5_000
const POLL_MS = 100

export const protocolControl = (options: ProtocolControlOptions): ProtocolPort => {
  const { node, store, shards } = options
  const system = async (): Promise<number> => (await store.setUp({ shards, protocol: node.protocol.newest })).protocol
  return {
    status: async () => {
      const { oldest, newest } = node.protocol
      return { oldest, newest, system: await system() }
    },
    change: (from, to) => node.changeProtocol(to, from),
    leftovers: async () => leftoversOf(options, await system()),
  }
}

/**
 * In this order, so that nothing slips through between: nodes stop writing the newer version; what they stored in it
 * leaves the outboxes; then each shard answers a question, and with that has handled all that was in its log before.
 */
const leftoversOf = async (options: ProtocolControlOptions, system: number): Promise<Leftovers> => {
  const { node, store, clock, shards, protocolCheckMs, outboxWaitMs = OUTBOX_WAIT_MS } = options
  const all = Array.from({ length: shards }, (_, shard) => shard)
  await pause(clock, 2 * protocolCheckMs)
  const untilMs = clock.now() + outboxWaitMs
  let outbox = await newerInOutboxes(store, all, system)
  while (outbox > 0 && clock.now() < untilMs) {
    await pause(clock, POLL_MS)
    outbox = await newerInOutboxes(store, all, system)
  }
  const answers = await Promise.all(all.map((shard) => answersInTurn(node, shard)))
  const letters = await store.deadLetters({ limit: ROWS_MAX })
  return {
    system,
    outbox,
    silentShards: all.filter((shard) => !answers[shard]),
    deadLetters: letters.filter(({ value }) => isNewer(value, system)).length,
    kinds: [...node.queries.kinds.values()]
      .filter(({ rollout }) => rollout !== undefined && rollout.sinceProtocol > system)
      .map(({ kind }) => kind),
  }
}

const newerInOutboxes = async (store: Store, shards: readonly number[], system: number): Promise<number> => {
  let newer = 0
  for (const shard of shards)
    for (const { topic, value } of await store.outbox(shard, ROWS_MAX))
      if (topic === SHARD_TOPIC && isNewer(value, system)) newer++
  return newer
}

const isNewer = (bytes: Uint8Array, system: number): boolean => {
  try {
    decodeMessage(bytes, system)
    return false
  } catch (error) {
    if (!isFault(error)) throw error
    return error.code === 'newer-version'
  }
}

/**
 * A question that changes nothing and that shards of every release know: to forget a dead letter that never was. It goes
 * through the shard's log, so what came before it has been handled when the answer is here.
 */
const answersInTurn = (node: Node, shard: number): Promise<boolean> =>
  node.discard(`${shard}-${Number.MAX_SAFE_INTEGER}-0`).then(
    () => true,
    () => false,
  )
