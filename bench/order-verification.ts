/** What must be so when orders have ended, before their figures count. */
import { assemblyRef, processRef } from '../actors/addresses.ts'
import type { AssemblyState } from '../actors/assembly/protocol.ts'
import type { ProcessState } from '../actors/process/protocol.ts'
import type { Queries } from '../runtime/client.ts'
import { Loss } from './figures.ts'
import { verifyNoDeadLetters } from './ledger.ts'
import { TRANSITIONS } from './order-service.ts'
import type { OrderWatch } from './order-watch.ts'

export interface EndedOrders {
  readonly queries: Queries
  readonly watch: OrderWatch
  readonly orders: readonly { readonly processId: string; readonly assemblyName: string }[]
  /** Of each ordered service. */
  readonly vnfcs: number
  /** All that was done to the infrastructure. */
  readonly journal: readonly { readonly resourceName: string; readonly transition: string }[]
}

/** @throws {Loss} unless every order is stored as Completed and every VNFC was brought up once, in order */
export const verifyOrders = async ({ queries, watch, orders, vnfcs, journal }: EndedOrders): Promise<void> => {
  for (const { processId, assemblyName } of orders) {
    const process = await queries.entity<ProcessState>(processRef(processId))
    const assembly = await queries.entity<AssemblyState>(assemblyRef(assemblyName))
    if (process?.state.status !== 'Completed')
      throw new Loss(`process ${processId} is stored as ${process?.state.status}`)
    if (assembly?.state.state !== 'Active')
      throw new Loss(`assembly ${assemblyName} is stored as ${assembly?.state.state}`)
  }
  const wanted = TRANSITIONS.join(' ')
  const done = Map.groupBy(journal, ({ resourceName }) => resourceName)
  for (const [name, entries] of done) {
    const transitions = entries.map(({ transition }) => transition).join(' ')
    if (transitions !== wanted) throw new Loss(`${name} was not brought up once: ${transitions}`)
  }
  if (done.size !== orders.length * vnfcs)
    throw new Loss(`${done.size} VNFCs were brought up, not ${orders.length * vnfcs}`)
  if (watch.repeated.length > 0) throw new Loss(`process ${watch.repeated[0]} ended more than once`)
  await verifyNoDeadLetters(queries)
}
