/** Holds what is stored, what was ordered and what the infrastructure has side by side, when nothing moves any more. */
import { expect } from 'vitest'
import { readJournal } from '../../drivers/simulator/infrastructure-file.ts'
import type { ProcessState } from '../process/protocol.ts'
import { disagreements } from './infrastructure-agreement.ts'
import type { StoredSystem } from './stored-system.ts'
import { stuck, type Watched } from './stuck-checks.ts'

export interface Ordered {
  readonly accepted: readonly { readonly processId: string }[]
  /**
   * Orders that were refused when they were repeated, after an attempt that wasn't answered: one that was late may have
   * been accepted.
   */
  readonly doubtful: number
  readonly watched: Watched
  /** Of the simulated infrastructure, which doesn't run. */
  readonly infrastructure: string
}

/** @returns all processes */
export const expectAllAsOrdered = async (
  system: StoredSystem,
  { accepted, doubtful, watched, infrastructure }: Ordered,
): Promise<readonly ProcessState[]> => {
  expect(await stuck(system, watched)).toEqual([])
  const processes = (await system.all<ProcessState>('process', 'startTime')).map(({ state }) => state)
  const known = new Set(processes.map(({ id }) => id))
  expect(accepted.filter(({ processId }) => !known.has(processId))).toEqual([])
  // Nobody else ordered anything: a repeated order is one order.
  const ordered = processes.filter(({ requestedBy }) => !requestedBy.includes('-policy/')).map(({ id }) => id)
  const answered = new Set(accepted.map(({ processId }) => processId))
  expect(new Set(ordered).size).toBe(ordered.length)
  expect(ordered.filter((id) => !answered.has(id)).length).toBeLessThanOrEqual(doubtful)

  const journal = readJournal(infrastructure)
  expect(await disagreements(system, { roots: watched.roots, processes, journal, infrastructure })).toEqual([])
  return processes
}
