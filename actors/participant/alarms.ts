/** What is wrong with a participant, for whoever looks after it. */
import { conceptText } from '../../participants/protocol/concept.ts'
import { refText } from '../../runtime/entity.ts'
import { participantRef } from '../addresses.ts'
import type { Raised } from '../alarm/protocol.ts'
import { isoTime } from '../live.ts'
import type { ParticipantState } from './protocol.ts'

/** Templates that an alarm names. */
const NAMED_MAX = 20

export const offLineAlarm = (state: ParticipantState): Raised => {
  const { id, lastHeardMs, questions } = state
  const since = isoTime(lastHeardMs)
  return {
    objectInstance: refText(participantRef(id)),
    alarmType: 'COMMUNICATIONS_ALARM',
    probableCause: 'participant-off-line',
    perceivedSeverity: 'MAJOR',
    specificProblem:
      `participant ${conceptText(id)} has been silent since ${since}, and did not answer when it was asked ` +
      `${questions === 1 ? 'once' : `${questions} times`}. Its control loops stay where they are until it is heard again.`,
    additionalInformation: { participantType: typeText(state), lastHeard: since, questions },
  }
}

export const notAcknowledgedAlarm = (state: ParticipantState): Raised => {
  const silent = Object.entries(state.templates).filter(([, { state: is }]) => is === 'silent')
  const templates = silent.slice(0, NAMED_MAX).map(([name]) => name)
  const attempts = Math.max(0, ...silent.map(([, { attempt }]) => attempt))
  return {
    objectInstance: refText(participantRef(state.id)),
    alarmType: 'COMMUNICATIONS_ALARM',
    probableCause: 'definitions-not-acknowledged',
    perceivedSeverity: 'MAJOR',
    specificProblem:
      `participant ${conceptText(state.id)} did not acknowledge what is commissioned for it (${templates.join(', ')}), sent ` +
      `${attempts} times. Control loops that need it wait. It is sent again when the participant registers or comes back.`,
    additionalInformation: { participantType: typeText(state), templates },
  }
}

const typeText = ({ participantType }: ParticipantState): string =>
  participantType ? conceptText(participantType) : ''
