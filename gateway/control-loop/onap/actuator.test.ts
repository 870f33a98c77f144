import { expect, it } from 'vitest'
import { createGateway } from '../../app.ts'
import { stubParts, type StubOptions } from '../../testing/stub-parts.ts'

const get = async (path: string, stubs: StubOptions = {}, headers: Record<string, string> = {}) => {
  const response = await createGateway(stubParts(stubs)).app.request(path, { headers })
  return [response.status, await response.json()] as const
}

const METRICS: StubOptions = {
  metrics: () => [
    { name: 'orders_total', help: 'Orders', type: 'counter', value: 3, labels: { of: 'a', to: 'x' } },
    { name: 'orders_total', help: 'Orders', type: 'counter', value: 4, labels: { of: 'b', to: 'x' } },
    { name: 'orders_total', help: 'Orders', type: 'counter', value: 5, labels: { of: 'b', to: 'y:z' } },
    { name: 'commit_seconds', help: 'Commits', type: 'histogram', value: 1.5, count: 2, buckets: [] },
  ],
}
const FIGURE = '/onap/controlloop/v2/actuator/metrics'

it.each(['/onap/controlloop/v2', '/onap/controlloop'])('is UP when every part is, at %s', async (base) => {
  const path = `${base}/actuator/health`
  const up = { gateway: { status: 'UP' }, store: { status: 'UP' } }
  expect(await get(path)).toEqual([200, { status: 'UP', components: up }])
  const parts = { health: () => [{ name: 'shards', ok: false, note: '3 of 16 are served' }] }
  const shards = { status: 'DOWN', details: { note: '3 of 16 are served' } }
  expect(await get(path, parts)).toEqual([503, { status: 'DOWN', components: { ...up, shards } }])
})

it('answers whatever Accept says: what watches it doesn’t ask for JSON', async () => {
  const accept = { accept: 'application/vnd.spring-boot.actuator.v3+json' }
  expect((await get('/onap/controlloop/v2/actuator/health', {}, accept))[0]).toBe(200)
})

it.each(['/onap/controlloop/v2', '/onap/controlloop'])('gives the id of a request back, at %s', async (base) => {
  const { app } = createGateway(stubParts(METRICS))
  for (const path of ['health', 'metrics', 'metrics/nothing', 'prometheus']) {
    const asked = (headers: Record<string, string>) => app.request(`${base}/actuator/${path}`, { headers })
    const id = '7b3f9f5a-1c0d-4f8e-9c62-0d9a6f3b2c11'
    expect((await asked({ 'x-onap-requestid': id })).headers.get('x-onap-requestid')).toBe(id)
    expect((await asked({})).headers.get('x-onap-requestid')).toMatch(/^[0-9a-f-]{36}$/)
  }
})

it('names the figures, and sums those that have the tags asked for', async () => {
  const [status, { names }] = (await get(FIGURE, METRICS)) as [number, { names: string[] }]
  expect(status).toBe(200)
  expect(names).toEqual([...new Set(names)].sort())
  expect(names).toEqual(expect.arrayContaining(['orders_total', 'commit_seconds', 'homeostat_store_up']))

  const asked = async (query: string) => {
    const [, body] = (await get(`${FIGURE}/orders_total${query}`, METRICS)) as [number, Record<string, unknown>]
    expect(body).toMatchObject({ name: 'orders_total', description: 'Orders' })
    return [body['measurements'], body['availableTags']]
  }
  const count = (value: number) => [{ statistic: 'COUNT', value }]
  const of = { tag: 'of', values: ['a', 'b'] }
  const to = { tag: 'to', values: ['x', 'y:z'] }
  expect(await asked('')).toEqual([count(12), [of, to]])
  expect(await asked('?tag=of:b')).toEqual([count(9), [to]])
  expect(await asked('?tag=to:y:z')).toEqual([count(5), [{ ...of, values: ['b'] }]])
  expect(await asked('?tag=of:b&tag=to:x')).toEqual([count(4), []])
})

it('shows how often and how long in all where times are measured', async () => {
  expect(await get(`${FIGURE}/commit_seconds`, METRICS)).toEqual([
    200,
    {
      name: 'commit_seconds',
      description: 'Commits',
      baseUnit: 'seconds',
      measurements: [
        { statistic: 'COUNT', value: 2 },
        { statistic: 'TOTAL_TIME', value: 1.5 },
      ],
      availableTags: [],
    },
  ])
})

it('refuses what isn’t there, and a tag without a value, with what would be right', async () => {
  expect(await get(`${FIGURE}/nothing`)).toEqual([
    404,
    {
      errorDetails: 'no figure "nothing"; …/actuator/metrics has the names',
      details: { code: 'not-found' },
    },
  ])
  const wrong = await get(`${FIGURE}/orders_total?tag=of`, METRICS)
  expect(wrong).toMatchObject([400, { errorDetails: 'the query\'s tag "of" has to be name:value' }])
  expect((await get(`${FIGURE}/orders_total?tag=of:c`, METRICS))[0]).toBe(404)
})

it('has the figures as Prometheus reads them, the same as /metrics', async () => {
  const { app } = createGateway(stubParts(METRICS))
  const ours = await app.request('/metrics')
  const theirs = await app.request('/onap/controlloop/v2/actuator/prometheus', { headers: { accept: 'text/plain' } })
  expect(theirs.headers.get('content-type')).toBe(ours.headers.get('content-type'))
  const counted = (text: string) => text.split('\n').filter((line) => line.startsWith('orders_total'))
  expect(counted(await theirs.text())).toEqual(counted(await ours.text()))
})
