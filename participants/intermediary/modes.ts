/**
 * How a participant in some state handles what is ordered (ONAP's TOSCA Defined Control Loop, 4.2.1):
 * PASSIVE rejects; SAFE lets the loop go on and changes nothing, but says what it would have done; TEST does it in a test
 * environment, and says so; ACTIVE does it. One that is TERMINATED isn't available, and of UNKNOWN nothing is known. Pure.
 */
import type { OrderedState, ParticipantState } from '../protocol/states.ts'
import type { Operation } from './steps.ts'

/** In which something is done. */
export type WorkingMode = 'SAFE' | 'TEST' | 'ACTIVE'

export const isWorking = (mode: ParticipantState): mode is WorkingMode =>
  mode === 'SAFE' || mode === 'TEST' || mode === 'ACTIVE'

export const rejectionText = (mode: ParticipantState, target: OrderedState): string =>
  `rejected: the participant is ${mode}, and takes no element to ${target}`

const DONE: Readonly<Record<Operation, string>> = {
  instantiate: 'instantiated',
  run: 'started',
  passivate: 'passivated',
  uninstantiate: 'uninstantiated',
}

/** @param said by the listener, if it said anything */
export const doneText = (mode: WorkingMode, operation: Operation, said?: string): string => {
  const text = said === undefined || said === '' ? DONE[operation] : said
  return mode === 'ACTIVE' ? text : `${mode}: ${text}`
}

export const rehearsedText = (operations: readonly Operation[]): string =>
  `SAFE: would have ${operations.map((operation) => DONE[operation]).join(' and ')}`

export const alreadyText = (mode: WorkingMode, state: OrderedState): string =>
  `${mode === 'ACTIVE' ? '' : `${mode}: `}is ${state} already`
