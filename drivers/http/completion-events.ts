/**
 * Reads the completion events of external drivers, shared by all nodes that do so, and tells each to the entity
 * `driver-request` that its request id names. At least once: the group's position in a partition moves only behind
 * events that their entities have durably been told. What can't be read is counted and passed over: it is somebody
 * else's topic, and one bad event must not hold up the others.
 */
import type { RuntimeClient } from '../../runtime/client.ts'
import { errorText } from '../../runtime/fault.ts'
import type { Clock, Log } from '../../runtime/ports.ts'
import { backoffMs, pause } from '../backoff.ts'
import type { GroupReaderConfig } from '../../runtime/group-reader/config.ts'
import { type GroupReaderStats, startGroupReader } from '../../runtime/group-reader/group-reader.ts'
import type { HandleRecord } from '../../runtime/group-reader/partition-work.ts'
import { isNews } from '../../runtime/seldom.ts'
import { type CompletionMessage, DRIVER_REQUEST } from '../protocol.ts'
import { readCompletionEvent } from './driver-answers.ts'
import { COMPLETION_EVENTS_TOPIC } from './settings.ts'

export { COMPLETION_EVENTS_TOPIC } from './settings.ts'

export const DRIVER_EVENTS_GROUP = 'driver-events'

export interface CompletionEventsConfig extends GroupReaderConfig {
  /** Of the topic, if it isn't there yet. */
  readonly partitions: number
  /** A longer event counts as malformed. */
  readonly eventBytesMax: number
}

export const DEFAULT_COMPLETION_EVENTS_CONFIG: CompletionEventsConfig = {
  partitions: 8,
  eventBytesMax: 1_048_576,
  inFlightMax: 2_048,
  readBatchMax: 256,
  retry: { firstMs: 100, longestMs: 10_000 },
  spanMax: 50_000,
  commitDelayMs: 100,
  drainTimeoutMs: 10_000,
}

export interface CompletionEventsParts {
  readonly log: Log
  /** Default: what the resource driver API calls it. */
  readonly topic?: string
  readonly clock: Clock
  readonly client: Pick<RuntimeClient, 'tell'>
  readonly config?: Partial<CompletionEventsConfig>
  readonly warn?: (text: string, details: Readonly<Record<string, unknown>>) => void
}

export interface CompletionEventsStats extends GroupReaderStats {
  /** Told to their entities. Events of unknown requests among them: only the entity finds that out. */
  readonly told: number
  readonly malformed: number
  /** Tries after a temporary error. */
  readonly retried: number
}

export interface CompletionEvents {
  stats(): CompletionEventsStats
  /** Stops reading, waits for what is under way, stores the position, leaves the group. */
  close(): Promise<void>
}

const SENDER = 'driver-events'

/** Resolves when it has joined the group; makes the topic if it isn't there. */
export const startCompletionEvents = async (parts: CompletionEventsParts): Promise<CompletionEvents> => {
  const { log, topic = COMPLETION_EVENTS_TOPIC, clock, client } = parts
  const config = { ...DEFAULT_COMPLETION_EVENTS_CONFIG, ...parts.config }
  const warn = parts.warn ?? (() => undefined)
  const counts = { told: 0, malformed: 0, retried: 0 }
  const stopping = new AbortController()
  const decoder = new TextDecoder()

  const passOver = (problem: string): 'done' => {
    counts.malformed++
    if (isNews(counts.malformed))
      warn('completion event of a driver passed over', { problem, malformed: counts.malformed })
    return 'done'
  }

  const handle: HandleRecord = async (value) => {
    if (value.length > config.eventBytesMax)
      return passOver(`it has ${value.length} bytes; ${config.eventBytesMax} are the most`)
    const read = readCompletionEvent(decoder.decode(value))
    if (!read.value) return passOver(read.problem)
    const { requestId, completion } = read.value
    const message: CompletionMessage = { type: 'completion', completion }
    for (let failures = 0; ;) {
      if (stopping.signal.aborted) return 'left'
      try {
        await client.tell({ kind: DRIVER_REQUEST, id: requestId }, message, { sender: SENDER })
        counts.told++
        return 'done'
      } catch (error) {
        counts.retried++
        failures++
        if (failures === 1) warn('completion event will be told again', { requestId, error: errorText(error) })
        await pause(clock, backoffMs(failures, config.retry), stopping.signal)
      }
    }
  }

  await log.ensureTopic(topic, config.partitions)
  const reader = await startGroupReader({
    log,
    clock,
    topic,
    group: DRIVER_EVENTS_GROUP,
    // Others may read it, too; how long it keeps events is its owner's business.
    trims: false,
    config,
    handle,
    warn,
  })
  return {
    stats: () => ({ ...counts, ...reader.stats() }),
    close: () => {
      stopping.abort()
      return reader.close()
    },
  }
}
