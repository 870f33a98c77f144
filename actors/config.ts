/** Every bound and time of the entities, with what happens when it is hit. */
import { PARTICIPANT_TOPIC } from '../participants/protocol/generation.ts'
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
  /** Attempts at a step of a control loop before an alarm says who holds it up; then it is tried ever more seldom. */
  readonly loopAttemptsMax: number
  /** First wait before what a participant couldn't do is ordered again. It doubles, and varies by a quarter. */
  readonly loopBackoffFirstMs: number
  /** The longest of these waits, and of those for a participant that doesn't answer. */
  readonly loopBackoffMaxMs: number
  /** An element that has just changed isn't taken for drifted: what was reported may have been under way. */
  readonly loopDriftGraceMs: number
  /** A loop whose participants don't get to know its definition for this long raises an alarm. */
  readonly loopPermitAlarmMs: number
  /** A participant that wasn't heard of for this long is asked how it is, and counts as `NOT_HEALTHY`. */
  readonly statusTimeoutMs: number
  /** How long it may take to answer; then it is asked again. */
  readonly statusQuestionMs: number
  /** Questions that nobody answers; then it counts as `OFF_LINE`, and an alarm says so. */
  readonly statusQuestionsMax: number
  /** Questions that loops ask for come no closer than this; those in between are left out. */
  readonly statusQuestionRestMs: number
  /** How long a participant may take to acknowledge definitions; then they are sent again. The wait doubles each time. */
  readonly definitionTimeoutMs: number
  /** Times that definitions are sent; then an alarm says so, and they are sent again when the participant comes back. */
  readonly definitionAttemptsMax: number
  /** A registration is answered after this long, even if not all that is commissioned was sent before. */
  readonly arrivalTimeoutMs: number
  /** A participant that is up to date stays so for this long before its loops are told that it is back. */
  readonly returnDebounceMs: number
  /** Reports of statistics that the history of a participant, or of a loop's elements, shows. */
  readonly statisticsHistoryEventsMax: number
  /** Cleared alarms are forgotten after this long, acknowledged or not. */
  readonly alarmRetentionMs: number
  /** Topic on which participants of control loops are spoken with, both ways. */
  readonly participantTopic: string
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
  loopAttemptsMax: 3,
  loopBackoffFirstMs: 1_000,
  loopBackoffMaxMs: 5 * MINUTE_MS,
  loopDriftGraceMs: 2_000,
  loopPermitAlarmMs: MINUTE_MS,
  // Longer than participants of the first releases wait between two reports, or they would flap.
  statusTimeoutMs: 150_000,
  statusQuestionMs: 20_000,
  statusQuestionsMax: 4,
  statusQuestionRestMs: 5_000,
  definitionTimeoutMs: 20_000,
  definitionAttemptsMax: 4,
  arrivalTimeoutMs: 10_000,
  returnDebounceMs: 1_000,
  statisticsHistoryEventsMax: 512,
  alarmRetentionMs: 7 * DAY_MS,
  participantTopic: PARTICIPANT_TOPIC,
  snapshotEveryEvents: 64,
  historyEventsMax: 1_024,
  publishedEvents: undefined,
}
