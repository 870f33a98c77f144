/** Reports of participants, as Istanbul's runtime reads them. */
import type { Concept } from '../concept.ts'
import type { ElementStatistics, LoopReport, ParticipantStatistics, Report } from '../conversation.ts'
import type { WireMessage } from '../wire.ts'
import type { ReportType } from './message-types.ts'
import { instantText, present } from './shape.ts'

export const encodeReport = (report: Report, atMs?: number): WireMessage => {
  const { participantId } = report
  switch (report.type) {
    case 'register':
      return message(report, 'PARTICIPANT_REGISTER', { messageId: report.messageId, timestamp: timestampOf(atMs) })
    case 'deregister':
      return message(report, 'PARTICIPANT_DEREGISTER', { messageId: report.messageId, timestamp: timestampOf(atMs) })
    case 'definitions-known':
      return message(report, 'PARTICIPANT_UPDATE_ACK', {
        responseTo: report.responseTo,
        result: report.ok,
        message: report.message,
        state: report.state,
      })
    case 'elements-changed':
      return message(report, report.isKnownAlready ? 'CONTROLLOOP_UPDATE_ACK' : 'CONTROLLOOP_STATECHANGE_ACK', {
        responseTo: report.responseTo,
        result: report.ok,
        message: report.message,
        controlLoopId: report.loop,
        controlLoopResultMap: Object.fromEntries(
          report.results.map(({ elementId, state, ok, message: said }) => [
            elementId,
            { state, result: ok, message: said },
          ]),
        ),
      })
    case 'status':
      return message(report, 'PARTICIPANT_STATUS', {
        messageId: report.messageId,
        timestamp: instantText(report.atMs),
        state: report.state,
        healthStatus: report.healthStatus,
        participantStatistics: report.statistics && wireStatistics(report.statistics, participantId),
        participantDefinitionUpdates: [],
        controlLoopInfoList: report.loops.map((loop) => wireLoop(loop, report.atMs, participantId)),
      })
  }
}

const timestampOf = (atMs: number | undefined): string | undefined =>
  atMs === undefined ? undefined : instantText(atMs)

const message = (
  { participantType, participantId }: Report,
  messageType: ReportType,
  fields: Readonly<Record<string, unknown>>,
): WireMessage => present({ messageType, participantType, participantId, ...fields })

/** The classes hold longs, but for the average. */
const wireStatistics = (given: ParticipantStatistics, participantId: Concept): WireMessage => ({
  participantId,
  timeStamp: instantText(given.atMs),
  state: given.state,
  healthStatus: given.healthStatus,
  eventCount: Math.round(given.eventCount),
  lastExecutionTime: Math.round(given.lastExecutionTimeMs),
  averageExecutionTime: given.averageExecutionTimeMs,
  upTime: Math.round(given.upTimeMs),
  lastEnterTime: Math.round(given.lastEnterTimeMs),
  lastStart: Math.round(given.lastStartMs),
})

/** What isn't measured per loop is left out; the classes read 0. */
const wireLoop = ({ loop, state, elements }: LoopReport, atMs: number, participantId: Concept): WireMessage => ({
  controlLoopId: loop,
  state,
  controlLoopStatistics: {
    controlLoopId: loop,
    timeStamp: instantText(atMs),
    clElementStatisticsList: {
      clElementStatistics: elements.map((element) => wireElementStatistics(element, participantId)),
    },
  },
})

const wireElementStatistics = (given: ElementStatistics, participantId: Concept): WireMessage => ({
  id: given.elementId,
  participantId,
  timeStamp: instantText(given.atMs),
  controlLoopState: given.state,
  clElementUptime: Math.round(given.upTimeMs),
})
