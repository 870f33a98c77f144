/** Statistics as ONAP's API shows them, from the events in which they came. Pure. */
import { z } from 'zod'
import type { ElementStatisticsEvent } from '../../actors/element-statistics/protocol.ts'
import type { ParticipantEvent } from '../../actors/participant/protocol.ts'
import { concept, type Concept } from '../../participants/protocol/concept.ts'
import { healthStatus, loopState, participantState } from '../../participants/protocol/states.ts'
import { timeText } from '../routes.ts'

export const participantStatistics = z
  .object({
    participantId: concept,
    timeStamp: z.string(),
    state: participantState,
    healthStatus,
    eventCount: z.number(),
    lastExecutionTime: z.number().meta({ description: 'in ms, as the next two' }),
    averageExecutionTime: z.number(),
    upTime: z.number(),
    lastEnterTime: z.number().meta({ description: 'in ms since 1970, as the next' }),
    lastStart: z.number(),
  })
  .meta({ id: 'ParticipantStatistics' })
export type ParticipantStatisticsView = z.infer<typeof participantStatistics>

export const elementStatistics = z
  .object({
    id: z.string(),
    participantId: concept,
    timeStamp: z.string(),
    controlLoopState: loopState,
    clElementUptime: z.number().meta({ description: 'in ms' }),
  })
  .meta({ id: 'ClElementStatistics' })
export type ElementStatisticsView = z.infer<typeof elementStatistics>

export interface Period {
  readonly startMs: number
  readonly endMs: number
}

const isWithin = ({ startMs, endMs }: Period, atMs: number): boolean => atMs >= startMs && atMs <= endMs

/** A participant says when it counted; who doesn't count only tells how it is. */
export const viewParticipantStatistics = (
  participantId: Concept,
  event: ParticipantEvent,
  period: Period,
): ParticipantStatisticsView | undefined => {
  if (event.type !== 'status-reported') return undefined
  const { statistics, state, healthStatus: health } = event
  const atMs = statistics?.atMs || event.atMs
  if (!isWithin(period, atMs)) return undefined
  return {
    participantId,
    timeStamp: timeText(atMs),
    state,
    healthStatus: health,
    eventCount: statistics?.eventCount ?? 0,
    lastExecutionTime: statistics?.lastExecutionTimeMs ?? 0,
    averageExecutionTime: statistics?.averageExecutionTimeMs ?? 0,
    upTime: statistics?.upTimeMs ?? 0,
    lastEnterTime: statistics?.lastEnterTimeMs ?? 0,
    lastStart: statistics?.lastStartMs ?? 0,
  }
}

export const viewElementStatistics = (event: ElementStatisticsEvent, period: Period): ElementStatisticsView[] =>
  event.elements.flatMap(({ elementId, atMs, state, upTimeMs }) => {
    const sentMs = atMs || event.atMs
    return isWithin(period, sentMs)
      ? [
          {
            id: elementId,
            participantId: event.participantId,
            timeStamp: timeText(sentMs),
            controlLoopState: state,
            clElementUptime: upTimeMs,
          },
        ]
      : []
  })

/** The newest first; `recordCount` 0: all. */
export const newest = <Row extends { readonly timeStamp: string }>(
  rows: readonly Row[],
  recordCount: number,
): Row[] => {
  const sorted = rows.toSorted((a, b) => (a.timeStamp < b.timeStamp ? 1 : a.timeStamp > b.timeStamp ? -1 : 0))
  return recordCount === 0 ? sorted : sorted.slice(0, recordCount)
}
