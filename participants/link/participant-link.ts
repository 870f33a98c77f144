/** How a participant's messages travel, whatever carries them. A link belongs to one participant, which closes it. */
import type { Concept } from '../protocol/concept.ts'
import type { Order, Report } from '../protocol/conversation.ts'

export interface ParticipantLink {
  /**
   * Resolves when the report is where it can't be lost any more.
   * @throws {RuntimeFault} `overloaded` (too much waits), `limit-exceeded` or `invalid-message` (it can never be sent), `closed`, or
   * another; `isHopeless` says which are not worth trying again
   */
  send(report: Report): Promise<void>
  /**
   * From now on `receive` gets the orders that may concern the participant, in the order in which they were sent for each loop;
   * some twice, some that turn out not to concern it. It must not throw. Once per link.
   * @param holds whether the participant has something of a loop, or had it not long ago
   */
  subscribe(receive: (order: Order) => void, holds: (loop: Concept) => boolean): void
  stats(): LinkStats
  /** Sends what still waits, within a bounded time. Nothing is received afterwards. */
  close(): Promise<void>
}

export interface LinkStats {
  /** Orders handed to the participant. */
  readonly received: number
  /** Records of the topic that were not for participants. */
  readonly foreign: number
  /** Records that can't be read, or say something impossible. */
  readonly malformed: number
  /** Orders that were dropped because too many waited. */
  readonly dropped: number
  /** Reports handed over and not yet where they can't be lost. */
  readonly waiting: number
}
