/** What is said to a participant, as messages of the generation that it speaks. */
import { type Concept, conceptText } from '../../participants/protocol/concept.ts'
import type { Order } from '../../participants/protocol/conversation.ts'
import { GENERATIONS } from '../../participants/protocol/generation.ts'
import type { Effect } from '../../runtime/entity.ts'
import type { GenerationName, ParticipantState } from './protocol.ts'

export interface ParticipantTopic {
  readonly participantTopic: string
}

/** Without those that whoever publishes it knows: who is meant, when it is sent, and which message it is. */
export type Saying = Order extends infer Each
  ? Each extends Order
    ? Omit<Each, 'to' | 'atMs' | 'messageId'>
    : never
  : never

export interface Envelope {
  readonly messageId: string
  readonly atMs: number
}

interface Receiver {
  readonly id: Concept
  readonly participantType: Concept
  readonly generation: GenerationName
}

/** To this participant, and no other. Keyed by it, so that it hears things in the order in which they are said. */
export const sayTo = (
  { id, participantType, generation }: Receiver,
  saying: Saying,
  envelope: Envelope,
  { participantTopic }: ParticipantTopic,
): readonly Effect[] => {
  const order: Order = { ...saying, ...envelope, to: { participantType, participantId: id } }
  return GENERATIONS[generation].encodeOrder(order).map((message) => ({
    type: 'publish',
    topic: participantTopic,
    key: conceptText(id),
    message,
    encoding: 'json',
  }))
}

/** The same, if it was ever heard of. */
export const say = (
  { id, participantType, generation }: ParticipantState,
  saying: Saying,
  envelope: Envelope,
  topic: ParticipantTopic,
): readonly Effect[] => (participantType ? sayTo({ id, participantType, generation }, saying, envelope, topic) : [])
