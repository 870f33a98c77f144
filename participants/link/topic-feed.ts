/**
 * The topic as all links of one process see it: each record is fetched and parsed once, however many participants there are. It
 * begins where the topic ended when it was opened, as soon as somebody subscribes.
 */
import { backoffMs } from '../../runtime/backoff.ts'
import { errorText, isFault } from '../../runtime/fault.ts'
import { pause } from '../../runtime/pause.ts'
import type { Clock, Log } from '../../runtime/ports.ts'
import { decodeText } from '../protocol/generation.ts'
import type { TopicLinkConfig } from './config.ts'
import { TopicReader, type Warn } from './topic-reader.ts'

export interface TopicFeedParts {
  readonly log: Pick<Log, 'ensureTopic' | 'bounds' | 'read'>
  readonly clock: Clock
  readonly topic: string
  readonly config: TopicLinkConfig
  readonly warn: Warn
}

/** Any JSON value of the topic, or why a record is none. Must not throw, nor change what it is given: others get the same. */
export type ReceiveRecord = (json: ReturnType<typeof decodeText>) => void

export class TopicFeed {
  readonly partitions: number
  readonly #reader: TopicReader
  readonly #recordBytesMax: number
  readonly #subscribers = new Set<ReceiveRecord>()
  #isFollowing = false

  private constructor(partitions: number, reader: TopicReader, recordBytesMax: number) {
    this.partitions = partitions
    this.#reader = reader
    this.#recordBytesMax = recordBytesMax
  }

  /** Resolves when it is known from where the topic is read; waits out a log that doesn't answer. Makes the topic if need be. */
  static async open({ log, clock, topic, config, warn }: TopicFeedParts): Promise<TopicFeed> {
    for (let failures = 1; ; failures++) {
      try {
        const partitions = await log.ensureTopic(topic, config.partitions)
        const reader = await TopicReader.open({ log, clock, topic, partitions, config, warn })
        return new TopicFeed(partitions, reader, config.recordBytesMax)
      } catch (error) {
        if (!isFault(error) || !error.retryable) throw error
        if (failures === 1) warn('the topic of participants does not answer yet', { error: errorText(error) })
        await pause(clock, backoffMs(failures, config.retry.firstMs, config.retry.longestMs))
      }
    }
  }

  /** The returned function ends it. */
  subscribe(receive: ReceiveRecord): () => void {
    this.#subscribers.add(receive)
    if (!this.#isFollowing) {
      this.#isFollowing = true
      this.#reader.follow((value) => {
        const json = decodeText(value, this.#recordBytesMax)
        for (const each of this.#subscribers) each(json)
      })
    }
    return () => this.#subscribers.delete(receive)
  }

  close(): Promise<void> {
    return this.#reader.close()
  }
}
