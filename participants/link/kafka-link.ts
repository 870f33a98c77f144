/**
 * Participants in a process of their own: messages travel as JSON on one topic, in both directions, as in the original. Over
 * any Log; in a cluster it is Kafka's.
 *
 * Each participant sees everything and drops what isn't for it. It begins at the end: what it had been told before it
 * started it has forgotten, and when it registers the runtime brings it up to date.
 */
import { RuntimeFault } from '../../runtime/fault.ts'
import { placementOfText } from '../../runtime/placement.ts'
import type { Clock, Log } from '../../runtime/ports.ts'
import { isNews } from '../../runtime/seldom.ts'
import { type Concept, conceptText } from '../protocol/concept.ts'
import type { Order, Report } from '../protocol/conversation.ts'
import {
  appliesTo,
  encodeText,
  type Generation,
  GENERATIONS,
  PARTICIPANT_TOPIC,
  type ParticipantIdentity,
} from '../protocol/generation.ts'
import { DEFAULT_TOPIC_LINK_CONFIG, type TopicLinkConfig } from './config.ts'
import type { ParticipantLink } from './participant-link.ts'
import { ReportAppender } from './report-appender.ts'
import { type ReceiveRecord, TopicFeed } from './topic-feed.ts'
import type { Warn } from './topic-reader.ts'

export interface KafkaLinkParts {
  /** Closing it, after the link, is its maker's business. */
  readonly log: Log
  readonly clock: Clock
  readonly identity: ParticipantIdentity
  readonly generation?: Generation
  readonly topic?: string
  readonly config?: Partial<TopicLinkConfig>
  /** Of the same topic, shared with other links; closing it, after all of them, is its maker's business. Default: one of its own. */
  readonly feed?: TopicFeed
  readonly warn?: Warn
}

/** Messages about one thing keep their order: they go to one partition. */
export const partitionOf = (about: Concept, partitions: number): number =>
  placementOfText(conceptText(about)) % partitions

/** Resolves when it is known from where the topic is read; waits out a log that doesn't answer. Makes the topic if need be. */
export const openKafkaLink = async (parts: KafkaLinkParts): Promise<ParticipantLink> => {
  const { log, clock, identity, generation = GENERATIONS.istanbul, topic = PARTICIPANT_TOPIC } = parts
  const config = { ...DEFAULT_TOPIC_LINK_CONFIG, ...parts.config }
  const warn = parts.warn ?? (() => undefined)

  const feed = parts.feed ?? (await TopicFeed.open({ log, clock, topic, config, warn }))
  const appender = new ReportAppender({ log, clock, config, warn })
  const counts = { received: 0, foreign: 0, malformed: 0, dropped: 0 }
  let closing: Promise<void> | undefined
  let unsubscribe = (): void => undefined

  const orderIn = (json: Parameters<ReceiveRecord>[0]): Order | undefined => {
    const read = json.kind === 'message' ? generation.decodeOrder(json.message, identity) : json
    switch (read.kind) {
      case 'message':
        if (appliesTo(read.message.to, identity)) return read.message
        counts.foreign++
        return undefined
      case 'foreign':
        counts.foreign++
        return undefined
      case 'malformed':
        counts.malformed++
        if (isNews(counts.malformed))
          warn('a message for participants passed over', { problem: read.problem, malformed: counts.malformed })
        return undefined
    }
  }

  return {
    send: async (report) => {
      const value = encoded(report, generation, clock.now())
      if (value.length > config.reportBytesMax)
        throw new RuntimeFault(
          'limit-exceeded',
          `a report of ${value.length} bytes; ${config.reportBytesMax} are the most`,
        )
      await appender.append({ topic, partition: partitionOf(aboutOf(report), feed.partitions), value })
    },
    subscribe: (receive) => {
      unsubscribe = feed.subscribe((json) => {
        const order = orderIn(json)
        if (!order || closing) return
        counts.received++
        receive(order)
      })
    },
    stats: () => ({ ...counts, waiting: appender.waiting }),
    close: () =>
      (closing ??= appender
        .close()
        .then(unsubscribe)
        .then(() => (parts.feed ? undefined : feed.close()))),
  }
}

const encoded = (report: Report, generation: Generation, atMs: number): Uint8Array => {
  try {
    return encodeText(generation.encodeReport(report, atMs))
  } catch (cause) {
    // A date that is none, say: it would fail however often it is tried.
    throw new RuntimeFault('invalid-message', `a report ${report.type} that can't be written as ${generation.name}`, {
      cause,
    })
  }
}

const aboutOf = (report: Report): Concept => (report.type === 'elements-changed' ? report.loop : report.participantId)
