/** A cluster of three processes as an operator sees it: who is there, who serves what, and how it is configured. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../runtime/testing/until.ts'
import { CLUSTER_SHARDS, startTestCluster, type TestCluster, THREE_NODES } from './testing/test-cluster.ts'

interface Service {
  readonly service: string
  readonly configuration: { readonly version: number }
  readonly instances: readonly { readonly node: string; readonly configurationVersion: number }[]
}
interface Summary {
  readonly service: string
  readonly instances: Readonly<Record<string, number>>
  readonly behind: number
}

let test: TestCluster

beforeAll(async () => {
  test = await startTestCluster()
}, 120_000)
afterAll(() => test.close(), 60_000)

const get = async <Body>(path: string, url = test.url()): Promise<Body> => {
  const response = await fetch(`${url}${path}`)
  expect([path, response.status]).toEqual([path, 200])
  return (await response.json()) as Body
}

it('shows three nodes with all of their roles, and every shard exactly once', async () => {
  const nodes = await test.settled()
  expect(nodes.map(({ node, state }) => [node, state])).toEqual(THREE_NODES.map((node) => [node, 'Ready']))
  for (const { roles } of nodes)
    expect(roles.map(({ service }) => service)).toEqual(['driver', 'gateway', 'participant', 'worker'])
  const all = Array.from({ length: CLUSTER_SHARDS }, (_, shard) => shard)
  expect(nodes.flatMap(({ shards }) => shards).toSorted((left, right) => left - right)).toEqual(all)
  // None has more than its part.
  for (const { shards } of nodes) expect(shards.length).toBeLessThanOrEqual(Math.ceil(CLUSTER_SHARDS / 3))
  const summaries = await get<readonly Summary[]>('/api/runtime/services')
  for (const name of ['driver', 'gateway', 'worker'])
    expect(summaries.find(({ service }) => service === name)?.instances, name).toMatchObject({ Ready: 3, Silent: 0 })
}, 90_000)

it('is the same to see from each node', async () => {
  const views = await Promise.all(
    test.cluster.urls.map(async (url) => (await get<{ node: string }[]>('/api/runtime/nodes', url)).map((n) => n.node)),
  )
  expect(views).toEqual([THREE_NODES, THREE_NODES, THREE_NODES])
})

it('takes a configuration of the gateways to all nodes, while they run and when they start', async () => {
  const changed = await fetch(`${test.url()}/api/runtime/services/gateway/configuration`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ eventClientsMax: '1' }),
  })
  expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"1"'])
  const isTaken = async (): Promise<boolean> => {
    const { instances } = await get<Service>('/api/runtime/services/gateway')
    return instances.length === 3 && instances.every(({ configurationVersion }) => configurationVersion === 1)
  }
  await until(isTaken, 30_000)
  for (const url of test.cluster.urls) await expectOneStream(url)

  // One that was not there takes it when it starts.
  const node = test.cluster.node('node-3')
  expect(await node.stop()).toBe(0)
  node.spawn()
  const url = await node.up()
  await until(async () => (await fetch(`${url}/health/ready`)).ok, 30_000)
  await until(isTaken, 30_000)
  await expectOneStream(url)
}, 120_000)

/** The second event stream is refused: that is what was configured. */
const expectOneStream = async (url: string): Promise<void> => {
  const ending = new AbortController()
  const first = await fetch(`${url}/api/events`, { signal: ending.signal })
  const second = await fetch(`${url}/api/events`)
  expect([url, first.status, second.status]).toEqual([url, 200, 429])
  ending.abort()
}
