/** Making topics, and forgetting their oldest records. */
import { RuntimeFault, errorText } from '../../fault.ts'
import type { Clock } from '../../ports.ts'
import { pause } from '../../pause.ts'
import { deleteRecords, isServed } from './partition-offsets.ts'
import { refusalOf } from './broker-connection.ts'
import type { Warn } from './warnings.ts'
import type { KafkaWire } from './wire.ts'

const CREATE_TIMEOUT_MS = 5_000
const VISIBLE_WITHIN_MS = 15_000
const LOOK_AGAIN_MS = 50
/** Requests to delete records, per partition: the log need not be shorter than the last some seconds. */
const TRIM_INTERVAL_MS = 5_000

/**
 * For topics of this system: nothing is forgotten by age or size, only by `trim`. That deletes whole segments, so these
 * are smaller than the 1 GB which a broker makes them by default.
 */
const OWN_TOPIC = [
  { name: 'retention.ms', value: '-1' },
  { name: 'retention.bytes', value: '-1' },
  { name: 'segment.bytes', value: '67108864' },
]

export interface NewTopic {
  readonly name: string
  readonly partitions: number
  /** Copies of each partition; `undefined`: as the brokers have it. */
  readonly replication: number | undefined
  /** Others use it, too: how long records are kept is the brokers' to say. */
  readonly isShared: boolean
}

/** Makes the topic if it isn't there, waits until it can be used, and answers how many partitions it has. */
export const ensureTopic = async (wire: KafkaWire, clock: Clock, topic: NewTopic): Promise<number> => {
  const { name } = topic
  const deadline = clock.now() + VISIBLE_WITHIN_MS
  let lastError = 'not visible, or partitions without a leader'
  for (;;) {
    try {
      await wire.refresh([name])
      const partitions = wire.partitions(name)
      if (partitions === undefined) await create(wire, topic)
      else if (await isServed(wire, name, partitions)) return partitions
    } catch (error) {
      lastError = errorText(error)
      const refusal = refusalOf(error)
      if (refusal !== undefined && GIVE_UP.has(refusal)) throw error
    }
    if (clock.now() > deadline)
      throw new RuntimeFault('unavailable', `the topic can't be used: ${lastError}`, { address: name })
    await pause(clock, LOOK_AGAIN_MS)
  }
}

/** What doesn't change by trying again. */
const GIVE_UP = new Set([
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_PARTITIONS',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'POLICY_VIOLATION',
])

const create = async (wire: KafkaWire, { name, partitions, replication, isShared }: NewTopic): Promise<void> => {
  try {
    await wire.askController(({ broker }) =>
      broker.createTopics({
        topics: [
          {
            topic: name,
            numPartitions: partitions,
            replicationFactor: replication ?? -1,
            configEntries: isShared ? [] : OWN_TOPIC,
          },
        ],
        timeout: CREATE_TIMEOUT_MS,
      }),
    )
  } catch (error) {
    // Another node was faster.
    if (refusalOf(error) !== 'TOPIC_ALREADY_EXISTS') throw error
  }
}

export const partitionsDiffer = (topic: string, has: number, wanted: number): RuntimeFault =>
  new RuntimeFault('partitions-differ', `topic has ${has} partitions, not ${wanted}`, { address: topic })

/** Trims seldom: of what is asked for meanwhile, the latest is done when the time has come. */
export class Trimmer {
  readonly #wire: KafkaWire
  readonly #clock: Clock
  readonly #warn: Warn
  readonly #resting = new Map<string, { before: number | undefined; readonly cancel: () => void }>()

  constructor(wire: KafkaWire, clock: Clock, warn: Warn) {
    this.#wire = wire
    this.#clock = clock
    this.#warn = warn
  }

  async trim(topic: string, partition: number, before: number): Promise<void> {
    // Nothing to forget yet; the broker would take it for an offset out of range.
    if (before <= 0) return
    const key = `${topic}/${partition}`
    const resting = this.#resting.get(key)
    if (resting) {
      resting.before = Math.max(before, resting.before ?? 0)
      return
    }
    const rest = {
      before: undefined as number | undefined,
      cancel: this.#clock.schedule(TRIM_INTERVAL_MS, () => {
        this.#resting.delete(key)
        if (rest.before !== undefined) void this.trim(topic, partition, rest.before)
      }),
    }
    this.#resting.set(key, rest)
    try {
      await deleteRecords(this.#wire, topic, partition, before)
    } catch (error) {
      this.#warn('kafka: records could not be trimmed', { partition: key, before, error: errorText(error) })
    }
  }

  close(): void {
    for (const { cancel } of this.#resting.values()) cancel()
    this.#resting.clear()
  }
}
