/** Given these events, when this command comes, then these are the events, effects and the reply. */
import { contextOf } from '../../../runtime/context.ts'
import type { AnyEntityDefinition, Decision, Effect, Rejection, Tagged } from '../../../runtime/entity.ts'

export interface Outcome {
  readonly events: readonly Tagged[]
  /** Those of the decision, then those that follow from each event. */
  readonly effects: readonly Effect[]
  readonly reply: unknown
  readonly reject: Rejection | undefined
  readonly state: unknown
}

export const given =
  (definition: AnyEntityDefinition, id: string, events: readonly Tagged[] = []) =>
  (command: Tagged, atMs = 1_000, sender = 'test'): Outcome => {
    const before: unknown = events.reduce<unknown>(
      (state, event) => definition.evolve(state, event) as unknown,
      definition.initial(id),
    )
    const self = { kind: definition.kind, id }
    const context = contextOf(
      { to: self, origin: 'test', position: [events.length, 0], atMs, sender, trace: '', body: command },
      self,
      definition.placement?.(id) ?? 0,
    )
    const decision = definition.decide(before, definition.command.parse(command), context) as Decision<Tagged>
    if (decision.reject) return { events: [], effects: [], reply: undefined, reject: decision.reject, state: before }
    const effects: Effect[] = [...(decision.effects ?? [])]
    let state = before
    for (const event of decision.events) {
      state = definition.evolve(state, definition.event.parse(event)) as unknown
      effects.push(...definition.react(state, event, context))
    }
    return { events: decision.events, effects, reply: decision.reply, reject: undefined, state }
  }

/** What is said to entities of this kind. */
export const told = (effects: readonly Effect[], kind: string): readonly Tagged[] =>
  effects.flatMap((effect) => (effect.type === 'tell' && effect.to.kind === kind ? [effect.message] : []))

export const timersSet = (effects: readonly Effect[]): readonly { name: string; dueMs: number }[] =>
  effects.flatMap((effect) => (effect.type === 'set-timer' ? [{ name: effect.name, dueMs: effect.dueMs }] : []))

export const published = (effects: readonly Effect[], topic: string): readonly unknown[] =>
  effects.flatMap((effect) => (effect.type === 'publish' && effect.topic === topic ? [effect.message] : []))
