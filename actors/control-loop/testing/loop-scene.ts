/** A loop alone, with whom it speaks in the test's hand: what it says is read as participants read it. */
import { GENERATIONS } from '../../../participants/protocol/generation.ts'
import type { Order } from '../../../participants/protocol/conversation.ts'
import type { Context, Effect, Rejection } from '../../../runtime/entity.ts'
import { controlLoopRef } from '../../addresses.ts'
import { DEFAULT_ACTORS_CONFIG } from '../../config.ts'
import { controlLoopEntity } from '../entity.ts'
import type { LoopCommand, LoopEvent, LoopState } from '../protocol.ts'
import { LOOP } from './sample-loop.ts'

const definition = controlLoopEntity(DEFAULT_ACTORS_CONFIG)

export class LoopScene {
  state: LoopState = definition.initial(controlLoopRef(LOOP).id)
  atMs = 1_000_000
  readonly events: LoopEvent[] = []
  /** Since they were last taken. */
  effects: Effect[] = []
  readonly timers = new Map<string, { readonly dueMs: number; readonly message: LoopCommand }>()
  rejection: Rejection | undefined
  #ids = 0

  say(command: LoopCommand): this {
    const context = this.#context()
    // As it would be read from the log.
    const decision = definition.decide(this.state, definition.command.parse(command), context)
    this.rejection = decision.reject
    const effects: Effect[] = [...(decision.effects ?? [])]
    for (const event of decision.events ?? []) {
      this.state = definition.state.parse(definition.evolve(this.state, definition.event.parse(event)))
      this.events.push(event)
      effects.push(...definition.react(this.state, event, context))
    }
    for (const effect of effects) this.#apply(effect)
    return this
  }

  later(ms: number): this {
    this.atMs += ms
    return this
  }

  /** Lets the earliest timer fire, at its time. False: none is set. */
  fireNext(): boolean {
    const [next] = [...this.timers].filter(([name]) => name !== 'forget').sort(([, a], [, b]) => a.dueMs - b.dueMs)
    if (!next) return false
    const [name, { dueMs, message }] = next
    this.timers.delete(name)
    this.atMs = Math.max(this.atMs, dueMs)
    this.say(message)
    return true
  }

  /** Orders to participants since they were last taken. */
  takeOrders(): Order[] {
    const orders = this.effects.flatMap((effect): Order[] => {
      if (effect.type !== 'publish' || effect.topic !== DEFAULT_ACTORS_CONFIG.participantTopic) return []
      const decoded = GENERATIONS.istanbul.decodeOrder(JSON.parse(JSON.stringify(effect.message)))
      if (decoded.kind !== 'message') throw new Error(`a message that nobody understands: ${JSON.stringify(decoded)}`)
      return [decoded.message]
    })
    this.effects = this.effects.filter(({ type }) => type !== 'publish')
    return orders
  }

  /** What was told to entities of a kind, and takes it. */
  takeTold(kind: string): { readonly id: string; readonly message: { readonly type: string } }[] {
    const told = this.effects.filter((effect) => effect.type === 'tell' && effect.to.kind === kind)
    this.effects = this.effects.filter((effect) => !told.includes(effect))
    return told.flatMap((effect) => (effect.type === 'tell' ? [{ id: effect.to.id, message: effect.message }] : []))
  }

  waiting(): readonly string[] {
    return (definition.waiting?.(this.state) ?? []).map((waiting) => waiting.for)
  }

  #context(): Context {
    return {
      self: controlLoopRef(LOOP),
      nowMs: this.atMs,
      messageId: `m${this.#ids}`,
      sender: 'test',
      trace: '',
      newId: () => `00000000-0000-8000-a000-${String(++this.#ids).padStart(12, '0')}`,
      random: () => 0.5,
    }
  }

  #apply(effect: Effect): void {
    if (effect.type === 'set-timer')
      this.timers.set(effect.name, { dueMs: effect.dueMs, message: effect.message as LoopCommand })
    else if (effect.type === 'cancel-timer') this.timers.delete(effect.name)
    else this.effects.push(effect)
  }
}
