/** The shards' log as somebody beside the nodes sees it: in which versions its messages are written. */
import { decode } from '../../runtime/codec.ts'
import { SHARD_TOPIC } from '../../runtime/config.ts'
import { encodeMessage, type Message } from '../../runtime/message.ts'
import type { Log } from '../../runtime/ports.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { openKafkaLog } from '../../runtime/transport/kafka/kafka-log.ts'
import { servers } from '../../scripts/servers/for-tests.ts'
import { CLUSTER_SHARDS } from './test-cluster.ts'

export interface ShardLog {
  /** Of each shard: the offset that the next record gets. */
  ends(): Promise<readonly number[]>
  /** Protocol versions of the messages from these offsets to the ends. */
  versionsSince(offsets: readonly number[]): Promise<ReadonlySet<number>>
  /** Appends a message as a node does that writes in `protocol`. */
  append(shard: number, message: Message, protocol: number): Promise<void>
  close(): Promise<void>
}

export const openShardLog = async (system: string): Promise<ShardLog> => {
  const log = await openKafkaLog({
    brokers: servers().kafkaBrokers,
    clientId: 'onlooker',
    prefix: system,
    sharedTopics: new Set(),
    sessionTimeoutMs: 6_000,
    clock: systemClock,
    warn: () => undefined,
  })
  const shards = Array.from({ length: CLUSTER_SHARDS }, (_, shard) => shard)
  const ends = (): Promise<readonly number[]> =>
    Promise.all(shards.map(async (shard) => (await log.bounds(SHARD_TOPIC, shard)).next))
  return {
    ends,
    versionsSince: async (offsets) => {
      const until = await ends()
      const found = await Promise.all(
        shards.map((shard) => versions(log, shard, offsets[shard] ?? 0, until[shard] ?? 0)),
      )
      return new Set(found.flat())
    },
    append: (shard, message, protocol) =>
      log.append([{ topic: SHARD_TOPIC, partition: shard, value: encodeMessage(message, protocol) }]),
    close: () => log.close(),
  }
}

const versions = async (log: Log, shard: number, from: number, until: number): Promise<readonly number[]> => {
  const found: number[] = []
  const reader = log.read(SHARD_TOPIC, shard, from)
  for (let next = from; next < until;)
    for (const { offset, value } of await reader.next(1_000)) {
      next = offset + 1
      if (offset < until) found.push((decode(value) as readonly number[])[0] ?? 0)
    }
  reader.close()
  return found
}
