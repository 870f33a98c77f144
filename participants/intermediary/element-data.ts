import type { ElementOrder } from '../protocol/conversation.ts'

/** What an `instantiate` says of an element. */
export interface ElementData {
  readonly order: ElementOrder
  readonly startPhase: number
}
