import { describe, expect, it } from 'vitest'
import { RuntimeFault, type FaultCode } from '../runtime/fault.ts'
import { createGateway, type GatewayOptions } from './app.ts'
import { stubParts, type StubOptions } from './testing/stub-parts.ts'

const gateway = (stubs: StubOptions = {}, extend?: GatewayOptions['extend']) =>
  createGateway({ ...stubParts(stubs), ...(extend ? { extend } : {}) })

const post = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }): RequestInit => ({
  method: 'POST',
  body,
  headers,
})

const order = JSON.stringify({ assemblyName: 'asm', descriptorName: 'assembly::a::1.0', intendedState: 'Active' })

describe('errors', () => {
  it('have the form that the path calls for, with exact content types', async () => {
    const { app } = gateway()
    const ours = await app.request('/api/runtime/dead-letters/1-2-3')
    expect(ours.status).toBe(404)
    expect(ours.headers.get('content-type')).toBe('application/problem+json')
    expect(await ours.json()).toEqual({
      type: 'urn:homeostat:problem:not-found',
      title: 'Not found',
      status: 404,
      detail: 'there is no dead letter "1-2-3" (any more)',
      instance: '/api/runtime/dead-letters/1-2-3',
      code: 'not-found',
      details: {},
    })
    const theirs = await app.request('/api/deploymentLocations/nowhere')
    expect(theirs.status).toBe(404)
    expect(theirs.headers.get('content-type')).toBe('application/json')
    expect(await theirs.json()).toEqual({
      url: '/api/deploymentLocations/nowhere',
      localizedMessage: 'Could not find deployment location with id: nowhere',
      details: { code: 'not-found' },
    })
  })

  it('tell an unknown path from a wrong method', async () => {
    const { app } = gateway()
    expect((await app.request('/api/nothing')).status).toBe(404)
    const wrong = await app.request('/api/deploymentLocations/a', { method: 'PATCH' })
    expect(wrong.status).toBe(405)
    expect(wrong.headers.get('allow')).toBe('DELETE, GET, HEAD, OPTIONS, PUT')
    const options = await app.request('/api/intent/createAssembly', { method: 'OPTIONS' })
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'OPTIONS, POST'])
    expect((await app.request('/api/deploymentLocations', { method: 'HEAD' })).status).toBe(200)
  })

  it('show nothing of the inside, and are counted and reported', async () => {
    const reported: unknown[] = []
    const made = gateway({
      report: (_text, error) => reported.push(error),
      queries: {
        list: async () => {
          throw new TypeError('secret internals')
        },
      },
    })
    const response = await made.app.request('/api/deploymentLocations')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
    expect(made.unexpectedErrors()).toBe(1)
    expect(reported).toEqual([new TypeError('secret internals')])
  })
})

describe('bodies', () => {
  it.each([
    ['text/plain', order, 415],
    ['application/json', '{"assemblyName": }', 400],
    ['application/json; charset=utf-8', '[]', 400],
    ['application/json', `{"a":${'['.repeat(70)}${']'.repeat(70)}}`, 400],
  ])('of type %s are refused where they are wrong (%s)', async (type, body, status) => {
    expect(
      (await gateway().app.request('/api/intent/createAssembly', post(body, { 'content-type': type }))).status,
    ).toBe(status)
  })

  it('name the place of a syntax error and of each wrong value', async () => {
    const { app } = gateway()
    const malformed = await app.request('/api/intent/createAssembly', post('{\n  "assemblyName": asm }'))
    expect(await malformed.json()).toMatchObject({
      localizedMessage: 'the body is not JSON: line 2, column 19: expected a value',
      details: { code: 'malformed-json', line: 2, column: 19 },
    })
    const invalid = await app.request(
      '/api/intent/createAssembly',
      post('{"assemblyName": "a", "properties": {"x": [1]}}'),
    )
    const { localizedMessage, details } = (await invalid.json()) as {
      localizedMessage: string
      details: { problems: { path: string }[] }
    }
    expect(localizedMessage).toContain('$.descriptorName')
    expect(details.problems.map(({ path }) => path)).toEqual(['$.descriptorName', '$.intendedState', '$.properties.x'])
  })

  it('are bounded, with and without a length', async () => {
    const { app } = gateway({ config: { bodyBytesMax: 100 } })
    const large = 'x'.repeat(101)
    const declared = await app.request(
      '/api/intent/createAssembly',
      post(large, { 'content-type': 'application/json', 'content-length': '101' }),
    )
    expect(declared.status).toBe(413)
    const streamed = await app.request('/api/intent/createAssembly', {
      ...post(''),
      body: new Blob([large]).stream(),
      duplex: 'half',
    })
    expect(streamed.status).toBe(413)
  })

  it('must be UTF-8, and not compressed', async () => {
    const { app } = gateway()
    const bytes = await app.request('/api/catalog/descriptors', {
      method: 'POST',
      body: new Uint8Array([0x61, 0xff]),
      headers: { 'content-type': 'application/yaml' },
    })
    expect([bytes.status, ((await bytes.json()) as { details: { code: string } }).details.code]).toEqual([
      400,
      'not-utf-8',
    ])
    const zipped = await app.request(
      '/api/intent/createAssembly',
      post(order, { 'content-type': 'application/json', 'content-encoding': 'gzip' }),
    )
    expect(zipped.status).toBe(415)
  })
})

describe('what the runtime throws', () => {
  const codes: [FaultCode, number][] = [
    ['deadline-exceeded', 504],
    ['overloaded', 429],
    ['closed', 503],
    ['unavailable', 503],
    ['newer-version', 503],
    ['limit-exceeded', 422],
    ['invalid-message', 422],
    ['handler-failed', 500],
  ]
  it.each(codes)('%s is answered with %d', async (code, status) => {
    const made = gateway({
      client: {
        ask: async () => {
          throw new RuntimeFault(code, 'as thrown')
        },
      },
    })
    const body = JSON.stringify({ name: 'here', infrastructureType: 'Other' })
    const response = await made.app.request('/api/deploymentLocations', post(body))
    expect(response.status).toBe(status)
    expect(((await response.json()) as { details: { code: string } }).details.code).toBe(code)
    if ([429, 503, 504].includes(status)) expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(made.unexpectedErrors()).toBe(0)
  })

  it('a store that does not answer is given up after the deadline', async () => {
    const { app } = gateway({
      config: { readDeadlineMs: 10 },
      queries: { list: () => new Promise(() => undefined) },
    })
    const response = await app.request('/api/deploymentLocations')
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
  })
})

describe('the edge', () => {
  it('refuses more than it may work on', async () => {
    let go = (): void => undefined
    const waits = new Promise<void>((resolve) => (go = resolve))
    const { app } = gateway({ config: { inFlightMax: 2 } }, (extended) =>
      extended.get('/slow', async (c) => {
        await waits
        return c.text('done')
      }),
    )
    const ask = async () => app.request('/slow')
    const slow = [ask(), ask()]
    const third = await app.request('/api/deploymentLocations')
    expect([third.status, third.headers.get('retry-after')]).toEqual([429, '1'])
    go()
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200])
    expect((await app.request('/slow')).status).toBe(200)
  })

  it('echoes trace headers, on errors as well', async () => {
    const { app } = gateway()
    const headers = { 'X-TraceCtx-TransactionId': 'tx-1', 'X-Tracectx-Other': 'o', 'X-Else': 'no' }
    for (const path of ['/health', '/api/nothing']) {
      const response = await app.request(path, { headers })
      expect(response.headers.get('x-tracectx-transactionid')).toBe('tx-1')
      expect(response.headers.get('x-tracectx-other')).toBe('o')
      expect(response.headers.get('x-else')).toBeNull()
    }
  })

  it('keeps foreign pages out', async () => {
    const { app } = gateway()
    const ask = (host: string, origin: string, method = 'POST') =>
      app.request('/api/runtime/dead-letters/0-0-0/replay', { method, headers: { host, origin } })
    expect((await ask('evil.example:8080', 'http://evil.example:8080')).status).toBe(421)
    expect((await ask('127.0.0.1:8080', 'http://evil.example')).status).toBe(403)
    expect((await ask('127.0.0.1:8080', 'http://127.0.0.1:8080')).status).toBe(404)
    expect((await ask('[::1]:8080', 'http://[::1]:8080')).status).toBe(404)
  })

  it('counts durations by route, not by path', async () => {
    const { app } = gateway()
    await app.request('/api/deploymentLocations/a')
    await app.request('/api/deploymentLocations/b')
    await app.request('/api/strange', { method: 'BREW' })
    const text = await (await app.request('/metrics')).text()
    const count = 'homeostat_http_request_duration_seconds_count'
    expect(text).toContain(`${count}{method="GET",route="/api/deploymentLocations/:id",code="404"} 2\n`)
    expect(text).toContain(`${count}{method="other",route="unmatched",code="404"} 1\n`)
  })
})

describe('operations', () => {
  it('is ready when every part is', async () => {
    const ready = await gateway().app.request('/health')
    expect(ready.status).toBe(200)
    expect(await ready.json()).toEqual({
      alive: true,
      ready: true,
      parts: [
        { name: 'gateway', ok: true },
        { name: 'store', ok: true },
      ],
    })
    const parts = { health: () => [{ name: 'shards', ok: false, note: '3 of 16 are served' }] }
    const waiting = await gateway(parts).app.request('/health')
    expect(waiting.status).toBe(503)
    expect(await waiting.json()).toMatchObject({ alive: true, ready: false })
  })

  it('shows metrics of the runtime and the store', async () => {
    const { app } = gateway({
      metrics: () => [
        { name: 'a_total', help: 'one\nline', type: 'counter', value: 3, labels: { of: 'q"uote\\' } },
        { name: 'h', help: 'h', type: 'histogram', value: 1.5, count: 2, buckets: [{ le: 1, count: 1 }] },
      ],
      queries: { counts: async () => ({ entities: { assembly: 7 }, deadLetters: 1, timers: 2, outbox: 3 }) },
    })
    const response = await app.request('/metrics')
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await response.text()
    expect(text).toContain('# HELP a_total one\\nline\n# TYPE a_total counter\na_total{of="q\\"uote\\\\"} 3\n')
    expect(text).toContain('h_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 1.5\nh_count 2\n')
    expect(text).toContain('homeostat_store_entities{kind="assembly"} 7\n')
  })

  it('lists where everything is', async () => {
    const { app } = gateway()
    const index = (await (await app.request('/')).json()) as { links: Record<string, string> }
    for (const path of Object.values(index.links).filter((link) => link !== '/api/events'))
      expect([path, (await app.request(path)).status]).toEqual([path, 200])
    const page = await app.request('/', { headers: { accept: 'text/html' } })
    expect(await page.text()).toContain('/openapi.json')
  })
})
