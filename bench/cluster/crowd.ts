/**
 * Many VNFC actors, each as a completed creation leaves it: one real order of a service is carried out by the product
 * (simulator, driver worker, all entities), and what is then stored of its resources, byte for byte, is stored again for
 * others, with their own ids and names.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { placementOfName, RESOURCE, resourceRef } from '../../actors/addresses.ts'
import type { ResourceEntityState, ResourceIdentity } from '../../actors/resource/protocol.ts'
import type { EntityRef } from '../../runtime/entity.ts'
import { placedId } from '../../runtime/placement.ts'
import type { EntityFields, EntityWrite } from '../../runtime/ports.ts'
import { ASSEMBLY_TYPE, assemblyOf, LOCATION, VNFC } from '../order-service.ts'
import { openOrderSystem, type OrderSystem } from '../order-system.ts'
import { watchOrders } from '../order-watch.ts'
import { type ByteTemplate, byteTemplate, filledTemplate } from './byte-template.ts'

/** Of one service: as many VNFCs as an order has. */
const VNFCS = 10
const NUMBER_DIGITS = 8
const ORDER_DEADLINE_MS = 60_000

const rootNameOf = (root: number): string => `svc-${String(root).padStart(NUMBER_DIGITS, '0')}`

interface StoredVnfc {
  readonly version: number
  readonly events: readonly ByteTemplate[]
  readonly snapshot: ByteTemplate | undefined
  readonly fields: EntityFields
  readonly state: ResourceEntityState
}

export interface Crowd {
  /** Of the kinds of VNFC in the service, in turn. */
  readonly vnfcs: readonly StoredVnfc[]
  readonly rootName: string
}

export interface CrowdActor {
  readonly ref: EntityRef
  readonly identity: ResourceIdentity
  /** Number of events that it has had. */
  readonly version: number
}

/** Carries one order out, and takes what it leaves behind. */
export const observedCrowd = async (): Promise<Crowd> => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-bench-'))
  const system = await openOrderSystem(folder)
  try {
    const assemblyName = rootNameOf(0)
    const processId = await bringUp(system, assemblyName)
    const { node, embedded } = system
    const rows = await embedded.store.list({ kind: RESOURCE, field: 'rootName', equals: assemblyName, limit: VNFCS })
    if (rows.length !== VNFCS) throw new Error(`the order left ${rows.length} resources behind, not ${VNFCS}`)
    const vnfcs: StoredVnfc[] = []
    for (const { id, fields } of rows) {
      const ref = resourceRef(id)
      const [stored] = await embedded.store.load(node.shardOf(ref), [ref])
      const view = await node.queries.entity<ResourceEntityState>(ref)
      if (!stored || !view?.state.identity) throw new Error(`there is no resource ${id}`)
      if (view.state.state !== 'Active' || stored.timers.length > 0) throw new Error(`resource ${id} is not at rest`)
      const words = { id, rootName: assemblyName, rootId: view.state.identity.rootId, processId }
      vnfcs.push({
        version: stored.version,
        events: stored.events.map((bytes) => byteTemplate(bytes, words)),
        snapshot: stored.snapshot ? byteTemplate(stored.snapshot.value, words) : undefined,
        fields,
        state: view.state,
      })
    }
    return { vnfcs, rootName: assemblyName }
  } finally {
    await system.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const bringUp = async (system: OrderSystem, assemblyName: string): Promise<string> => {
  await system.request(
    'POST',
    '/api/deploymentLocations',
    JSON.stringify({ name: LOCATION, infrastructureType: 'Other' }),
  )
  for (const text of [VNFC, assemblyOf(VNFCS)])
    await system.request('POST', '/api/catalog/descriptors', text, 'application/yaml')
  const watch = watchOrders(system.embedded.log)
  try {
    const body = {
      assemblyName,
      descriptorName: ASSEMBLY_TYPE,
      intendedState: 'Active',
      properties: { deploymentLocation: LOCATION },
    }
    const { processId } = await system.request<{ processId: string }>(
      'POST',
      '/api/intent/createAssembly',
      JSON.stringify(body),
    )
    const { status } = await watch.ended(processId, ORDER_DEADLINE_MS)
    if (status !== 'Completed') throw new Error(`the order ended as ${status}`)
    return processId
  } finally {
    watch.close()
  }
}

/** Ids as the product makes them: with the placement of the root's name in front. Always the same for the same number. */
const idsOf = (rootName: string): { readonly next: () => string } => {
  const placement = placementOfName(rootName)
  let count = 0
  return {
    next: () => placedId(placement, createHash('sha256').update(`${rootName} ${count++}`).digest('hex').slice(0, 32)),
  }
}

interface Root {
  readonly rootName: string
  readonly rootId: string
  readonly processId: string
  readonly ids: readonly string[]
}

const rootOf = ({ vnfcs }: Crowd, root: number): Root => {
  const rootName = rootNameOf(root)
  const { next } = idsOf(rootName)
  const [rootId, processId] = [next(), next()]
  return { rootName, rootId, processId, ids: vnfcs.map(next) }
}

const partOf = ({ vnfcs }: Crowd, index: number): { readonly root: number; readonly part: number } => ({
  // The first root is the one that was observed.
  root: 1 + Math.floor(index / vnfcs.length),
  part: index % vnfcs.length,
})

const named = (crowd: Crowd, text: string, root: Root): string => text.replaceAll(crowd.rootName, root.rootName)

/** One of the crowd by its number. */
export const actorOf = (crowd: Crowd, index: number): CrowdActor => {
  const { root: number, part } = partOf(crowd, index)
  const root = rootOf(crowd, number)
  const vnfc = crowd.vnfcs[part]
  const identity = vnfc?.state.identity
  if (!vnfc || !identity) throw new Error(`there is no VNFC ${part}`)
  const { rootName, rootId } = root
  return {
    ref: resourceRef(root.ids[part] ?? ''),
    identity: { ...identity, name: named(crowd, identity.name, root), rootName, rootId },
    version: vnfc.version,
  }
}

/** What is stored of these; they begin and end with whole services. */
export function* writesOf(crowd: Crowd, from: number, to: number): Generator<EntityWrite> {
  for (let index = from; index < to;) {
    const { root: number, part: first } = partOf(crowd, index)
    const root = rootOf(crowd, number)
    const words = new Map(
      Object.entries({ rootName: root.rootName, rootId: root.rootId, processId: root.processId }).map(
        ([name, word]): [string, Uint8Array] => [name, Buffer.from(word)],
      ),
    )
    for (let part = first; part < crowd.vnfcs.length && index < to; part++, index++) {
      const vnfc = crowd.vnfcs[part]
      const id = root.ids[part]
      if (!vnfc || id === undefined) return
      words.set('id', Buffer.from(id))
      yield {
        kind: RESOURCE,
        id,
        version: vnfc.version,
        events: vnfc.events.map((event) => filledTemplate(event, words)),
        ...(vnfc.snapshot ? { snapshot: filledTemplate(vnfc.snapshot, words) } : {}),
        fields: Object.fromEntries(
          Object.entries(vnfc.fields).map(([name, value]) => [name, named(crowd, value, root)]),
        ),
      }
    }
  }
}
