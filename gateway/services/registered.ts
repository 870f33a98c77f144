/** What the service registry has stored, read for one answer. */
import { SERVICE_INSTANCE, serviceInstanceRef } from '../../actors/addresses.ts'
import type { ServiceInstanceState } from '../../actors/service-instance/protocol.ts'
import type { Queries } from '../../runtime/client.ts'
import type { ListQuery, ListRow } from '../../runtime/ports.ts'
import type { Asking } from '../asking.ts'
import { scan } from '../scan.ts'
import { type NodeView, viewNodes } from './node-view.ts'

/** Instances that one answer is made from; more are left out. */
export const INSTANCES_MAX = 2_000

export interface Registered {
  /** The first `most` rows. */
  readonly rows: (query: Omit<ListQuery, 'limit' | 'after'>, most: number) => Promise<readonly ListRow[]>
  /** Of rows of instances. */
  readonly instances: (found: readonly ListRow[]) => Promise<readonly ServiceInstanceState[]>
  /** By name. */
  readonly nodes: () => Promise<readonly NodeView[]>
}

/** Each of them throws a `Problem` where the store can't answer. */
export const registered = (queries: Queries, asks: Asking): Registered => {
  const rows: Registered['rows'] = async (query, most) => (await scan(queries, asks, query, most, (page) => page)).items
  const instances: Registered['instances'] = async (found) => {
    const refs = found.map(({ fields }) => serviceInstanceRef(fields['service'] ?? '', fields['node'] ?? ''))
    const views = await asks.read(queries.entities<ServiceInstanceState>(refs))
    return views.flatMap((view) => (view ? [view.state] : []))
  }
  return {
    rows,
    instances,
    nodes: async () => viewNodes(await instances(await rows({ kind: SERVICE_INSTANCE, field: 'node' }, INSTANCES_MAX))),
  }
}
