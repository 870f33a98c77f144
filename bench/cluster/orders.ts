/** Orders of a service over the external HTTP simulator: gateway, worker and driver worker in one node, the simulator in a process of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readJournal } from '../../drivers/simulator/infrastructure-file.ts'
import { freePort } from '../../scripts/servers/free-port.ts'
import { LocalCluster } from '../../system/local-cluster.ts'
import { Loss, quantile } from '../figures.ts'
import { ASSEMBLY_TYPE, assemblyOf, LOCATION, TRANSITIONS, VNFC } from '../order-service.ts'
import { verifyOrders } from '../order-verification.ts'
import { type OrderWatch, watchOrders } from '../order-watch.ts'
import { openClient } from './client.ts'
import { type Section, summaryOf } from './section.ts'
import { type BenchServers, forgetSystem, systemEnvironment, uniqueName } from './servers.ts'

export interface OrdersSize {
  readonly shards: number
  readonly vnfcs: number
  readonly warmUp: number
  readonly alone: number
  readonly concurrent: number
  readonly inFlight: number
  readonly runs: number
}

const ORDER_DEADLINE_MS = 120_000
const JOURNAL_MAX = 5_000_000

interface Ordered {
  readonly processId: string
  readonly assemblyName: string
  /** From acceptance until the end of its process was seen. */
  readonly tookMs: number
}

const posted = async <Body>(
  url: string,
  path: string,
  body: string,
  contentType = 'application/json',
): Promise<Body> => {
  const response = await fetch(`${url}${path}`, { method: 'POST', body, headers: { 'content-type': contentType } })
  const text = await response.text()
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${text.slice(0, 500)}`)
  return JSON.parse(text) as Body
}

const order = async (url: string, watch: OrderWatch, assemblyName: string): Promise<Ordered> => {
  const body = {
    assemblyName,
    descriptorName: ASSEMBLY_TYPE,
    intendedState: 'Active',
    properties: { deploymentLocation: LOCATION },
  }
  const { processId } = await posted<{ processId: string }>(url, '/api/intent/createAssembly', JSON.stringify(body))
  const acceptedMs = performance.now()
  const { status, atMs } = await watch.ended(processId, ORDER_DEADLINE_MS).catch((cause: unknown) => {
    throw new Loss(`an accepted order never ended: ${String(cause)}`)
  })
  if (status !== 'Completed') throw new Loss(`an order of ${assemblyName} ended as ${status}`)
  return { processId, assemblyName, tookMs: Math.max(0, atMs - acceptedMs) }
}

export const measureOrders = async (servers: BenchServers, size: OrdersSize): Promise<Section> => {
  const { shards, vnfcs, warmUp, alone, concurrent, inFlight, runs } = size
  const system = uniqueName('orders')
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-bench-'))
  const environment = systemEnvironment(servers, { system, shards })
  const { redisUrl, kafkaBrokers } = servers
  const cluster = await LocalCluster.start({
    redisUrl,
    kafkaBrokers,
    system,
    folder,
    nodes: ['orders'],
    simulatorPort: await freePort(),
    eventsTopic: `${system}-driver-events`,
    environment: { HOMEOSTAT_SHARDS: String(shards) },
  })
  const ending: (() => Promise<void> | void)[] = [() => cluster.stop()]
  try {
    const client = await openClient({ environment })
    ending.push(() => client.close())
    const watch = watchOrders(client.log)
    ending.push(() => watch.close())
    const [url = ''] = cluster.urls
    await posted(url, '/api/deploymentLocations', JSON.stringify({ name: LOCATION, infrastructureType: 'Other' }))
    for (const text of [VNFC, assemblyOf(vnfcs)])
      await posted(url, '/api/catalog/descriptors', text, 'application/yaml')
    const orders: Ordered[] = []
    let count = 0
    const run = async (
      total: number,
      atOnce: number,
    ): Promise<{ readonly seconds: number; readonly sorted: readonly number[] }> => {
      const own: Ordered[] = []
      let begun = 0
      const startedMs = performance.now()
      const worker = async (): Promise<void> => {
        while (begun++ < total) own.push(await order(url, watch, `order-${++count}`))
      }
      await Promise.all(Array.from({ length: atOnce }, worker))
      orders.push(...own)
      return {
        seconds: (performance.now() - startedMs) / 1_000,
        sorted: own.map(({ tookMs }) => tookMs).sort((left, right) => left - right),
      }
    }
    await run(warmUp, inFlight)
    const single: (typeof results)[number][] = []
    const results: Awaited<ReturnType<typeof run>>[] = []
    for (let number = 0; number < runs; number++) {
      single.push(await run(alone, 1))
      results.push(await run(concurrent, inFlight))
    }
    const journal = readJournal(cluster.infrastructureFile, 0, JOURNAL_MAX)
    await verifyOrders({ queries: client.node.queries, watch, orders, vnfcs, journal })
    const calls = vnfcs * TRANSITIONS.length
    return {
      name: 'orders',
      title: 'Orders over the external simulator',
      summaries: [
        summaryOf(
          `orders, ${inFlight} at a time`,
          '/s',
          results.map(({ seconds }) => concurrent / seconds),
        ),
        summaryOf(
          `driver calls, ${inFlight} at a time`,
          '/s',
          results.map(({ seconds }) => (concurrent * calls) / seconds),
        ),
        summaryOf(
          `p50, ${inFlight} at a time`,
          'ms',
          results.map(({ sorted }) => quantile(sorted, 0.5)),
        ),
        summaryOf(
          `p99, ${inFlight} at a time`,
          'ms',
          results.map(({ sorted }) => quantile(sorted, 0.99)),
        ),
        summaryOf(
          'p50, one at a time',
          'ms',
          single.map(({ sorted }) => quantile(sorted, 0.5)),
        ),
        summaryOf(
          'p99, one at a time',
          'ms',
          single.map(({ sorted }) => quantile(sorted, 0.99)),
        ),
      ],
      notes: [
        `Services of ${vnfcs} VNFCs without dependencies between them, each ${TRANSITIONS.join(', ')}: ${calls} driver calls an order, each a request to the simulator's HTTP interface, a 202, and a completion event on Kafka. The simulator takes no time for the work itself and keeps a journal on disk. One node with all roles; ordered over HTTP.`,
        `Timed from the answer that accepts an order to the live event of its process's end. In each of ${runs} runs ${alone} orders one at a time, then ${concurrent} with ${inFlight} at a time.`,
        `Checked: all ${orders.length} accepted orders are stored as Completed, their assemblies as Active, and on the infrastructure each VNFC was taken through its transitions once, in order; no dead letters.`,
      ],
      losses: [],
      raw: { concurrent: results, alone: single },
    }
  } finally {
    for (const end of ending.reverse()) await end()
    await forgetSystem(servers.redis, system)
    rmSync(folder, { recursive: true, force: true })
  }
}
