/** Reports, as they come from our participants or from the original's. */
import { z } from 'zod'
import { concept } from '../concept.ts'
import type { LoopReport, Report } from '../conversation.ts'
import { healthStatus, participantState } from '../states.ts'
import type { Decoded } from '../wire.ts'
import { isReportType, type ReportType } from './message-types.ts'
import { decoded, elementId, instant, messageId, messageTypeOf, number, text, wireLoopState } from './shape.ts'

export const decodeReport = (value: unknown): Decoded<Report> => {
  const type = messageTypeOf(value)
  if (type.kind !== 'message') return type
  return isReportType(type.message) ? READ[type.message](value) : { kind: 'foreign' }
}

type Read = (value: unknown) => Decoded<Report>

const from = { participantType: concept, participantId: concept }

const comeOrGo =
  (type: 'register' | 'deregister'): Read =>
  (value) =>
    decoded(z.object({ ...from, messageId }), value, (given) => ({ type, ...given }))

const updateAck = z.object({
  ...from,
  responseTo: messageId,
  result: z.boolean(),
  message: text,
  state: participantState.nullish(),
})

const loopAck = z.object({
  ...from,
  controlLoopId: concept,
  responseTo: messageId.nullish(),
  result: z.boolean(),
  message: text,
  controlLoopResultMap: z
    .record(z.string(), z.object({ state: wireLoopState, result: z.boolean(), message: text }))
    .nullish(),
})

/** The original answers a second CONTROL_LOOP_UPDATE with "Control loop … already defined on participant …", and no elements. */
const elementsChanged =
  (type: 'CONTROLLOOP_UPDATE_ACK' | 'CONTROLLOOP_STATECHANGE_ACK'): Read =>
  (value) =>
    decoded(loopAck, value, (given) => {
      const results = Object.entries(given.controlLoopResultMap ?? {}).map(
        ([elementId, { state, result, message }]) => ({
          elementId,
          state,
          ok: result,
          message,
        }),
      )
      return {
        type: 'elements-changed',
        participantType: given.participantType,
        participantId: given.participantId,
        loop: given.controlLoopId,
        ...(given.responseTo && { responseTo: given.responseTo }),
        isKnownAlready:
          type === 'CONTROLLOOP_UPDATE_ACK' && (results.length === 0 || /already defined/i.test(given.message)),
        ok: given.result,
        message: given.message,
        results,
      }
    })

const elementStatistics = z.object({
  id: elementId,
  timeStamp: instant.nullish(),
  controlLoopState: wireLoopState,
  clElementUptime: number,
})

const status = z.object({
  ...from,
  messageId,
  timestamp: instant.nullish(),
  state: participantState,
  healthStatus,
  participantStatistics: z
    .object({
      timeStamp: instant.nullish(),
      state: participantState.nullish(),
      healthStatus: healthStatus.nullish(),
      eventCount: number,
      lastExecutionTime: number,
      averageExecutionTime: number,
      upTime: number,
      lastEnterTime: number,
      lastStart: number,
    })
    .nullish(),
  controlLoopInfoList: z
    .array(
      z.object({
        controlLoopId: concept,
        state: wireLoopState,
        controlLoopStatistics: z
          .object({
            clElementStatisticsList: z.object({ clElementStatistics: z.array(elementStatistics).nullish() }).nullish(),
          })
          .nullish(),
      }),
    )
    .nullish(),
})
type Status = z.infer<typeof status>

const READ: Readonly<Record<ReportType, Read>> = {
  PARTICIPANT_REGISTER: comeOrGo('register'),
  PARTICIPANT_DEREGISTER: comeOrGo('deregister'),
  PARTICIPANT_UPDATE_ACK: (value) =>
    decoded(updateAck, value, ({ result, state, ...given }) => ({
      ...given,
      type: 'definitions-known',
      ok: result,
      ...(state && { state }),
    })),
  CONTROLLOOP_UPDATE_ACK: elementsChanged('CONTROLLOOP_UPDATE_ACK'),
  CONTROLLOOP_STATECHANGE_ACK: elementsChanged('CONTROLLOOP_STATECHANGE_ACK'),
  PARTICIPANT_STATUS: (value) =>
    decoded(status, value, (given) => ({
      type: 'status',
      participantType: given.participantType,
      participantId: given.participantId,
      messageId: given.messageId,
      atMs: given.timestamp ?? 0,
      state: given.state,
      healthStatus: given.healthStatus,
      ...statisticsOf(given),
      loops: loopsOf(given),
    })),
}

const statisticsOf = ({ participantStatistics: given, ...message }: Status) =>
  given && {
    statistics: {
      atMs: given.timeStamp ?? message.timestamp ?? 0,
      state: given.state ?? message.state,
      healthStatus: given.healthStatus ?? message.healthStatus,
      eventCount: given.eventCount,
      lastExecutionTimeMs: given.lastExecutionTime,
      averageExecutionTimeMs: given.averageExecutionTime,
      upTimeMs: given.upTime,
      lastEnterTimeMs: given.lastEnterTime,
      lastStartMs: given.lastStart,
    },
  }

const loopsOf = ({ controlLoopInfoList, timestamp }: Status): LoopReport[] =>
  (controlLoopInfoList ?? []).map(({ controlLoopId, state, controlLoopStatistics }) => ({
    loop: controlLoopId,
    state,
    elements: (controlLoopStatistics?.clElementStatisticsList?.clElementStatistics ?? []).map((element) => ({
      elementId: element.id,
      atMs: element.timeStamp ?? timestamp ?? 0,
      state: element.controlLoopState,
      upTimeMs: element.clElementUptime,
    })),
  }))
