/** What a participant's events make of it. */
import { type Concept, conceptOf, conceptText } from '../../participants/protocol/concept.ts'
import { ownEntry } from '../own-entry.ts'
import { isSentSome } from './arrival.ts'
import type { Commissioning, ParticipantEvent, ParticipantState } from './protocol.ts'

export const initial = (id: string): ParticipantState => ({
  id: conceptOf(id),
  participantType: null,
  generation: 'istanbul',
  registration: 'Unknown',
  registeredAtMs: 0,
  deregisteredAtMs: 0,
  registrationId: '',
  lastArrival: 0,
  arrival: null,
  state: 'UNKNOWN',
  healthStatus: 'UNKNOWN',
  lastHeardMs: 0,
  statistics: null,
  questions: 0,
  askedAtMs: 0,
  templates: {},
  alarmId: null,
  definitionsAlarmId: null,
  orderedMode: null,
})

export const evolve = (state: ParticipantState, event: ParticipantEvent): ParticipantState => {
  const { atMs } = event
  switch (event.type) {
    case 'registered': {
      const { participantType, generation, messageId } = event
      const here = { ...arrived(state, atMs, messageId), participantType, generation, registrationId: messageId }
      return { ...here, registration: 'Registered', registeredAtMs: atMs, state: 'UNKNOWN', healthStatus: 'UNKNOWN' }
    }
    case 'registered-again': {
      const { messageId } = event
      // It is sent it again.
      const arrival = state.arrival && {
        ...state.arrival,
        registrationId: messageId,
        templates: isSentSome(state) ? null : state.arrival.templates,
      }
      const here = { ...heard(state, atMs), arrival, lastArrival: nextArrival(state, atMs), registrationId: messageId }
      return { ...here, templates: {} }
    }
    case 'found': {
      const { participantType, generation } = event
      const here = { ...arrived(state, atMs, null), participantType, generation }
      return { ...here, registration: 'Registered', registeredAtMs: atMs, registrationId: '' }
    }
    case 'came-back':
      return arrived(state, atMs, null)
    case 'templates-needed': {
      const needed = event.templates.map(conceptText).filter((template) => !ownEntry(state.templates, template))
      return { ...state, arrival: state.arrival && { ...state.arrival, templates: needed } }
    }
    case 'waiting-given-up':
      return { ...state, arrival: state.arrival && { ...state.arrival, templates: [] } }
    case 'registration-answered':
      return { ...state, arrival: state.arrival && { ...state.arrival, registrationId: null } }
    case 'definitions-sent': {
      const { template, revision, messageId, attempt, definitions } = event
      const sent = { revision, state: 'sent', messageId, sentAtMs: atMs, attempt, message: '', definitions } as const
      return { ...withCommissioning(state, template, sent), arrival: arrivalWithout(state, template) }
    }
    case 'definitions-answered': {
      const { ok, message, template } = event
      return heard(changedCommissioning(state, template, { state: ok ? 'known' : 'refused', message }), atMs)
    }
    case 'definitions-given-up':
      return {
        ...changedCommissioning(state, event.template, { state: 'silent' }),
        definitionsAlarmId: event.alarmId,
      }
    case 'undefined': {
      const { [conceptText(event.template)]: _, ...templates } = state.templates
      return { ...state, templates, arrival: arrivalWithout(state, event.template) }
    }
    case 'status-reported': {
      const { state: mode, healthStatus, statistics = state.statistics } = event
      return { ...heard(state, atMs), state: mode, healthStatus, statistics }
    }
    case 'asked':
      return { ...state, questions: event.question, askedAtMs: atMs, healthStatus: 'NOT_HEALTHY' }
    case 'status-requested':
      return { ...state, askedAtMs: atMs }
    case 'went-off-line':
      return { ...state, healthStatus: 'OFF_LINE', arrival: null, alarmId: event.alarmId }
    case 'alarm-cleared': {
      const { alarmId } = event
      return {
        ...state,
        alarmId: state.alarmId === alarmId ? null : state.alarmId,
        definitionsAlarmId: state.definitionsAlarmId === alarmId ? null : state.definitionsAlarmId,
      }
    }
    case 'mode-ordered':
      return { ...state, orderedMode: event.state }
    case 'deregistered': {
      const gone = { ...state, registration: 'Deregistered', deregisteredAtMs: atMs, registrationId: '' } as const
      return { ...gone, state: 'TERMINATED', healthStatus: 'OFF_LINE', questions: 0, arrival: null, templates: {} }
    }
    case 'brought-up-to-date':
      return { ...state, arrival: null }
  }
}

/** By the time, so that it is higher than those that were forgotten with a participant that was long gone. */
const nextArrival = ({ lastArrival }: ParticipantState, atMs: number): number =>
  Math.max(lastArrival + 1, Math.floor(atMs))

/** It may have started anew: it counts as knowing nothing. */
const arrived = (state: ParticipantState, atMs: number, registrationId: string | null): ParticipantState => ({
  ...heard(state, atMs),
  lastArrival: nextArrival(state, atMs),
  arrival: { sinceMs: atMs, registrationId, templates: null },
  templates: {},
})

const heard = (state: ParticipantState, atMs: number): ParticipantState => ({
  ...state,
  lastHeardMs: atMs,
  questions: 0,
})

const arrivalWithout = ({ arrival }: ParticipantState, template: Concept): ParticipantState['arrival'] => {
  if (!arrival?.templates) return arrival
  const name = conceptText(template)
  return { ...arrival, templates: arrival.templates.filter((other) => other !== name) }
}

const withCommissioning = (state: ParticipantState, template: Concept, value: Commissioning): ParticipantState => ({
  ...state,
  templates: { ...state.templates, [conceptText(template)]: value },
})

const changedCommissioning = (
  state: ParticipantState,
  template: Concept,
  changes: Partial<Commissioning>,
): ParticipantState => {
  const known = ownEntry(state.templates, conceptText(template))
  return known ? withCommissioning(state, template, { ...known, ...changes }) : state
}
