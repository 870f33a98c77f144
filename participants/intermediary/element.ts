/** An element that a participant carries: what it is told of it, what it told, and what was really done. */
import type { Concept } from '../protocol/concept.ts'
import type { ElementDefinition } from '../protocol/conversation.ts'
import type { LoopState, OrderedState } from '../protocol/states.ts'
import type { ElementData } from './element-data.ts'
import type { Work } from './work.ts'

/** How far the listener has come, in the live or in the test environment. SAFE changes neither. */
export interface Environment {
  state: OrderedState
  /** Something may be there: an `instantiate` was tried, and nothing has been uninstantiated since. */
  isTouched: boolean
  /** With what it was instantiated. `undefined`: nothing is there, or nobody knows what, for an `instantiate` has failed. */
  appliedData: ElementData | undefined
}

export interface LoopEntry {
  readonly loop: Concept
  readonly key: string
  readonly elements: Map<string, Element>
}

export interface Element {
  readonly entry: LoopEntry
  readonly elementId: string
  data: ElementData
  /** What is reported. */
  state: LoopState
  /** What was ordered last. */
  ordered: OrderedState
  /** Captured when it is first needed: the element outlives a decommissioned definition. */
  definition: ElementDefinition | undefined
  /** Since when it is more than UNINITIALISED. */
  upSinceMs: number | undefined
  readonly live: Environment
  readonly test: Environment
  /** Under way, and to be done afterwards. */
  current: Work | undefined
  next: Work | undefined
}

export const newElement = (entry: LoopEntry, data: ElementData): Element => ({
  entry,
  elementId: data.order.elementId,
  data,
  state: 'UNINITIALISED',
  ordered: 'UNINITIALISED',
  definition: undefined,
  upSinceMs: undefined,
  live: { state: 'UNINITIALISED', isTouched: false, appliedData: undefined },
  test: { state: 'UNINITIALISED', isTouched: false, appliedData: undefined },
  current: undefined,
  next: undefined,
})

/** Nothing of it is left anywhere, and nothing is to be done. */
export const isGone = ({ state, live, test, current, next }: Element): boolean =>
  state === 'UNINITIALISED' && !live.isTouched && !test.isTouched && !current && !next
