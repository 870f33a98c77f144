/**
 * Which state may be ordered where. The rows are those of ONAP's first release, and two more things are allowed, so that no state
 * is without a way out: a transition can be turned back, and one that is stuck can be ordered on.
 */
import {
  ORDERED_STATES,
  type LoopState,
  type OrderedState,
  type Transition,
} from '../../participants/protocol/states.ts'

interface Ends {
  readonly from: OrderedState
  readonly to: OrderedState
}

export const ENDS: Readonly<Record<Transition, Ends>> = {
  UNINITIALISED2PASSIVE: { from: 'UNINITIALISED', to: 'PASSIVE' },
  PASSIVE2RUNNING: { from: 'PASSIVE', to: 'RUNNING' },
  RUNNING2PASSIVE: { from: 'RUNNING', to: 'PASSIVE' },
  PASSIVE2UNINITIALISED: { from: 'PASSIVE', to: 'UNINITIALISED' },
}

/** How far up: 0, 1, 2. */
export const levelOf = (state: OrderedState): number => ORDERED_STATES.indexOf(state)

export const isOrderedState = (state: LoopState): state is OrderedState => ORDERED_STATES.some((each) => each === state)

export const isUpward = (transition: Transition): boolean =>
  levelOf(ENDS[transition].to) > levelOf(ENDS[transition].from)

/** Whether an order leads up from where the loop is, or may be: only then its participants must be there to be given something. */
export const leadsUp = (state: LoopState, ordered: OrderedState): boolean => {
  const lowest = isOrderedState(state) ? levelOf(state) : Math.min(levelOf(ENDS[state].from), levelOf(ENDS[state].to))
  return levelOf(ordered) > lowest
}

/** What may be ordered in a state, and `stuck`: not while it is on its way there as ordered, and getting on. */
const ALLOWED: Readonly<Record<LoopState, Readonly<Partial<Record<OrderedState, 'always' | 'stuck'>>>>> = {
  UNINITIALISED: { PASSIVE: 'always' },
  UNINITIALISED2PASSIVE: { UNINITIALISED: 'always', PASSIVE: 'stuck' },
  PASSIVE: { UNINITIALISED: 'always', RUNNING: 'always' },
  PASSIVE2RUNNING: { PASSIVE: 'always', RUNNING: 'stuck' },
  RUNNING: { PASSIVE: 'always' },
  RUNNING2PASSIVE: { RUNNING: 'always', PASSIVE: 'stuck' },
  PASSIVE2UNINITIALISED: { PASSIVE: 'always', UNINITIALISED: 'stuck' },
}

/** Of a loop: where it is, where it goes, and whether it gets on. */
export interface Standing {
  readonly state: LoopState
  readonly orderedState: OrderedState
  /** Set after attempts have failed. */
  readonly alarm: unknown
}

/** What may be ordered now. */
export const orderable = ({ state, orderedState, alarm }: Standing): readonly OrderedState[] =>
  ORDERED_STATES.filter((ordered) => {
    const allowed = ALLOWED[state][ordered]
    // A loop under repair goes on to what was ordered; to end on the way there is another order.
    return allowed === 'always' || (allowed === 'stuck' && (alarm !== null || ordered !== orderedState))
  })

/** Why it may not; `undefined`: it may. */
export const orderRefusal = (loop: Standing, ordered: OrderedState): string | undefined => {
  const { state } = loop
  const possible = orderable(loop)
  if (possible.includes(ordered)) return undefined
  const then = `${possible.join(' or ')} can be ordered`
  if (ALLOWED[state][ordered] === 'stuck') return `it is on its way to ${ordered} already (${state}); meanwhile ${then}`
  return state === ordered ? `it is ${state} already; ${then}` : `it can't go from ${state} to ${ordered}; ${then}`
}
