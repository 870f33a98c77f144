/** Participants that do at once whatever they are ordered: they read their topic and answer their entities directly. */
import { controlLoopRef, participantRef } from '../../../actors/addresses.ts'
import type { LoopCommand } from '../../../actors/control-loop/protocol.ts'
import type { ParticipantCommand } from '../../../actors/participant/protocol.ts'
import { type Concept, conceptText, isSameConcept } from '../../../participants/protocol/concept.ts'
import type { Order } from '../../../participants/protocol/conversation.ts'
import { PARTICIPANT_TOPIC } from '../../../participants/protocol/generation.ts'
import { istanbul } from '../../../participants/protocol/istanbul.ts'
import type { RuntimeClient } from '../../../runtime/client.ts'
import type { Log } from '../../../runtime/ports.ts'

interface Carried {
  readonly loop: Concept
  readonly elementId: string
}

export interface AnsweringParticipants {
  /** While true, orders of loops are not answered. */
  hold: boolean
  /** All orders, as they came. */
  readonly orders: readonly Order[]
  register(id: Concept, type: Concept): Promise<void>
  deregister(id: Concept, type: Concept): Promise<void>
  stop(): void
}

export const answeringParticipants = (log: Log, client: RuntimeClient): AnsweringParticipants => {
  const types = new Map<string, { readonly id: Concept; readonly type: Concept; readonly elements: Carried[] }>()
  const orders: Order[] = []
  const reader = log.read(PARTICIPANT_TOPIC, 0, 0)
  let messages = 0
  const toParticipant = (id: Concept, message: ParticipantCommand) =>
    client.tell(participantRef(id), message, { sender: `participant/${conceptText(id)}` })
  const changed = (
    id: Concept,
    loop: Concept,
    responseTo: string,
    state: Extract<Order, { type: 'change-state' }>['orderedState'],
    ids: readonly string[],
  ) => {
    const results = ids.map((elementId) => ({ elementId, state, ok: true, message: 'done' }))
    const message: LoopCommand = {
      type: 'elements-changed',
      participantId: id,
      responseTo,
      isKnownAlready: false,
      ok: true,
      message: 'done',
      results,
    }
    return client.tell(controlLoopRef(loop), message, { sender: `participant/${conceptText(id)}` })
  }

  const answer = async (order: Order): Promise<void> => {
    for (const one of types.values()) {
      const { participantId, participantType } = order.to
      if (participantType && !isSameConcept(participantType, one.type)) continue
      if (participantId && !isSameConcept(participantId, one.id)) continue
      if (order.type === 'define' || order.type === 'undefine')
        await toParticipant(one.id, {
          type: 'definitions-known',
          responseTo: order.messageId,
          ok: true,
          message: '',
          state: 'ACTIVE',
        })
      if (order.type === 'instantiate') {
        const own = order.participants.filter((each) => isSameConcept(each.participantId, one.id))
        const ids = own.flatMap(({ elements }) => elements.map(({ elementId }) => elementId))
        one.elements.push(...ids.map((elementId) => ({ loop: order.loop, elementId })))
        if (ids.length > 0 && !made.hold) await changed(one.id, order.loop, order.messageId, 'PASSIVE', ids)
      }
      if (order.type === 'change-state' && !made.hold) {
        const ids = one.elements.filter(({ loop }) => isSameConcept(loop, order.loop)).map(({ elementId }) => elementId)
        await changed(one.id, order.loop, order.messageId, order.orderedState, ids)
      }
    }
  }
  const work = async (): Promise<void> => {
    for (let records = await reader.next(100); records.length > 0; records = await reader.next(100))
      for (const { value } of records) {
        const decoded = istanbul.decodeOrder(JSON.parse(new TextDecoder().decode(value)))
        if (decoded.kind !== 'message') continue
        orders.push(decoded.message)
        await answer(decoded.message)
      }
  }
  void work().catch(() => undefined)
  const made: AnsweringParticipants = {
    hold: false,
    orders,
    register: async (id, type) => {
      types.set(conceptText(id), { id, type, elements: [] })
      const from = { participantType: type, generation: 'istanbul' } as const
      await toParticipant(id, { ...from, type: 'register', messageId: `register-${++messages}` })
      const health = { state: 'ACTIVE', healthStatus: 'HEALTHY' } as const
      await toParticipant(id, { ...from, ...health, type: 'status-reported', sentAtMs: Date.now() })
    },
    deregister: (id, type) => {
      types.delete(conceptText(id))
      const messageId = `deregister-${++messages}`
      return toParticipant(id, { type: 'deregister', participantType: type, generation: 'istanbul', messageId })
    },
    stop: () => reader.close(),
  }
  return made
}
