/** What a loop's history says: whether it is whole, which orders it has taken, and what it has sent because of each. */
import { isDeepStrictEqual } from 'node:util'
import { evolve, initial } from '../../../actors/control-loop/evolution.ts'
import type { LoopEvent, LoopState } from '../../../actors/control-loop/protocol.ts'
import { ENDS } from '../../../actors/control-loop/transition-table.ts'
import { conceptText, type Concept } from '../../../participants/protocol/concept.ts'
import type { OrderedState } from '../../../participants/protocol/states.ts'
import type { EntityView, HistoryEvent } from '../../../runtime/client.ts'

/** An order to participants, with what it follows from. */
export interface Cause {
  /** What was ordered of the loop, and under which id. */
  readonly orderedState: OrderedState
  readonly key: string
  /** Where elements were sent. */
  readonly to: OrderedState
  readonly elementIds: readonly string[]
}

export interface LoopHistory {
  /** What can't be, in words. */
  readonly violations: readonly string[]
  /** The ids of the orders that it took, in their order. */
  readonly taken: readonly string[]
  /** By the id of the message. */
  readonly causes: ReadonlyMap<string, Cause>
}

/** @param events all of them, oldest first */
export const readLoopHistory = (
  id: Concept,
  events: readonly HistoryEvent[],
  stored: EntityView<LoopState>,
): LoopHistory => {
  const title = `control loop ${conceptText(id)}`
  const violations: string[] = []
  const taken: string[] = []
  const causes = new Map<string, Cause>()
  let state = initial(conceptText(id))
  for (const [index, { version, event: told, cause }] of events.entries()) {
    if (version !== index + 1) violations.push(`${title}: event ${version} of its history stands at ${index + 1}`)
    const event = told as LoopEvent
    state = evolve(state, event)
    if (event.type === 'ordered') taken.push(cause.trace)
    if ((event.type !== 'step-started' && event.type !== 'sent-again') || !state.step) continue
    const { to } = ENDS[state.step.transition]
    for (const { messageId, elementIds } of event.sendings) {
      if (causes.has(messageId)) violations.push(`${title} has sent ${messageId} twice`)
      causes.set(messageId, { orderedState: state.orderedState, key: taken.at(-1) ?? '', to, elementIds })
    }
  }
  if (events.length !== stored.version)
    violations.push(`${title} has ${events.length} events, and stands at ${stored.version}`)
  else if (!isDeepStrictEqual(state, stored.state))
    violations.push(
      `${title}: what follows from its history isn't what is stored: ${JSON.stringify(state)} ${JSON.stringify(stored.state)}`,
    )
  return { violations, taken, causes }
}
