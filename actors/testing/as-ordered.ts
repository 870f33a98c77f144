/** Holds what is stored, what was ordered and what the infrastructure has side by side, when nothing moves any more. */
import { expect } from 'vitest'
import { infrastructureFile, readJournal } from '../../drivers/simulator/infrastructure-file.ts'
import { assemblyRef } from '../addresses.ts'
import type { AssemblyState } from '../assembly/protocol.ts'
import type { ProcessState } from '../process/protocol.ts'
import type { ResourceEntityState } from '../resource/protocol.ts'
import { wrongEndings } from './implied-topology.ts'
import { doneTwice, illegalSteps } from './infrastructure-checks.ts'
import { DECLARED } from './killed-service.ts'
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
  { accepted, doubtful, watched, infrastructure: file }: Ordered,
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

  const wrong: string[] = []
  const journal = readJournal(file)
  const infrastructure = infrastructureFile(file)
  const objects = new Map(infrastructure.load().objects.map((object) => [object.resourceId, object.state]))
  infrastructure.close()
  const peers = new Map<string, number>()
  for (const { resourceId, transition } of journal) {
    const step = transition === 'addPeer' ? 1 : transition === 'removePeer' ? -1 : 0
    if (step !== 0) peers.set(resourceId, (peers.get(resourceId) ?? 0) + step)
  }
  const living = new Set<string>()
  for (const name of watched.roots) {
    const root = (await system.queries.entity<AssemblyState>(assemblyRef(name)))?.state
    const own = processes.filter((process) => process.root.name === name)
    wrong.push(...wrongEndings(root, own))
    if (root?.presence !== 'present') continue
    for (const instance of Object.values(root.topology.instances)) {
      if (instance.kind !== 'resource') continue
      living.add(instance.id)
      // The network's type has no Configure and no Start, so its object stays below.
      const state = instance.component === 'net' ? 'Installed' : instance.state
      if (objects.get(instance.id) !== state)
        wrong.push(
          `${instance.name} is ${instance.state}, and on the infrastructure ${objects.get(instance.id) ?? null}`,
        )
      const related = Object.values(root.topology.relationships).filter(({ target }) => target === instance.name).length
      if ((peers.get(instance.id) ?? 0) !== related)
        wrong.push(`${instance.name} has ${related} relationships, and on the infrastructure ${peers.get(instance.id)}`)
    }
  }
  for (const [id, state] of objects)
    if (state !== null && !living.has(id))
      wrong.push(`${id} is ${state} on the infrastructure, and nothing else knows it`)
  for (const id of new Set(journal.map(({ resourceId }) => resourceId))) {
    const view = await system.queries.entity<ResourceEntityState>({ kind: 'resource', id })
    if (view?.state.task) wrong.push(`${id} is still at ${view.state.task.taskId}`)
  }
  const declared = (name: string): readonly string[] =>
    DECLARED[name.endsWith('__net') ? 'resource::net::1.0' : 'resource::server::1.0'] ?? []
  wrong.push(...doneTwice(journal), ...illegalSteps(journal, { declared, mayHaveFailed: false }))
  expect(wrong).toEqual([])
  return processes
}
