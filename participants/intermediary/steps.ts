/** Which operations lead from one state to another. Pure. */
import type { LoopState, OrderedState, Transition } from '../protocol/states.ts'

export type Operation = 'instantiate' | 'run' | 'passivate' | 'uninstantiate'

const RANK: Readonly<Record<OrderedState, number>> = { UNINITIALISED: 0, PASSIVE: 1, RUNNING: 2 }

export const TRANSITION_OF: Readonly<Record<Operation, Transition>> = {
  instantiate: 'UNINITIALISED2PASSIVE',
  run: 'PASSIVE2RUNNING',
  passivate: 'RUNNING2PASSIVE',
  uninstantiate: 'PASSIVE2UNINITIALISED',
}

export const END_OF: Readonly<Record<Operation, OrderedState>> = {
  instantiate: 'PASSIVE',
  run: 'RUNNING',
  passivate: 'PASSIVE',
  uninstantiate: 'UNINITIALISED',
}

const STEPS: Readonly<Record<OrderedState, Readonly<Record<OrderedState, readonly Operation[]>>>> = {
  UNINITIALISED: { UNINITIALISED: [], PASSIVE: ['instantiate'], RUNNING: ['instantiate', 'run'] },
  PASSIVE: { UNINITIALISED: ['uninstantiate'], PASSIVE: [], RUNNING: ['run'] },
  RUNNING: { UNINITIALISED: ['passivate', 'uninstantiate'], PASSIVE: ['passivate'], RUNNING: [] },
}

export const stepsBetween = (from: OrderedState, to: OrderedState): readonly Operation[] => STEPS[from][to]

/** The same of an element that is there, and gets new properties on the way: that needs it PASSIVE. */
export const stepsOfUpdate = (
  from: Exclude<OrderedState, 'UNINITIALISED'>,
  to: Exclude<OrderedState, 'UNINITIALISED'>,
): readonly Operation[] => [...stepsBetween(from, 'PASSIVE'), 'instantiate', ...stepsBetween('PASSIVE', to)]

/** What is ordered now lies in the other direction than what is under way. */
export const isContrary = (from: OrderedState, target: OrderedState, orderedNow: OrderedState): boolean =>
  Math.sign(RANK[orderedNow] - RANK[target]) === -Math.sign(RANK[target] - RANK[from]) && orderedNow !== target

export const isOrderedState = (state: LoopState): state is OrderedState => Object.hasOwn(RANK, state)

/** One state for several elements: that of the one which is in between, else of the one which is farthest back. */
export const commonState = (states: Iterable<LoopState>): LoopState => {
  let lowest: OrderedState | undefined
  for (const state of states) {
    if (!isOrderedState(state)) return state
    if (lowest === undefined || RANK[state] < RANK[lowest]) lowest = state
  }
  return lowest ?? 'UNINITIALISED'
}
