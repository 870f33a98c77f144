/** Participants as the runtime API shows them. */
import { z } from 'zod'
import { registration, type ParticipantState } from '../../../actors/participant/protocol.ts'
import { concept, conceptOf } from '../../../participants/protocol/concept.ts'
import { healthStatus, participantState } from '../../../participants/protocol/states.ts'
import type { ListRow } from '../../../runtime/ports.ts'
import { timeText } from '../../routes.ts'
import { viewHealth } from './loop-view.ts'

export const participantSummary = z
  .object({ ...concept.shape, participantType: concept, registration, state: participantState, healthStatus })
  .meta({ id: 'ParticipantSummary' })

export const viewRow = ({ fields }: ListRow): z.infer<typeof participantSummary> => ({
  name: fields['name'] ?? '',
  version: fields['version'] ?? '',
  participantType: conceptOf(fields['participantType'] ?? ''),
  registration: registration.parse(fields['registration']),
  state: participantState.parse(fields['state']),
  healthStatus: healthStatus.parse(fields['healthStatus']),
})

export const participantDetails = participantSummary
  .extend({
    registeredAt: z.string().exactOptional(),
    deregisteredAt: z.string().exactOptional(),
    lastHeardAt: z.string().exactOptional(),
    offLineSince: z.string().exactOptional(),
    questions: z.number().int().meta({ description: 'how often it was asked how it is since it was heard last' }),
    orderedState: participantState.exactOptional().meta({ description: 'the mode that was ordered' }),
    isUpToDate: z.boolean().meta({ description: 'false: it is here anew, and hasn’t been told all that it missed' }),
    alarms: z.array(z.string()).meta({ description: 'ids of alarms that stand because of it' }),
    templates: z
      .array(
        z.object({
          template: z.string(),
          revision: z.number().int(),
          state: z.enum(['sent', 'known', 'refused', 'silent']),
          message: z.string(),
          sentAt: z.string(),
          attempt: z.number().int(),
          definitions: z.array(concept),
        }),
      )
      .meta({ description: 'service templates, and how far it knows them' }),
    statistics: z
      .object({
        at: z.string(),
        eventCount: z.number(),
        lastExecutionTimeMs: z.number(),
        averageExecutionTimeMs: z.number(),
        upTimeMs: z.number(),
        lastStart: z.string(),
      })
      .exactOptional(),
  })
  .meta({ id: 'ParticipantDetails' })

export const orderedMode = z
  .object({ ...concept.shape, state: participantState, orderedState: participantState })
  .meta({ id: 'OrderedParticipantState' })

/** Before it was ever so: nothing. */
const at = <Name extends string>(name: Name, atMs: number): { readonly [Key in Name]?: string } =>
  atMs > 0 ? ({ [name]: timeText(atMs) } as { readonly [Key in Name]?: string }) : {}

export const viewParticipant = (
  participant: ParticipantState,
  offLineSinceMs: number | undefined,
): z.infer<typeof participantDetails> => {
  const { id, participantType, statistics, alarmId, definitionsAlarmId, orderedMode: mode } = participant
  return {
    participantType: participantType ?? id,
    ...viewHealth(participant, offLineSinceMs),
    registration: participant.registration,
    ...at('registeredAt', participant.registeredAtMs),
    ...at('deregisteredAt', participant.deregisteredAtMs),
    questions: participant.questions,
    ...(mode === null ? {} : { orderedState: mode }),
    isUpToDate: participant.arrival === null,
    alarms: [alarmId, definitionsAlarmId].filter((alarm) => alarm !== null),
    templates: Object.entries(participant.templates).map(([template, known]) => ({
      template,
      revision: known.revision,
      state: known.state,
      message: known.message,
      sentAt: timeText(known.sentAtMs),
      attempt: known.attempt,
      definitions: known.definitions,
    })),
    ...(statistics
      ? {
          statistics: {
            at: timeText(statistics.atMs),
            eventCount: statistics.eventCount,
            lastExecutionTimeMs: statistics.lastExecutionTimeMs,
            averageExecutionTimeMs: statistics.averageExecutionTimeMs,
            upTimeMs: statistics.upTimeMs,
            lastStart: timeText(statistics.lastStartMs),
          },
        }
      : {}),
  }
}
