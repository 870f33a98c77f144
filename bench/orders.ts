/** Orders per second, and how long one takes: an assembly of VNFCs brought to Active by a driver that takes no time. */
import { assemblyRef, processRef } from '../actors/addresses.ts'
import type { AssemblyState } from '../actors/assembly/protocol.ts'
import type { ProcessState } from '../actors/process/protocol.ts'
import { Loss, type Figure, type Outcome, quantile } from './figures.ts'
import { verifyNoDeadLetters } from './ledger.ts'
import { ASSEMBLY_TYPE, assemblyOf, LOCATION, TRANSITIONS, VNFC } from './order-service.ts'
import { openOrderSystem, type OrderSystem } from './order-system.ts'
import { type OrderWatch, watchOrders } from './order-watch.ts'
import type { Run } from './run.ts'

export interface OrdersSize {
  readonly vnfcs: number
  readonly warmUp: number
  readonly alone: number
  readonly concurrent: number
  readonly inFlight: number
}

const ORDER_DEADLINE_MS = 60_000

interface Ordered {
  readonly processId: string
  readonly assemblyName: string
  /** From acceptance until the process had ended. */
  readonly tookMs: number
}

const order = async (system: OrderSystem, watch: OrderWatch, assemblyName: string): Promise<Ordered> => {
  const body = JSON.stringify({
    assemblyName,
    descriptorName: ASSEMBLY_TYPE,
    intendedState: 'Active',
    properties: { deploymentLocation: LOCATION },
  })
  const { processId } = await system.request<{ processId: string }>('POST', '/api/intent/createAssembly', body)
  const acceptedMs = performance.now()
  const { status, atMs } = await watch.ended(processId, ORDER_DEADLINE_MS).catch((cause: unknown) => {
    throw new Loss(`an accepted order never ended: ${String(cause)}`)
  })
  if (status !== 'Completed') throw new Loss(`an order of ${assemblyName} ended as ${status}`)
  // The end may be seen before its acceptance has come back through the API.
  return { processId, assemblyName, tookMs: Math.max(0, atMs - acceptedMs) }
}

/** @throws {Loss} unless every order is stored as Completed and every VNFC was brought up once, in order */
const verify = async (
  { node, infrastructure }: OrderSystem,
  watch: OrderWatch,
  orders: readonly Ordered[],
  vnfcs: number,
): Promise<void> => {
  for (const { processId, assemblyName } of orders) {
    const process = await node.queries.entity<ProcessState>(processRef(processId))
    const assembly = await node.queries.entity<AssemblyState>(assemblyRef(assemblyName))
    if (process?.state.status !== 'Completed')
      throw new Loss(`process ${processId} is stored as ${process?.state.status}`)
    if (assembly?.state.state !== 'Active')
      throw new Loss(`assembly ${assemblyName} is stored as ${assembly?.state.state}`)
  }
  const done = new Map<string, string[]>()
  for (const { resourceName, transition } of infrastructure.journal(0, Number.MAX_SAFE_INTEGER))
    done.set(resourceName, [...(done.get(resourceName) ?? []), transition])
  const wanted = TRANSITIONS.join(' ')
  for (const [name, transitions] of done)
    if (transitions.join(' ') !== wanted) throw new Loss(`${name} was not brought up once: ${transitions.join(' ')}`)
  if (done.size !== orders.length * vnfcs)
    throw new Loss(`${done.size} VNFCs were brought up, not ${orders.length * vnfcs}`)
  if (watch.repeated.length > 0) throw new Loss(`process ${watch.repeated[0]} ended more than once`)
  await verifyNoDeadLetters(node.queries)
}

export const measureOrders = async ({ folder, size, profiled }: Run<OrdersSize>): Promise<Outcome> => {
  const system = await openOrderSystem(folder)
  const { vnfcs, warmUp, alone, concurrent, inFlight } = size
  const location = JSON.stringify({ name: LOCATION, infrastructureType: 'Other' })
  await system.request('POST', '/api/deploymentLocations', location)
  for (const text of [VNFC, assemblyOf(vnfcs)])
    await system.request('POST', '/api/catalog/descriptors', text, 'application/yaml')
  const watch = watchOrders(system.embedded.log)
  const orders: Ordered[] = []
  let count = 0
  const run = async (
    total: number,
    atOnce: number,
  ): Promise<{ readonly seconds: number; readonly sorted: number[] }> => {
    const from = orders.length
    let begun = 0
    const startedMs = performance.now()
    const worker = async (): Promise<void> => {
      while (begun++ < total) orders.push(await order(system, watch, `order-${++count}`))
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    const took = orders.slice(from).map(({ tookMs }) => tookMs)
    return {
      seconds: (performance.now() - startedMs) / 1_000,
      sorted: took.sort((left, right) => left - right),
    }
  }
  try {
    await run(warmUp, inFlight)
    const single = await run(alone, 1)
    const many = await profiled(() => run(concurrent, inFlight))
    await verify(system, watch, orders, vnfcs)
    const figures: Figure[] = [
      { name: `orders, ${inFlight} at a time`, value: concurrent / many.seconds, unit: '/s' },
      { name: `p50, ${inFlight} at a time`, value: quantile(many.sorted, 0.5), unit: 'ms' },
      { name: `p99, ${inFlight} at a time`, value: quantile(many.sorted, 0.99), unit: 'ms' },
      { name: 'orders, one at a time', value: alone / single.seconds, unit: '/s' },
      { name: 'p50, one at a time', value: quantile(single.sorted, 0.5), unit: 'ms' },
      { name: 'p99, one at a time', value: quantile(single.sorted, 0.99), unit: 'ms' },
    ]
    return {
      figures,
      notes: [
        `Orders of ${vnfcs} VNFCs without dependencies between them, each ${TRANSITIONS.join(', ')}: ${vnfcs * TRANSITIONS.length} driver calls an order, to the simulator in memory without delays. Asked of the gateway's app without a socket; all else as \`npm start\` runs it; synchronous=full.`,
        `Timed from the answer that accepts an order to the live event of its process's end. ${concurrent} orders with ${inFlight} at a time, ${alone} one at a time, after ${warmUp} that don't count.`,
        `Checked: all ${orders.length} accepted orders are stored as Completed, their assemblies as Active, and on the infrastructure each VNFC was taken through its transitions once, in order; no dead letters.`,
      ],
    }
  } finally {
    watch.close()
    await system.close()
  }
}
