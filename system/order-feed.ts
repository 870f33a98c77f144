/**
 * Brings orders from the topic to the participants of this process. It begins at the end: a participant that starts has forgotten
 * what it was told before, and is brought up to date when it registers.
 */
import { decodeText, GENERATIONS } from '../participants/protocol/generation.ts'
import type { LocalHub } from '../participants/link/local-link.ts'
import { DEFAULT_TOPIC_LINK_CONFIG } from '../participants/link/config.ts'
import { TopicReader } from '../participants/link/topic-reader.ts'
import type { Clock, Log } from '../runtime/ports.ts'
import type { Report } from './backing.ts'

const TRIM_EVERY_MS = 10_000

export interface OrderFeed {
  /** How many orders were handed on. */
  readonly handedOn: () => number
  close(): Promise<void>
}

/** The topic must exist. Nobody else may read it: what was handed on is forgotten. */
export const startOrderFeed = async (parts: {
  readonly log: Log
  readonly clock: Clock
  readonly topic: string
  readonly partitions: number
  readonly hub: LocalHub
  readonly report: Report
}): Promise<OrderFeed> => {
  const { log, clock, topic, partitions, hub, report } = parts
  const { recordBytesMax } = DEFAULT_TOPIC_LINK_CONFIG
  let handedOn = 0
  /** Of partitions that something was read of since they were trimmed: the next offset. */
  const read = new Map<number, number>()
  const reader = await TopicReader.open({
    log,
    clock,
    topic,
    partitions,
    config: DEFAULT_TOPIC_LINK_CONFIG,
    warn: (text, details) => report(`${text} ${JSON.stringify(details)}`),
  })
  reader.follow((value, partition, offset) => {
    read.set(partition, offset + 1)
    const text = decodeText(value, recordBytesMax)
    const decoded = text.kind === 'message' ? GENERATIONS.istanbul.decodeOrder(text.message) : text
    if (decoded.kind === 'message') {
      handedOn++
      hub.deliver(decoded.message)
    } else if (decoded.kind === 'malformed') report(`an order to participants can't be read: ${decoded.problem}`)
  })
  let cancel = (): void => undefined
  const trim = async (): Promise<void> => {
    for (const [partition, before] of [...read]) {
      await log.trim(topic, partition, before)
      if (read.get(partition) === before) read.delete(partition)
    }
  }
  const later = (): void => {
    cancel = clock.schedule(TRIM_EVERY_MS, () => {
      trim()
        .catch((error: unknown) => report('handed-on orders could not be trimmed', error))
        .finally(later)
    })
  }
  later()
  return {
    handedOn: () => handedOn,
    close: async () => {
      cancel()
      await reader.close()
    },
  }
}
