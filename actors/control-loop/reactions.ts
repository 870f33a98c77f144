/** What follows from a control loop's events: orders to participants, words to its definition, timers, alarms, live events. */
import { conceptText, isSameConcept } from '../../participants/protocol/concept.ts'
import { GENERATIONS } from '../../participants/protocol/generation.ts'
import type { Context, Effect } from '../../runtime/entity.ts'
import {
  alarmRef,
  controlLoopRef,
  definitionRef,
  elementStatisticsRef,
  participantRef,
  serviceTemplateRef,
} from '../addresses.ts'
import type { AlarmCommand } from '../alarm/protocol.ts'
import type { ActorsConfig } from '../config.ts'
import type { DefinitionCommand } from '../control-loop-definition/protocol.ts'
import type { ElementStatisticsCommand } from '../element-statistics/protocol.ts'
import { isoTime, LIVE_TOPIC, type LiveEvent } from '../live.ts'
import type { ParticipantCommand } from '../participant/protocol.ts'
import type { TemplateCommand } from '../service-template/protocol.ts'
import { nextStep, specOf } from './next-step.ts'
import { needsFragment, orderOf } from './participant-orders.ts'
import type { LoopCommand, LoopEvent, LoopState } from './protocol.ts'

type Config = Pick<ActorsConfig, 'participantTopic' | 'removedRetentionMs'>

const ATTEMPT_TIMER = 'attempt'
const PERMIT_TIMER = 'permit'
const FORGET_TIMER = 'forget'

/** Spoken with all participants; when there is another, the participant's own. */
const GENERATION = 'istanbul'

export const react =
  (config: Config) =>
  (state: LoopState, event: LoopEvent, context: Context): readonly Effect[] => {
    switch (event.type) {
      case 'creation-requested': {
        const elements = event.spec.elements.map(({ definition }) => definition)
        const message: DefinitionCommand = { type: 'admit', loop: state.id, elements }
        return [
          { type: 'tell', to: definitionRef(event.spec.definition), message, forwardReply: true },
          { type: 'cancel-timer', name: FORGET_TIMER },
        ]
      }
      case 'created':
        return [changed(state, event, context)]
      case 'ordered':
        return [
          { type: 'cancel-timer', name: PERMIT_TIMER },
          { type: 'cancel-timer', name: ATTEMPT_TIMER },
          ...(nextStep(state) === 'needs-permit' ? [askPermit(state), changed(state, event, context)] : []),
        ]
      case 'permit-missing': {
        const message: LoopCommand = { type: 'ask-permit' }
        return [{ type: 'set-timer', name: PERMIT_TIMER, dueMs: event.askAgainMs, message }]
      }
      case 'step-started':
        return [
          ...(state.sinceMs === event.atMs ? [changed(state, event, context)] : []),
          ...orders(state, event, config),
          ...attemptTimer(state),
        ]
      case 'sent-again':
        return [...orders(state, event, config), ...attemptTimer(state)]
      case 'element-failed':
        return [...attemptTimer(state), failed(state, event, context)]
      case 'settled':
        return [
          { type: 'cancel-timer', name: ATTEMPT_TIMER },
          changed(state, event, context),
          ...(event.released ? tellDefinition(state, { type: 'release', loop: state.id }) : []),
        ]
      case 'alarm-raised':
        return [alarm(state, event)]
      case 'alarm-cleared': {
        const message: AlarmCommand = { type: 'clear', reason: event.reason }
        return [{ type: 'tell', to: alarmRef(event.alarmId), message }]
      }
      case 'doubted': {
        const message: ParticipantCommand = { type: 'ask-status' }
        return [{ type: 'tell', to: participantRef(event.participantId), message }]
      }
      case 'deleted': {
        const forget: LoopCommand = { type: 'forget' }
        const statistics: ElementStatisticsCommand = { type: 'forget' }
        return [
          ...tellDefinition(state, { type: 'dismiss', loop: state.id }),
          { type: 'tell', to: elementStatisticsRef(state.id), message: statistics },
          { type: 'set-timer', name: FORGET_TIMER, dueMs: event.atMs + config.removedRetentionMs, message: forget },
          changed(state, event, context),
        ]
      }
      case 'creation-refused':
      case 'edited':
      case 'permitted':
      case 'elements-changed':
      case 'drifted':
      case 'ignored':
        return []
    }
  }

const tellDefinition = ({ spec }: LoopState, message: DefinitionCommand): Effect[] =>
  spec ? [{ type: 'tell', to: definitionRef(spec.definition), message }] : []

export const askPermit = (state: LoopState): Effect => {
  const elements = state.spec?.elements ?? []
  const participants = [
    ...new Map(elements.map((spec) => [conceptText(spec.participantId), spec.participantId])).values(),
  ]
  const message: DefinitionCommand = { type: 'permit', loop: state.id, participants, wish: state.wishes }
  return { type: 'tell', to: definitionRef(state.spec?.definition ?? state.id), message }
}

/** Until those that failed, or that don't answer, are asked again. */
export const attemptTimer = ({ step }: LoopState): readonly Effect[] => {
  if (!step) return []
  const message: LoopCommand = { type: 'attempt-over', step: step.number, attempt: step.attempt }
  return [{ type: 'set-timer', name: ATTEMPT_TIMER, dueMs: Math.min(step.dueMs, step.retryMs ?? Infinity), message }]
}

const orders = (
  state: LoopState,
  { sendings, atMs }: Extract<LoopEvent, { type: 'step-started' | 'sent-again' }>,
  config: Config,
): Effect[] => {
  const key = conceptText(state.id)
  return sendings.flatMap((sending): Effect[] => {
    const order = orderOf(state, sending, atMs)
    if (!order) return []
    if (state.permit && needsFragment(state, sending)) {
      const message: TemplateCommand = { type: 'publish-order', generation: GENERATION, key, order }
      return [{ type: 'tell', to: serviceTemplateRef(state.permit.template), message }]
    }
    return GENERATIONS[GENERATION].encodeOrder(order).map((message) => ({
      type: 'publish',
      topic: config.participantTopic,
      key,
      message,
      encoding: 'json',
    }))
  })
}

const alarm = (state: LoopState, { alarmId, problem }: Extract<LoopEvent, { type: 'alarm-raised' }>): Effect => {
  const { id, step, orderedState } = state
  const { kind, id: text } = controlLoopRef(id)
  const message: AlarmCommand = {
    type: 'raise',
    alarm: {
      objectInstance: `${kind}/${text}`,
      alarmType: 'PROCESSING_ERROR_ALARM',
      probableCause: 'ordered-state-not-reached',
      perceivedSeverity: 'MAJOR',
      specificProblem: problem,
      additionalInformation: { orderedState, state: state.state, attempts: step?.attempt ?? 0 },
    },
  }
  return { type: 'tell', to: alarmRef(alarmId), message }
}

const live = (state: LoopState, message: LiveEvent): Effect => ({
  type: 'publish',
  topic: LIVE_TOPIC,
  key: conceptText(state.id),
  message,
})

/** The loop as a whole is in another state. */
const changed = (state: LoopState, { atMs }: LoopEvent, context: Context): Effect =>
  live(state, {
    eventId: context.newId(),
    eventCreatedAt: isoTime(atMs),
    eventType: 'ControlLoopStateChangeEvent',
    controlLoop: state.id,
    state: state.presence === 'deleted' ? null : state.state,
    orderedState: state.orderedState,
    ...(state.step ? { startPhase: state.step.startPhase } : {}),
  })

const failed = (state: LoopState, event: Extract<LoopEvent, { type: 'element-failed' }>, context: Context): Effect => {
  const spec = specOf(state, event.elementId)
  return live(state, {
    eventId: context.newId(),
    eventCreatedAt: isoTime(event.atMs),
    eventType: 'ControlLoopElementFailedEvent',
    controlLoop: state.id,
    elementId: event.elementId,
    definition: spec?.definition ?? state.id,
    participantId: spec?.participantId ?? state.id,
    attempt: state.step?.attempt ?? 0,
    message: event.message,
    retryAt: isoTime(event.retryMs),
  })
}

export const keepStatistics = (
  state: LoopState,
  { participantId, elements }: Extract<LoopCommand, { type: 'elements-reported' }>,
): readonly Effect[] => {
  const own = elements.filter(({ elementId }) => {
    const spec = specOf(state, elementId)
    return spec !== undefined && isSameConcept(spec.participantId, participantId)
  })
  if (own.length === 0) return []
  const message: ElementStatisticsCommand = { type: 'elements-reported', participantId, elements: own }
  return [{ type: 'tell', to: elementStatisticsRef(state.id), message }]
}
