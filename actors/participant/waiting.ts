/** What a participant waits for. */
import { conceptText } from '../../participants/protocol/concept.ts'
import type { Waiting } from '../../runtime/entity.ts'
import type { ActorsConfig } from '../config.ts'
import { answerDueMs, unacknowledged } from './commissionings.ts'
import type { ParticipantState } from './protocol.ts'
import { silenceDueMs } from './silence.ts'

export const waiting =
  (config: ActorsConfig) =>
  (state: ParticipantState): readonly Waiting[] => {
    const { registration, alarmId, lastHeardMs } = state
    if (registration !== 'Registered') return []
    if (alarmId !== null)
      return [{ for: 'the participant to be heard again', kind: 'participant', sinceMs: lastHeardMs }]
    return [word(state, config), ...templates(state, config), ...acknowledgements(state, config)]
  }

const word = (state: ParticipantState, config: ActorsConfig): Waiting => {
  const { questions, lastHeardMs } = state
  const atMs = silenceDueMs(state, config)
  if (questions === 0)
    return {
      for: 'the participant to tell how it is',
      kind: 'heartbeat',
      sinceMs: lastHeardMs,
      next: { what: 'it is asked', atMs },
    }
  const isLast = questions >= config.statusQuestionsMax
  return {
    for: `an answer of the participant, asked ${questions} of ${config.statusQuestionsMax} times`,
    kind: 'participant',
    sinceMs: lastHeardMs,
    next: { what: isLast ? 'it counts as OFF_LINE' : 'it is asked again', atMs },
  }
}

const templates = ({ arrival, participantType }: ParticipantState, config: ActorsConfig): readonly Waiting[] => {
  if (!arrival || !participantType) return []
  const { sinceMs } = arrival
  const next = { what: 'it goes on without', atMs: sinceMs + config.arrivalTimeoutMs }
  if (!arrival.templates) {
    const on = `participant-type/${conceptText(participantType)}`
    return [{ for: 'its type to say what is commissioned for it', kind: 'entity', on, sinceMs, next }]
  }
  return arrival.templates.map((name) => {
    const on = `service-template/${name}`
    return { for: `what the participant has to know of service template ${name}`, kind: 'entity', on, sinceMs, next }
  })
}

const acknowledgements = (state: ParticipantState, config: ActorsConfig): readonly Waiting[] =>
  unacknowledged(state).map(([name, commissioning]) => {
    const isLast = commissioning.attempt >= config.definitionAttemptsMax
    const atMs = answerDueMs(commissioning, config)
    return {
      for: `the participant to acknowledge service template ${name} (attempt ${commissioning.attempt})`,
      kind: 'participant',
      on: commissioning.messageId,
      sinceMs: commissioning.sentAtMs,
      next: { what: isLast ? 'an alarm is raised' : 'it is sent again', atMs },
    }
  })
