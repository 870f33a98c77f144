/** A generation of the protocol: how the neutral conversation is written on the topic, and read from it. */
import type { ParticipantIdentity } from './addressee.ts'
import type { Order, Report } from './conversation.ts'

/** A JSON object, as it travels. */
export type WireMessage = Readonly<Record<string, unknown>>

export type Decoded<Message> =
  | { readonly kind: 'message'; readonly message: Message }
  /** Not for this side: the topic carries both directions, and messages of other generations. */
  | { readonly kind: 'foreign' }
  /** `problem` names the place in the message and what is wrong there, never a value. */
  | { readonly kind: 'malformed'; readonly problem: string }

export interface Generation {
  readonly name: 'istanbul'
  /** In the order in which they are to be sent. */
  encodeOrder(order: Order): readonly WireMessage[]
  /** @param atMs when it is sent; for reports that hold no time of their own */
  encodeReport(report: Report, atMs?: number): WireMessage
  /**
   * Never throws. A message of the original may define elements for several types of participants at once: with a
   * reader, only what concerns it is given (`foreign` if there is nothing); without, the first type's.
   */
  decodeOrder(value: unknown, reader?: ParticipantIdentity): Decoded<Order>
  /** Never throws. */
  decodeReport(value: unknown): Decoded<Report>
}
