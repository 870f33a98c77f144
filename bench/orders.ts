/** Orders per second, and how long one takes: an assembly of VNFCs brought to Active by a driver that takes no time. */
import { Loss, type Figure, type Outcome, quantile } from './figures.ts'
import { ASSEMBLY_TYPE, assemblyOf, LOCATION, TRANSITIONS, VNFC } from './order-service.ts'
import { openOrderSystem, type OrderSystem } from './order-system.ts'
import { verifyOrders } from './order-verification.ts'
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
    const journal = system.infrastructure.journal(0, Number.MAX_SAFE_INTEGER)
    await verifyOrders({ queries: system.node.queries, watch, orders, vnfcs, journal })
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
