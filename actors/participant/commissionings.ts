/** What a participant is told of the templates that are commissioned for it, and whether it knows them. */
import { conceptOf, conceptText, isSameConcept } from '../../participants/protocol/concept.ts'
import { backoffMs } from '../../runtime/backoff.ts'
import type { Context, Decision, Effect } from '../../runtime/entity.ts'
import { serviceTemplateRef } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { ownEntry } from '../own-entry.ts'
import type { TemplateCommand } from '../service-template/protocol.ts'
import { undefinedFor } from './neighbours.ts'
import { type ParticipantTopic, say } from './participant-orders.ts'
import type { Commissioning, ParticipantCommand, ParticipantEvent, ParticipantState } from './protocol.ts'

export type DefinitionTimes = Pick<ActorsConfig, 'definitionTimeoutMs' | 'definitionAttemptsMax'>

type Decided = Decision<ParticipantEvent>
const NOTHING: Decided = { events: [] }

/** The elements are passed on here and not remembered: they are with the template, and come again if they are needed again. */
export const defined = (
  state: ParticipantState,
  command: Extract<ParticipantCommand, { type: 'define' }>,
  context: Context,
  times: DefinitionTimes & ParticipantTopic,
): Decided => {
  const { template, revision, participantType, elements, definitions } = command
  const atMs = context.nowMs
  if (!state.participantType || state.registration !== 'Registered') return NOTHING
  if (!isSameConcept(state.participantType, participantType)) return NOTHING
  const known = ownEntry(state.templates, conceptText(template))
  const isSent = known !== undefined && known.revision >= revision
  const isAskedFor = known?.revision === revision && known.state === 'sent' && answerDueMs(known, times) <= atMs
  if (isSent && !isAskedFor) return NOTHING
  const messageId = context.newId()
  const attempt = isAskedFor ? known.attempt + 1 : 1
  return {
    events: [{ type: 'definitions-sent', atMs, template, revision, messageId, attempt, definitions }],
    effects: say(state, { type: 'define', participantType, elements }, { messageId, atMs }, times),
  }
}

export const undefine = (
  state: ParticipantState,
  { template, isLast }: Extract<ParticipantCommand, { type: 'undefine' }>,
  context: Context,
  topic: ParticipantTopic,
): Decided => {
  if (state.registration !== 'Registered') return NOTHING
  const atMs = context.nowMs
  // Another may have been commissioned meanwhile, and its definitions be here before this: then they must stay.
  const others = Object.keys(state.templates).filter((other) => other !== conceptText(template))
  const isAll = isLast && others.length === 0
  return {
    events: [{ type: 'undefined', atMs, template, isLast: isAll }],
    effects: [
      ...undefinedFor(state, template),
      ...(isAll ? say(state, { type: 'undefine' }, { messageId: context.newId(), atMs }, topic) : []),
    ],
  }
}

/** An answer to a message that was sent again since is out of date: that one will be answered, too. */
export const answered = (
  state: ParticipantState,
  { responseTo, ok, message }: Extract<ParticipantCommand, { type: 'definitions-known' }>,
  atMs: number,
): Decided => {
  if (state.registration !== 'Registered') return NOTHING
  const found = Object.entries(state.templates).find(([, { messageId }]) => messageId === responseTo)
  if (!found) return NOTHING
  const [name, { state: is, revision }] = found
  if (is === 'known' || is === 'refused') return NOTHING
  return { events: [{ type: 'definitions-answered', atMs, template: conceptOf(name), revision, ok, message }] }
}

/** Its timer: those that took too long are asked for again, those that did so too often are given up. */
export const checkDefinitions = (state: ParticipantState, context: Context, times: DefinitionTimes): Decided => {
  const { registration, participantType, id } = state
  if (registration !== 'Registered' || !participantType || state.alarmId !== null) return NOTHING
  const atMs = context.nowMs
  const overdue = unacknowledged(state).filter(([, one]) => answerDueMs(one, times) <= atMs)
  const isHopeless = ([, { attempt }]: (typeof overdue)[number]): boolean => attempt >= times.definitionAttemptsMax
  const hopeless = overdue.filter(isHopeless)
  const again = overdue.filter((one) => !isHopeless(one))
  const alarmId = state.definitionsAlarmId ?? (hopeless.length > 0 ? context.newId() : '')
  const message: TemplateCommand = { type: 'define-for', participantId: id, participantType }
  const laterMs = unacknowledged(state).flatMap(([, one]) => {
    const dueMs = answerDueMs(one, times)
    return dueMs > atMs ? [dueMs] : []
  })
  const nextMs = Math.min(...laterMs, again.length > 0 ? atMs + times.definitionTimeoutMs : Infinity)
  return {
    events: hopeless.map(([name]) => ({ type: 'definitions-given-up', atMs, template: conceptOf(name), alarmId })),
    effects: [
      ...again.map(([name]): Effect => ({ type: 'tell', to: serviceTemplateRef(conceptOf(name)), message })),
      ...(Number.isFinite(nextMs) ? [checkTimer(nextMs)] : []),
    ],
  }
}

export const unacknowledged = ({ templates }: ParticipantState): readonly (readonly [string, Commissioning])[] =>
  Object.entries(templates).filter(([, { state }]) => state === 'sent')

/** When it is asked for again. */
export const answerDueMs = (
  { sentAtMs, attempt }: Commissioning,
  { definitionTimeoutMs }: Pick<DefinitionTimes, 'definitionTimeoutMs'>,
): number => sentAtMs + backoffMs(attempt, definitionTimeoutMs, Infinity)

export const definitionsTimer = (state: ParticipantState, times: DefinitionTimes): readonly Effect[] => {
  const waiting = unacknowledged(state)
  if (waiting.length === 0) return [{ type: 'cancel-timer', name: DEFINITIONS_TIMER }]
  return [checkTimer(Math.min(...waiting.map(([, one]) => answerDueMs(one, times))))]
}

const DEFINITIONS_TIMER = 'definitions'

const checkTimer = (dueMs: number): Effect => {
  const message: ParticipantCommand = { type: 'check-definitions' }
  return { type: 'set-timer', name: DEFINITIONS_TIMER, dueMs, message }
}
