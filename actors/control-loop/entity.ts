/** How a control loop is run. */
import { conceptText } from '../../participants/protocol/concept.ts'
import { defineEntity, type EntityFields, type Waiting } from '../../runtime/entity.ts'
import { CONTROL_LOOP } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { isoTime } from '../live.ts'
import { evolve, initial } from './evolution.ts'
import { decide } from './machine.ts'
import { elementOf, remaining } from './next-step.ts'
import { command, type ElementSpec, event, type LoopState, state } from './protocol.ts'
import { react } from './reactions.ts'
import { ENDS } from './transition-table.ts'
import { liftEvent, liftState } from './version-one.ts'

export const controlLoopEntity = (config: ActorsConfig) =>
  defineEntity({
    kind: CONTROL_LOOP,
    version: 2,
    command,
    event,
    state,
    liftEvent,
    liftState,
    initial,
    decide: decide(config),
    evolve,
    react: react(config),
    fields,
    waiting,
    limits: { snapshotEveryEvents: config.snapshotEveryEvents, historyEventsMax: config.historyEventsMax },
  })

const PARTICIPANT_FIELD = 'participant/'

/** The field by which loops that have elements on a participant are found. Its value is the type that it must have. */
export const participantField = (participant: string): string => `${PARTICIPANT_FIELD}${participant}`

/** From a loop's fields: its participants (`name:version`) with the type that each must have, as text. */
export const participantsInFields = (fields: EntityFields): readonly (readonly [participant: string, type: string])[] =>
  Object.entries(fields).flatMap(([name, type]) =>
    name.startsWith(PARTICIPANT_FIELD) ? [[name.slice(PARTICIPANT_FIELD.length), type] as const] : [],
  )

const fields = ({ id, presence, spec, state, orderedState, createdAtMs }: LoopState): EntityFields | null => {
  if (presence !== 'present' || !spec) return null
  return {
    id: conceptText(id),
    name: id.name,
    version: id.version,
    definition: conceptText(spec.definition),
    state,
    orderedState,
    createdTime: isoTime(createdAtMs),
    ...participantFields(spec.elements),
  }
}

const participantFields = (elements: readonly ElementSpec[]): EntityFields => {
  const types: Record<string, string> = {}
  for (const { participantId, participantType } of elements) {
    const name = participantField(conceptText(participantId))
    const type = conceptText(participantType)
    const before = types[name]
    // A participant can't have two types; one that must, has none that is right.
    types[name] = before === undefined || before === type ? type : ''
  }
  return types
}

const waiting = (loop: LoopState): readonly Waiting[] => {
  const { spec, step, permitMissing } = loop
  if (!spec) return []
  if (loop.presence === 'creating')
    return [
      {
        for: `its definition ${conceptText(spec.definition)} to admit it`,
        kind: 'entity',
        on: `control-loop-definition/${conceptText(spec.definition)}`,
      },
    ]
  if (permitMissing)
    return [
      {
        for: permitMissing.reason,
        kind: 'entity',
        on: `control-loop-definition/${conceptText(spec.definition)}`,
        sinceMs: permitMissing.sinceMs,
        next: { what: 'the definition is asked again', atMs: permitMissing.askAgainMs },
      },
    ]
  if (!step) return []
  const { from, to } = ENDS[step.transition]
  return remaining(loop).map(({ elementId, definition, participantId }) => {
    const { failed, message } = elementOf(loop, elementId)
    const participant = conceptText(participantId)
    const what = `element ${elementId} (${definition.name}) to go from ${from} to ${to} on ${participant}`
    const again = { what: `attempt ${step.attempt + 1}`, atMs: failed ? (step.retryMs ?? step.dueMs) : step.dueMs }
    return {
      for: failed
        ? `${what}, which failed: ${message}`
        : `${what} (start phase ${step.startPhase}, attempt ${step.attempt})`,
      kind: 'participant',
      on: `participant/${participant}`,
      sinceMs: step.startedAtMs,
      next: again,
    }
  })
}
