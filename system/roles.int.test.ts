/** A cluster whose nodes have one role each: a gateway, two workers, a driver. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DESCRIPTORS, LOCATION, SERVICE } from '../actors/testing/killed-service.ts'
import { OrderClient } from '../actors/testing/order-client.ts'
import { until } from '../runtime/testing/until.ts'
import { watchServing } from './testing/shard-probe.ts'
import { CLUSTER_SHARDS, startTestCluster, type TestCluster } from './testing/test-cluster.ts'

const ROLE_OF = { gateway: 'gateway', 'worker-1': 'worker', 'worker-2': 'worker', driver: 'driver' } as const
/** A member that says good-bye is not waited for: a second or so, on a busy machine more, and far below the session timeout of 6 s. */
const HAND_OVER_MAX_MS = 4_000
const CLIENTS = 4

let test: TestCluster
let client: OrderClient
const gatewayUrl = (): string | undefined => test.cluster.node('gateway').url

beforeAll(async () => {
  test = await startTestCluster({
    nodes: Object.keys(ROLE_OF),
    environmentOf: Object.fromEntries(
      Object.entries(ROLE_OF).map(([node, role]) => [node, { HOMEOSTAT_ROLES: role, HOMEOSTAT_DRAIN_DELAY_MS: '0' }]),
    ),
  })
  client = new OrderClient('operator', gatewayUrl)
}, 120_000)
afterAll(() => test.close(), 60_000)

const served = async (): Promise<ReadonlyMap<string, readonly number[]>> => {
  const nodes = (await client.request('GET', '/api/runtime/nodes')).body as { node: string; shards: number[] }[]
  return new Map(nodes.map(({ node, shards }) => [node, shards]))
}

it('does an order', async () => {
  for (const text of DESCRIPTORS)
    expect((await client.request('POST', '/api/catalog/descriptors', text)).status).toBe(201)
  const location = { name: LOCATION, infrastructureType: 'Simulated', properties: {} }
  expect((await client.request('POST', '/api/deploymentLocations', location)).status).toBe(201)
  const order = { assemblyName: 'one', descriptorName: SERVICE, intendedState: 'Active', properties: {} }
  const ordered = await client.order('createAssembly', order, true)
  if ('refused' in ordered) throw new Error(ordered.refused)
  expect(await client.ended(ordered.accepted.processId)).toBe('Completed')
}, 90_000)

it('registers each node with its role alone, and the workers with all shards', async () => {
  await until(async () => {
    const shards = await served()
    return [...shards.values()].flat().length === CLUSTER_SHARDS
  }, 30_000)
  const nodes = (await client.request('GET', '/api/runtime/nodes')).body as {
    node: string
    state: string
    roles: { service: string }[]
    shards: number[]
  }[]
  const seen = nodes.map(({ node, state, roles }) => [node, state, ...roles.map(({ service }) => service)])
  expect(seen).toEqual([
    ['driver', 'Ready', 'driver'],
    ['gateway', 'Ready', 'gateway'],
    ['worker-1', 'Ready', 'worker'],
    ['worker-2', 'Ready', 'worker'],
  ])
  expect(nodes.map(({ shards }) => shards.length)).toEqual([0, 0, CLUSTER_SHARDS / 2, CLUSTER_SHARDS / 2])
}, 60_000)

it('answers health and metrics on every node, and the API only on the gateway', async () => {
  for (const [name, node] of test.cluster.nodes) {
    const status = async (path: string): Promise<number> => (await fetch(`${node.url}${path}`)).status
    await until(async () => (await status('/health/ready')) === 200, 30_000)
    expect([name, await status('/health/live'), await status('/metrics')]).toEqual([name, 200, 200])
    const isGateway = name === 'gateway'
    expect([name, await status('/api/processes')]).toEqual([name, isGateway ? 200 : 404])
    expect([name, await status('/openapi.json')]).toEqual([name, isGateway ? 200 : 404])
  }
  const health = (await (await fetch(`${test.cluster.node('worker-1').url}/health`)).json()) as {
    parts: { name: string; note?: string }[]
  }
  expect(health.parts.find(({ name }) => name === 'shards')?.note).toContain(
    `${CLUSTER_SHARDS / 2} of ${CLUSTER_SHARDS} here`,
  )
}, 60_000)

it('hands the shards of a worker that is told to end over under orders, and no order fails', async () => {
  let isOver = false
  const outcomes: string[] = []
  const clients = Array.from({ length: CLIENTS }, (_, index) => new OrderClient(`client-${index}`, gatewayUrl))
  const ordering = Promise.all(
    clients.map(async (each, index) => {
      for (let round = 0; !isOver; round++) {
        const assemblyName = `svc-${index}-${round}`
        for (const [intent, body] of [
          ['createAssembly', { assemblyName, descriptorName: SERVICE, intendedState: 'Active', properties: {} }],
          ['deleteAssembly', { assemblyName }],
        ] as const) {
          const ordered = await each.order(intent, body, false)
          outcomes.push('refused' in ordered ? ordered.refused : await each.ended(ordered.accepted.processId))
        }
      }
    }),
  )
  await until(() => outcomes.length >= CLIENTS, 60_000)

  const worker = test.cluster.node('worker-1')
  const watch = watchServing(gatewayUrl, CLUSTER_SHARDS)
  const startedMs = performance.now()
  expect(await worker.stop(), worker.output).toBe(0)
  const stopMs = performance.now() - startedMs
  await until(async () => (await served()).get('worker-2')?.length === CLUSTER_SHARDS, 30_000)
  const gapMs = await watch.stop()
  const before = outcomes.length
  await until(() => outcomes.length >= before + CLIENTS, 60_000)
  isOver = true
  await ordering
  console.log(
    `a worker ended in ${Math.round(stopMs)} ms; no shard was silent for longer than ${Math.round(gapMs)} ms; ${outcomes.length} orders`,
  )
  expect(new Set(outcomes)).toEqual(new Set(['Completed']))
  expect(gapMs).toBeLessThan(HAND_OVER_MAX_MS)

  worker.spawn()
  await worker.up()
  await until(async () => (await served()).get('worker-1')?.length === CLUSTER_SHARDS / 2, 60_000)
}, 180_000)
