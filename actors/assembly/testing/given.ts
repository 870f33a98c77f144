/** Given these events, when this command comes, then these are the events, effects and the reply. */
import { contextOf } from '../../../runtime/context.ts'
import type { Effect, EntityDefinition, Rejection, Tagged } from '../../../runtime/entity.ts'

export interface Outcome<State, Event> {
  readonly events: readonly Event[]
  /** Those of the decision, then those that follow from each event. */
  readonly effects: readonly Effect[]
  readonly reply: unknown
  readonly reject: Rejection | undefined
  readonly state: State
}

export const given =
  <State, Command extends Tagged, Event extends Tagged>(
    definition: EntityDefinition<State, Command, Event>,
    id: string,
    events: readonly Event[] = [],
  ) =>
  (command: Command, atMs = 1_000, sender = 'test'): Outcome<State, Event> => {
    let state = events.reduce((folded, event) => definition.evolve(folded, event), definition.initial(id))
    const self = { kind: definition.kind, id }
    const context = contextOf(
      { to: self, origin: 'test', position: [events.length, 0], atMs, sender, trace: '', body: command },
      self,
      definition.placement?.(id) ?? 0,
    )
    const decision = definition.decide(state, definition.command.parse(command), context)
    if (decision.reject) return { events: [], effects: [], reply: undefined, reject: decision.reject, state }
    const effects: Effect[] = [...(decision.effects ?? [])]
    for (const event of decision.events) {
      state = definition.evolve(state, definition.event.parse(event))
      effects.push(...definition.react(state, event, context))
    }
    return { events: decision.events, effects, reply: decision.reply, reject: undefined, state }
  }

/** All that has happened once these were said, one after the other. */
export const eventsAfter = <State, Command extends Tagged, Event extends Tagged>(
  definition: EntityDefinition<State, Command, Event>,
  id: string,
  first: readonly Event[],
  said: readonly (readonly [command: Command, atMs: number])[],
): Event[] => {
  const events = [...first]
  for (const [command, atMs] of said) events.push(...given(definition, id, events)(command, atMs).events)
  return events
}

/** What is said to entities of this kind. */
export const told = (effects: readonly Effect[], kind: string): readonly Tagged[] =>
  effects.flatMap((effect) => (effect.type === 'tell' && effect.to.kind === kind ? [effect.message] : []))

export const timersSet = (effects: readonly Effect[]): readonly { name: string; dueMs: number }[] =>
  effects.flatMap((effect) => (effect.type === 'set-timer' ? [{ name: effect.name, dueMs: effect.dueMs }] : []))

export const published = (effects: readonly Effect[], topic: string): readonly unknown[] =>
  effects.flatMap((effect) => (effect.type === 'publish' && effect.topic === topic ? [effect.message] : []))
