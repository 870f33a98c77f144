/** Finding assemblies and instances by name or id. All reads: nobody is asked. */
import { ASSEMBLY, assemblyRef, rootNameOf } from '../../actors/addresses.ts'
import type { AssemblyState } from '../../actors/assembly/protocol.ts'
import type { Instance } from '../../actors/model/topology.ts'
import type { Asking } from '../asking.ts'
import { nearestNames } from '../hints.ts'
import type { GatewayParts } from '../parts.ts'

export interface FoundAssembly {
  /** The assembly instance that was meant: a root or a nested one. */
  readonly name: string
  readonly id: string
  /** The root above it (or itself): owner of the whole topology. */
  readonly root: AssemblyState
}

export interface FoundInstance {
  readonly instance: Instance
  readonly root: AssemblyState
}

export interface AssemblyLookup {
  root(name: string): Promise<AssemblyState | undefined>
  byName(name: string): Promise<FoundAssembly | undefined>
  byId(id: string): Promise<FoundAssembly | undefined>
  /** Any instance: assembly, resource or reference. */
  instanceByName(name: string): Promise<FoundInstance | undefined>
  /** Names of assemblies (or of a root's instances) that are like this one. */
  nearest(name: string): Promise<readonly string[]>
}

const NEAREST_OUT_OF = 500

export const assemblyLookup = (
  { queries }: Pick<GatewayParts, 'queries'>,
  { read }: Pick<Asking, 'read'>,
): AssemblyLookup => {
  const present = async (name: string): Promise<AssemblyState | undefined> => {
    const view = await read(queries.entity<AssemblyState>(assemblyRef(name)))
    return view?.state.presence === 'present' ? view.state : undefined
  }
  const root = (name: string) => present(rootNameOf(name))

  const lookup: AssemblyLookup = {
    root,
    byName: async (name) => {
      const owner = await root(name)
      if (!owner) return undefined
      if (owner.name === name) return { name, id: owner.id, root: owner }
      const instance = owner.topology.instances[name]
      return instance?.kind === 'assembly' ? { name, id: instance.id, root: owner } : undefined
    },
    byId: async (id) => {
      const [row] = await read(queries.list({ kind: ASSEMBLY, field: 'id', equals: id, limit: 1 }))
      const found = row && (await lookup.byName(row.id))
      return found?.id === id ? found : undefined
    },
    instanceByName: async (name) => {
      const owner = await root(name)
      const instance = owner?.topology.instances[name]
      return owner && instance ? { instance, root: owner } : undefined
    },
    nearest: async (name) => {
      const owner = await root(name)
      if (owner) return nearestNames(name, Object.keys(owner.topology.instances))
      // Those that sort next to it (same beginning), and the latest ones.
      const [close, latest] = await Promise.all([
        read(queries.list({ kind: ASSEMBLY, field: 'name', prefix: name.slice(0, 1), limit: NEAREST_OUT_OF })),
        read(queries.list({ kind: ASSEMBLY, field: 'name', limit: NEAREST_OUT_OF })),
      ])
      return nearestNames(name, new Set([...close, ...latest].map((row) => row.id)))
    },
  }
  return lookup
}
