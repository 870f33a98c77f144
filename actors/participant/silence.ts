/**
 * Whether a participant is there is known by what it says. As with instances of services, silence is one durable timer that isn't
 * set anew with each word, but looks when it fires how long ago the latest was.
 */
import { isSameConcept } from '../../participants/protocol/concept.ts'
import type { Context, Decision, Effect } from '../../runtime/entity.ts'
import type { ActorsConfig } from '../config.ts'
import { elapsedMs } from '../elapsed.ts'
import { forgotten } from './neighbours.ts'
import type { ParticipantCommand, ParticipantEvent, ParticipantState } from './protocol.ts'

export type SilenceTimes = Pick<
  ActorsConfig,
  'statusTimeoutMs' | 'statusQuestionMs' | 'statusQuestionsMax' | 'statusQuestionRestMs'
>

type Decided = Decision<ParticipantEvent>
const NOTHING: Decided = { events: [] }

/** What it said before it stopped may be on its way for this long after its good-bye. Whoever speaks later is there. */
const LAST_WORDS_MS = 5_000

export const reported = (
  state: ParticipantState,
  command: Extract<ParticipantCommand, { type: 'status-reported' }>,
  atMs: number,
): Decided => {
  const { participantType, generation, state: mode, healthStatus, statistics } = command
  const status: ParticipantEvent = {
    type: 'status-reported',
    atMs,
    state: mode,
    healthStatus,
    ...(statistics === undefined ? {} : { statistics }),
  }
  switch (state.registration) {
    case 'Unknown':
      return { events: [{ type: 'found', atMs, participantType, generation }, status] }
    case 'Deregistered':
      if (elapsedMs(atMs, state.deregisteredAtMs) < LAST_WORDS_MS) return NOTHING
      return { events: [{ type: 'found', atMs, participantType, generation }, status] }
    case 'Registered': {
      // Another program under the same name: until it registers, the one that did is who counts.
      if (!state.participantType || !isSameConcept(state.participantType, participantType)) return NOTHING
      const { alarmId } = state
      if (alarmId === null) return { events: [status] }
      const reason = 'the participant is heard again'
      return {
        events: [{ type: 'came-back', atMs }, { type: 'alarm-cleared', atMs, alarmId, reason }, status],
        effects: forgotten(state),
      }
    }
  }
}

/** Its timer. */
export const checkSilence = (state: ParticipantState, context: Context, times: SilenceTimes): Decided => {
  const atMs = context.nowMs
  if (!isWatched(state)) return NOTHING
  if (atMs < silenceDueMs(state, times)) return { events: [], effects: [silenceTimer(state, times)] }
  if (state.questions >= times.statusQuestionsMax)
    return { events: [{ type: 'went-off-line', atMs, alarmId: context.newId() }] }
  return { events: [{ type: 'asked', atMs, question: state.questions + 1, messageId: context.newId() }] }
}

/** For a loop. It is asked already if it is silent, and isn't asked by each of its loops at once. */
export const askStatus = (
  state: ParticipantState,
  context: Context,
  { statusQuestionRestMs }: SilenceTimes,
): Decided => {
  const atMs = context.nowMs
  const isRecent = state.askedAtMs > 0 && elapsedMs(atMs, state.askedAtMs) < statusQuestionRestMs
  if (!isWatched(state) || state.questions > 0 || isRecent) return NOTHING
  return { events: [{ type: 'status-requested', atMs, messageId: context.newId() }] }
}

/** It is here, as far as is known. */
export const isWatched = ({ registration, alarmId }: ParticipantState): boolean =>
  registration === 'Registered' && alarmId === null

/** When something has to be done about its silence. */
export const silenceDueMs = (
  { questions, askedAtMs, lastHeardMs }: ParticipantState,
  { statusTimeoutMs, statusQuestionMs }: Pick<SilenceTimes, 'statusTimeoutMs' | 'statusQuestionMs'>,
): number => (questions > 0 ? askedAtMs + statusQuestionMs : lastHeardMs + statusTimeoutMs)

export const silenceTimer = (state: ParticipantState, times: SilenceTimes): Effect => {
  const message: ParticipantCommand = { type: 'check-silence' }
  return { type: 'set-timer', name: 'silence', dueMs: silenceDueMs(state, times), message }
}
