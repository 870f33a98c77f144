/** Control loops as the runtime API shows them: with what is under way, and why it doesn't get on. */
import { z } from 'zod'
import { elementOf, factsOf } from '../../../actors/control-loop/next-step.ts'
import type { LoopState } from '../../../actors/control-loop/protocol.ts'
import { orderable } from '../../../actors/control-loop/transition-table.ts'
import type { ParticipantState } from '../../../actors/participant/protocol.ts'
import { concept, conceptOf, conceptText } from '../../../participants/protocol/concept.ts'
import { properties } from '../../../participants/protocol/conversation.ts'
import {
  healthStatus,
  loopState,
  orderedState,
  participantState,
  TRANSITIONS,
} from '../../../participants/protocol/states.ts'
import type { ListRow } from '../../../runtime/ports.ts'
import { timeText } from '../../routes.ts'
import { elementStateOf, isPrimed } from '../loop-view.ts'
import type { PlannedStep } from './plan-preview.ts'

export const loopSummary = z
  .object({ ...concept.shape, definition: concept, state: loopState, orderedState, createdAt: z.string() })
  .meta({ id: 'ControlLoopSummary' })

export const viewSummary = ({ fields }: ListRow): z.infer<typeof loopSummary> => ({
  name: fields['name'] ?? '',
  version: fields['version'] ?? '',
  definition: conceptOf(fields['definition'] ?? ''),
  state: loopState.parse(fields['state']),
  orderedState: orderedState.parse(fields['orderedState']),
  createdAt: fields['createdTime'] ?? '',
})

const element = z.object({
  id: z.string(),
  definition: concept,
  participantType: concept,
  participantId: concept,
  description: z.string(),
  properties,
  startPhase: z.number().int().exactOptional().meta({ description: 'known while the loop is with its participants' }),
  state: loopState,
  changedAt: z.string().exactOptional(),
  message: z.string().meta({ description: 'what its participant said last' }),
  failed: z.boolean().meta({ description: 'what was ordered last couldn’t be done' }),
})

const stepView = z.object({
  transition: z.enum(TRANSITIONS),
  startPhase: z.number().int(),
  elements: z.array(z.string()),
  startedAt: z.string(),
  attempt: z.number().int(),
  attemptedAt: z.string(),
  dueAt: z.string().meta({ description: 'when those that haven’t answered are asked again' }),
  retryAt: z.string().exactOptional().meta({ description: 'when those that have failed are asked again' }),
})

export const loopDetails = z
  .object({
    ...concept.shape,
    definition: concept,
    description: z.string(),
    state: loopState,
    since: z.string(),
    orderedState,
    orderedAt: z.string().exactOptional(),
    createdAt: z.string(),
    primed: z.boolean(),
    orderable: z.array(orderedState).meta({ description: 'what can be ordered now' }),
    elements: z.array(element),
    step: stepView.exactOptional().meta({ description: 'what is under way' }),
    permitMissing: z
      .object({ reason: z.string(), since: z.string(), askAgainAt: z.string() })
      .exactOptional()
      .meta({ description: 'why its definition doesn’t let it go to its participants yet' }),
    alarm: z.object({ id: z.string(), raisedAt: z.string(), problem: z.string() }).exactOptional(),
    ignored: z
      .record(z.string(), z.number())
      .meta({ description: 'messages of participants that changed nothing, by the reason' }),
  })
  .meta({ id: 'ControlLoopDetails' })

const viewStep = (step: NonNullable<LoopState['step']>): z.infer<typeof stepView> => ({
  transition: step.transition,
  startPhase: step.startPhase,
  elements: step.elementIds,
  startedAt: timeText(step.startedAtMs),
  attempt: step.attempt,
  attemptedAt: timeText(step.attemptedAtMs),
  dueAt: timeText(step.dueMs),
  ...(step.retryMs === null ? {} : { retryAt: timeText(step.retryMs) }),
})

export const viewDetails = (loop: LoopState): z.infer<typeof loopDetails> => {
  const { id, spec, step, permitMissing, alarm } = loop
  return {
    ...id,
    definition: spec?.definition ?? id,
    description: spec?.description ?? '',
    state: loop.state,
    since: timeText(loop.sinceMs),
    orderedState: loop.orderedState,
    ...(loop.orderedAtMs === 0 ? {} : { orderedAt: timeText(loop.orderedAtMs) }),
    createdAt: timeText(loop.createdAtMs),
    primed: isPrimed(loop),
    orderable: [...orderable(loop)],
    elements: (spec?.elements ?? []).map(({ elementId, ...wanted }) => {
      const known = elementOf(loop, elementId)
      const facts = factsOf(loop, { elementId, ...wanted })
      return {
        id: elementId,
        ...wanted,
        ...(facts ? { startPhase: facts.startPhase } : {}),
        state: elementStateOf(loop, elementId),
        ...(known.changedAtMs === 0 ? {} : { changedAt: timeText(known.changedAtMs) }),
        message: known.message,
        failed: known.failed,
      }
    }),
    ...(step ? { step: viewStep(step) } : {}),
    ...(permitMissing
      ? {
          permitMissing: {
            reason: permitMissing.reason,
            since: timeText(permitMissing.sinceMs),
            askAgainAt: timeText(permitMissing.askAgainMs),
          },
        }
      : {}),
    ...(alarm ? { alarm: { id: alarm.id, raisedAt: timeText(alarm.raisedAtMs), problem: alarm.problem } } : {}),
    ignored: loop.ignored,
  }
}

export const plan = z
  .object({
    from: loopState,
    orderedState,
    steps: z.array(
      z.object({
        transition: z.enum(TRANSITIONS),
        startPhase: z.number().int(),
        timeoutMs: z.number().meta({ description: 'how long participants may take before they are asked again' }),
        participants: z.array(
          z.object({ participantId: concept, elements: z.array(z.object({ id: z.string(), definition: concept })) }),
        ),
      }),
    ),
    obstacles: z.array(z.string()).meta({ description: 'what stands against it now' }),
  })
  .meta({ id: 'ControlLoopPlan' })

export const viewPlan = (
  loop: LoopState,
  ordered: z.infer<typeof orderedState>,
  steps: readonly PlannedStep[],
  obstacles: readonly string[],
): z.infer<typeof plan> => {
  const definitions = new Map(loop.spec?.elements.map(({ elementId, definition }) => [elementId, definition]))
  return {
    from: loop.state,
    orderedState: ordered,
    steps: steps.map((step) => ({
      ...step,
      participants: step.participants.map(({ participantId, elementIds }) => ({
        participantId,
        elements: elementIds.flatMap((id) => {
          const definition = definitions.get(id)
          return definition ? [{ id, definition }] : []
        }),
      })),
    })),
    obstacles: [...obstacles],
  }
}

/** How a participant is, beside what is waited for. */
export const participantHealth = z
  .object({
    ...concept.shape,
    registration: z.string(),
    state: participantState,
    healthStatus,
    lastHeardAt: z.string().exactOptional(),
    offLineSince: z.string().exactOptional().meta({ description: 'since when it counts as OFF_LINE' }),
  })
  .meta({ id: 'ParticipantHealth' })

/** @param offLineSinceMs when the alarm was raised that says so */
export const viewHealth = (
  participant: ParticipantState,
  offLineSinceMs: number | undefined,
): z.infer<typeof participantHealth> => {
  const { id, registration, state, healthStatus: health, lastHeardMs, deregisteredAtMs } = participant
  const sinceMs = registration === 'Deregistered' ? deregisteredAtMs : offLineSinceMs
  return {
    ...id,
    registration,
    state,
    healthStatus: health,
    ...(lastHeardMs === 0 ? {} : { lastHeardAt: timeText(lastHeardMs) }),
    ...(health === 'OFF_LINE' && sinceMs !== undefined ? { offLineSince: timeText(sinceMs) } : {}),
  }
}

export const unknownHealth = (participant: string): z.infer<typeof participantHealth> => ({
  ...conceptOf(participant),
  registration: 'Unknown',
  state: 'UNKNOWN',
  healthStatus: 'UNKNOWN',
})

export const participantTexts = (loop: LoopState): readonly string[] => [
  ...new Set(loop.spec?.elements.map(({ participantId }) => conceptText(participantId))),
]
