/** Every bound and time of the entities, with what happens when it is hit. */
import type { PublishedEventTopics } from './published-events.ts'

export interface ActorsConfig {
  /** How long a driver request waits for its answer; then the same request is sent again. */
  readonly requestTimeoutMs: number
  /** Times that the same request is sent; then the task fails with `NO_ANSWER` (the work may yet have been done). */
  readonly requestSendsMax: number
  /** Times that `IN_PROGRESS` moves a request's deadline; further ones don't. */
  readonly progressReportsMax: number
  /** Attempts after a driver's FAILED, each with a request id of its own; then the task fails with what the driver said. */
  readonly attemptsMax: number
  /** First wait before another attempt. It doubles with each, and varies by a quarter so that a crowd spreads out. */
  readonly backoffFirstMs: number
  readonly backoffMaxMs: number
  /** How often a process asks the owners of its running tasks again. Only a lost message makes a difference. */
  readonly watchIntervalMs: number
  /** Ended processes are forgotten after this long: they are in no list any more. */
  readonly processRetentionMs: number
  /** Deleted assemblies, resources and descriptors are forgotten, with their history, after this long. */
  readonly removedRetentionMs: number
  /** Tasks of one plan; an intent that needs more is refused with `plan-too-large`. */
  readonly planTasksMax: number
  /** Orders with an idempotency key that an assembly remembers; the oldest is forgotten, and is then a new order. */
  readonly rememberedOrdersMax: number
  /** Characters of one descriptor; a longer one is refused with `descriptor-too-large`. */
  readonly descriptorCharsMax: number
  /** After an order has ended or was refused, a policy counts, but orders nothing, for this long. */
  readonly policyQuietMs: number
  /** An order that a policy has heard nothing of for this long counts as lost: the policy may order again. */
  readonly policyOrderTtlMs: number
  /** A publication period may be late by this share before it counts as missed. */
  readonly periodGrace: number
  /** Heartbeats that an instance of a service may miss; then it is `Silent`. */
  readonly missedHeartbeatsMax: number
  /** Silent and stopped instances are forgotten after this long: they are in no list any more. */
  readonly instanceRetentionMs: number
  /** Events that the history of an instance shows: nearly all are heartbeats, one every few seconds, for good. */
  readonly instanceHistoryEventsMax: number
  /** A snapshot per this many events. */
  readonly snapshotEveryEvents: number
  /** Events that the history of an entity shows; older ones are trimmed. */
  readonly historyEventsMax: number
  /** Where process and component events are published for those outside; `undefined`: there is nobody to read them. */
  readonly publishedEvents: PublishedEventTopics | undefined
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

export const DEFAULT_ACTORS_CONFIG: ActorsConfig = {
  requestTimeoutMs: 15 * MINUTE_MS,
  requestSendsMax: 3,
  progressReportsMax: 96,
  attemptsMax: 3,
  backoffFirstMs: 1_000,
  backoffMaxMs: MINUTE_MS,
  watchIntervalMs: 5 * MINUTE_MS,
  processRetentionMs: 30 * DAY_MS,
  removedRetentionMs: 30 * DAY_MS,
  planTasksMax: 20_000,
  rememberedOrdersMax: 16,
  descriptorCharsMax: 1_048_576,
  policyQuietMs: 30_000,
  policyOrderTtlMs: DAY_MS,
  periodGrace: 0.5,
  missedHeartbeatsMax: 3,
  instanceRetentionMs: 10 * MINUTE_MS,
  instanceHistoryEventsMax: 64,
  snapshotEveryEvents: 64,
  historyEventsMax: 1_024,
  publishedEvents: undefined,
}
