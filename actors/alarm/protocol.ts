/** What may be said to an alarm, and what it is. The fields are those of 3GPP TS 28.111 (and of X.733 before it). */
import { z } from 'zod'

export const severity = z.enum(['CRITICAL', 'MAJOR', 'MINOR', 'WARNING'])
export type Severity = z.infer<typeof severity>

export const alarmType = z.enum(['COMMUNICATIONS_ALARM', 'PROCESSING_ERROR_ALARM', 'QUALITY_OF_SERVICE_ALARM'])
export type AlarmType = z.infer<typeof alarmType>

const text = z.string().max(4_000)

export const raised = z.object({
  /** `kind/id` of the entity that it is about. */
  objectInstance: text,
  alarmType,
  /** What went wrong, as a term that is the same each time: `element-does-not-answer`, … */
  probableCause: text,
  perceivedSeverity: severity,
  /** For people: who doesn't do what, since when, and what will happen. */
  specificProblem: text,
  /** Anything else that helps to find the cause. */
  additionalInformation: z.record(z.string(), z.unknown()),
})
export type Raised = z.infer<typeof raised>

export const command = z.discriminatedUnion('type', [
  /** Again: the alarm is still there, and says what it says now. */
  z.object({ type: z.literal('raise'), alarm: raised }),
  /** By a person. Reply: `AlarmState`. */
  z.object({ type: z.literal('acknowledge'), userId: text }),
  z.object({ type: z.literal('unacknowledge'), userId: text }),
  z.object({ type: z.literal('clear'), reason: text }),
  /** Its own timer. */
  z.object({ type: z.literal('forget') }),
])
export type AlarmCommand = z.infer<typeof command>

const at = { atMs: z.number() }
export const event = z.discriminatedUnion('type', [
  z.object({ ...at, type: z.literal('raised'), alarm: raised }),
  z.object({ ...at, type: z.literal('changed'), alarm: raised }),
  z.object({ ...at, type: z.literal('acknowledged'), userId: text }),
  z.object({ ...at, type: z.literal('unacknowledged'), userId: text }),
  z.object({ ...at, type: z.literal('cleared'), reason: text }),
])
export type AlarmEvent = z.infer<typeof event>

export const state = z.object({
  id: z.string(),
  /** `null`: never raised. */
  alarm: raised.nullable(),
  raisedAtMs: z.number(),
  changedAtMs: z.number(),
  clearedAtMs: z.number().nullable(),
  clearedReason: z.string(),
  ackState: z.enum(['ACKNOWLEDGED', 'UNACKNOWLEDGED']),
  ackUserId: z.string(),
  ackAtMs: z.number().nullable(),
})
export type AlarmState = z.infer<typeof state>
