/**
 * A loop with its definition and participants, over a transport that loses, repeats and reorders, and participants that fail, fall
 * silent and forget everything. What happens is chosen from outside; `settle` makes an end of all trouble.
 */
import { conceptText, type Concept } from '../../../participants/protocol/concept.ts'
import { appliesTo, isInPerson } from '../../../participants/protocol/generation.ts'
import type { Order } from '../../../participants/protocol/conversation.ts'
import type { OrderedState } from '../../../participants/protocol/states.ts'
import { ALARM, CONTROL_LOOP_DEFINITION, PARTICIPANT } from '../../addresses.ts'
import type { LoopCommand } from '../protocol.ts'
import { LoopScene } from './loop-scene.ts'
import { elementIdOf, LOOP, participantOf, permitOf, type SampleElement, specOf, TYPE } from './sample-loop.ts'

interface ModelParticipant {
  readonly id: Concept
  /** Elements that it has, and where they are. */
  elements: Map<string, OrderedState>
  /** The first releases don't say what they answer, change all at once, and refuse what they have already. */
  readonly isOfFirstRelease: boolean
  isSilent: boolean
  failures: number
  /** How often it has arrived. */
  arrivals: number
}

export class LoopWorld {
  readonly scene = new LoopScene()
  readonly elements: readonly SampleElement[]
  readonly participants: ReadonlyMap<string, ModelParticipant>
  toParticipants: Order[] = []
  toLoop: LoopCommand[] = []
  /** Raised and not cleared, with what they say. */
  readonly alarms = new Map<string, string>()
  permits = 0

  constructor(elements: readonly SampleElement[], firstRelease: readonly string[] = []) {
    this.elements = elements
    const names = [...new Set(elements.map(({ participant }) => participant))]
    this.participants = new Map(
      names.map((name) => [
        name,
        {
          id: participantOf(name),
          elements: new Map<string, OrderedState>(),
          isOfFirstRelease: firstRelease.includes(name),
          isSilent: false,
          failures: 0,
          arrivals: 1,
        },
      ]),
    )
    this.say({ type: 'create', spec: specOf(elements) })
    this.say({ type: 'admission-answered' })
  }

  say(command: LoopCommand): void {
    this.scene.say(command)
    this.#collect()
  }

  order(state: OrderedState): void {
    this.say({ type: 'order', orderedState: state })
  }

  /** A message to participants arrives at all of them; `choice` picks which. */
  deliverOrder(choice: number, { twice = false } = {}): void {
    const [order] = this.toParticipants.splice(choice % Math.max(1, this.toParticipants.length), 1)
    if (!order) return
    if (twice) this.toParticipants.push(order)
    for (const participant of this.participants.values()) this.#receive(participant, order)
  }

  deliverToLoop(choice: number, { twice = false } = {}): void {
    const [command] = this.toLoop.splice(choice % Math.max(1, this.toLoop.length), 1)
    if (!command) return
    // What entities say to each other comes once.
    if (twice && command.type.startsWith('elements-')) this.toLoop.push(command)
    this.say(command)
  }

  /** Words of participants that wait come in one message; whatever else waits stays. */
  deliverTogether(): void {
    const words = this.toLoop.filter((command) => command.type === 'elements-changed')
    if (words.length === 0) return
    this.toLoop = this.toLoop.filter((command) => command.type !== 'elements-changed')
    this.say({ type: 'several-changed', words })
  }

  loseOrder(choice: number): void {
    this.toParticipants.splice(choice % Math.max(1, this.toParticipants.length), 1)
  }

  loseAnswer(choice: number): void {
    const index = choice % Math.max(1, this.toLoop.length)
    // What entities say to each other isn't lost.
    if (this.toLoop[index]?.type === 'elements-changed') this.toLoop.splice(index, 1)
  }

  /** The participant forgets all it had; the loop hears of it when it is up again. */
  restart(name: string): void {
    const participant = this.participants.get(name)
    if (!participant) return
    participant.elements = new Map()
    participant.arrivals++
    this.#returned(participant)
  }

  /** The loop hears once more of an arrival that it has heard of. */
  returnAgain(name: string): void {
    const participant = this.participants.get(name)
    if (participant) this.#returned(participant)
  }

  fireTimer(): void {
    this.scene.fireNext()
    this.#collect()
  }

  /** It tells how its elements are, truly. */
  report(name: string): void {
    const participant = this.participants.get(name)
    if (!participant || participant.elements.size === 0) return
    const atMs = this.scene.atMs
    this.toLoop.push({
      type: 'elements-reported',
      participantId: participant.id,
      sentAtMs: atMs,
      elements: [...participant.elements].map(([elementId, state]) => ({ elementId, atMs, state, upTimeMs: 0 })),
    })
  }

  /** No more trouble: everything is delivered, timers fire in turn, until nothing is left to happen (or `turns` are over). */
  settle({ turns = 400 } = {}): void {
    for (let turn = 0; turn < turns; turn++) {
      if (this.toParticipants.length > 0) this.deliverOrder(0)
      else if (this.toLoop.length > 0) this.deliverToLoop(0)
      else if (this.scene.fireNext()) this.#collect()
      else return
    }
  }

  stateAt(index: number): OrderedState {
    const element = this.elements[index]
    return this.participants.get(element?.participant ?? '')?.elements.get(elementIdOf(index)) ?? 'UNINITIALISED'
  }

  #collect(): void {
    this.toParticipants.push(...this.scene.takeOrders())
    for (const { message } of this.scene.takeTold(CONTROL_LOOP_DEFINITION)) {
      if (message.type === 'permit') {
        this.permits++
        const arrivals = [...this.participants.values()].map(({ id, arrivals: count }) => [conceptText(id), count])
        this.toLoop.push(permitOf(this.elements, undefined, Object.fromEntries(arrivals) as Record<string, number>))
      }
      if (message.type === 'release') this.permits--
    }
    for (const { id } of this.scene.takeTold(PARTICIPANT)) this.report(id.split(':')[0] ?? '')
    for (const { id, message } of this.scene.takeTold(ALARM)) {
      if (message.type === 'clear') this.alarms.delete(id)
      else this.alarms.set(id, (message as { alarm?: { specificProblem?: string } }).alarm?.specificProblem ?? '')
    }
  }

  #returned({ id: participantId, arrivals: arrival }: ModelParticipant): void {
    this.toLoop.push({ type: 'participant-returned', participantId, arrival })
  }

  #receive(participant: ModelParticipant, order: Order): void {
    if (participant.isSilent || !appliesTo(order.to, { participantType: TYPE, participantId: participant.id })) return
    if (order.type === 'instantiate') {
      const own = order.participants.find(
        ({ participantId }) => conceptText(participantId) === conceptText(participant.id),
      )
      if (!own) return
      if (participant.isOfFirstRelease && own.elements.every(({ elementId }) => participant.elements.has(elementId))) {
        this.#answer(participant, order.messageId, [], { isKnownAlready: true })
        return
      }
      for (const { elementId } of own.elements) {
        // Asked to instantiate what runs already, it has nothing to do.
        const isRunning = participant.elements.get(elementId) === 'RUNNING'
        this.#bring(participant, order.messageId, elementId, isRunning ? 'RUNNING' : 'PASSIVE')
      }
    } else if (order.type === 'change-state') {
      const { startPhase, orderedState, to } = order
      const before = this.toLoop.length
      for (const [index, { participant: name, phase }] of this.elements.entries()) {
        const elementId = elementIdOf(index)
        if (name !== participant.id.name) continue
        if (startPhase !== undefined && startPhase !== phase && !participant.isOfFirstRelease) continue
        if (participant.elements.has(elementId)) this.#bring(participant, order.messageId, elementId, orderedState)
      }
      // Of a loop that it doesn't know, it has nothing left: whom else than itself it may be about it can't say.
      const isUnknown = this.toLoop.length === before && orderedState === 'UNINITIALISED'
      const identity = { participantType: TYPE, participantId: participant.id }
      if (isUnknown && !participant.isOfFirstRelease && isInPerson(to, identity))
        this.#answer(participant, order.messageId, [])
    }
  }

  #bring(participant: ModelParticipant, messageId: string, elementId: string, to: OrderedState): void {
    const from = participant.elements.get(elementId) ?? 'UNINITIALISED'
    if (participant.failures > 0) {
      participant.failures--
      this.#answer(participant, messageId, [{ elementId, state: from, ok: false, message: 'it does not work' }])
      return
    }
    if (to === 'UNINITIALISED') participant.elements.delete(elementId)
    else participant.elements.set(elementId, to)
    this.#answer(participant, messageId, [{ elementId, state: to, ok: true, message: 'done' }])
  }

  #answer(
    participant: ModelParticipant,
    messageId: string,
    results: Extract<LoopCommand, { type: 'elements-changed' }>['results'],
    { isKnownAlready = false } = {},
  ): void {
    this.toLoop.push({
      type: 'elements-changed',
      participantId: participant.id,
      ...(participant.isOfFirstRelease ? {} : { responseTo: messageId }),
      isKnownAlready,
      ok: !isKnownAlready,
      message: isKnownAlready ? `${conceptText(LOOP)} already defined` : '',
      results,
    })
  }
}
