/** Holds what is stored of services beside what the infrastructure has, when nothing moves any more. */
import { infrastructureFile } from '../../drivers/simulator/infrastructure-file.ts'
import type { JournalEntry } from '../../drivers/simulator/infrastructure-store.ts'
import { assemblyRef } from '../addresses.ts'
import type { AssemblyState } from '../assembly/protocol.ts'
import type { ProcessState } from '../process/protocol.ts'
import type { ResourceEntityState } from '../resource/protocol.ts'
import { wrongEndings } from './implied-topology.ts'
import { doneTwice, illegalSteps } from './infrastructure-checks.ts'
import { DECLARED } from './killed-service.ts'
import type { StoredSystem } from './stored-system.ts'

export interface Compared {
  /** Names of the services, all of which are `killed-service.ts`'s. */
  readonly roots: readonly string[]
  /** All of them, each with the time from which it counts as begun: they must have run in that order. */
  readonly processes: readonly ProcessState[]
  readonly journal: readonly JournalEntry[]
  /** File of the simulated infrastructure, which doesn't run. */
  readonly infrastructure: string
}

/** A line for each thing that isn't as the processes left it, or that was done twice or out of turn. */
export const disagreements = async (
  system: StoredSystem,
  { roots, processes, journal, infrastructure }: Compared,
): Promise<readonly string[]> => {
  const wrong: string[] = []
  const objects = objectsIn(infrastructure)
  const peers = peersAfter(journal)
  const living = new Set<string>()
  for (const name of roots) {
    const root = (await system.queries.entity<AssemblyState>(assemblyRef(name)))?.state
    const own = processes.filter((process) => process.root.name === name)
    wrong.push(...wrongEndings(root, own))
    if (root?.presence !== 'present') continue
    for (const instance of Object.values(root.topology.instances)) {
      if (instance.kind !== 'resource') continue
      living.add(instance.id)
      // The network's type has no Configure and no Start, so its object stays below.
      const state = instance.component === 'net' ? 'Installed' : instance.state
      const object = objects.get(instance.id) ?? null
      if (object !== state) wrong.push(`${instance.name} is ${instance.state}, and on the infrastructure ${object}`)
      const related = Object.values(root.topology.relationships).filter(({ target }) => target === instance.name).length
      const found = peers.get(instance.id) ?? 0
      if (found !== related)
        wrong.push(`${instance.name} has ${related} relationships, and on the infrastructure ${found}`)
    }
  }
  for (const [id, state] of objects)
    if (state !== null && !living.has(id))
      wrong.push(`${id} is ${state} on the infrastructure, and nothing else knows it`)
  for (const id of new Set(journal.map(({ resourceId }) => resourceId))) {
    const view = await system.queries.entity<ResourceEntityState>({ kind: 'resource', id })
    if (view?.state.task) wrong.push(`${id} is still at ${view.state.task.taskId}`)
  }
  return [...wrong, ...doneTwice(journal), ...illegalSteps(journal, { declared: declaredOf, mayHaveFailed: false })]
}

const objectsIn = (path: string): ReadonlyMap<string, string | null> => {
  const file = infrastructureFile(path)
  const objects = new Map(file.load().objects.map((object) => [object.resourceId, object.state]))
  file.close()
  return objects
}

/** Relationships that each resource has, as far as the journal goes. */
const peersAfter = (journal: readonly JournalEntry[]): ReadonlyMap<string, number> => {
  const peers = new Map<string, number>()
  for (const { resourceId, transition } of journal) {
    const step = transition === 'addPeer' ? 1 : transition === 'removePeer' ? -1 : 0
    if (step !== 0) peers.set(resourceId, (peers.get(resourceId) ?? 0) + step)
  }
  return peers
}

const declaredOf = (name: string): readonly string[] =>
  DECLARED[name.endsWith('__net') ? 'resource::net::1.0' : 'resource::server::1.0'] ?? []
