/** What a broker can be asked about one partition, beside its records. */
import { RuntimeFault } from '../../fault.ts'
import type { LogBounds } from '../../ports.ts'
import type { KafkaWire } from './wire.ts'

const EARLIEST = -2
const LATEST = -1
const READ_UNCOMMITTED = 0

const offsetAt = async (wire: KafkaWire, topic: string, partition: number, timestamp: number): Promise<number> => {
  const answer = await wire.askLeader(topic, partition, ({ broker }) =>
    broker.listOffsets({
      isolationLevel: READ_UNCOMMITTED,
      topics: [{ topic, partitions: [{ partition, timestamp }] }],
    }),
  )
  const offset = answer.responses[0]?.partitions[0]?.offset
  if (offset === undefined)
    throw new RuntimeFault('unavailable', 'the broker named no offset', { address: `${topic}/${partition}` })
  return Number(offset)
}

export const partitionBounds = async (wire: KafkaWire, topic: string, partition: number): Promise<LogBounds> => {
  const [first, next] = await Promise.all([
    offsetAt(wire, topic, partition, EARLIEST),
    offsetAt(wire, topic, partition, LATEST),
  ])
  return { first, next }
}

/**
 * True if the leaders of all partitions answer for them. A topic that was just made is in the metadata a moment before
 * its leaders know that they are it; until then they reject.
 */
export const isServed = async (wire: KafkaWire, topic: string, partitions: number): Promise<boolean> => {
  const all = Array.from({ length: partitions }, (_, partition) => ({ partition, timestamp: LATEST }))
  const byLeader = Map.groupBy(all, ({ partition }) => wire.leader(topic, partition))
  if (byLeader.has(undefined)) return false
  await Promise.all(
    [...byLeader].map(([leader, led]) =>
      wire.ask(leader ?? -1, ({ broker }) =>
        broker.listOffsets({ isolationLevel: READ_UNCOMMITTED, topics: [{ topic, partitions: led }] }),
      ),
    ),
  )
  return true
}

/** Lets the leader delete whole segments of records before `before`. */
export const deleteRecords = async (
  wire: KafkaWire,
  topic: string,
  partition: number,
  before: number,
): Promise<void> => {
  await wire.askLeader(topic, partition, ({ broker }) =>
    broker.deleteRecords({ topics: [{ topic, partitions: [{ partition, offset: String(before) }] }] }),
  )
}
