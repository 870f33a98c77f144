import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { until } from '../runtime/testing/until.ts'
import { LIVE_TOPIC } from '../actors/live.ts'
import { encodePublished } from '../runtime/published.ts'
import type { GatewayOptions } from './app.ts'
import { ConfigError } from '../runtime/settings.ts'
import { startGateway, type RunningGateway } from './server.ts'
import { stubParts, type StubOptions } from './testing/stub-parts.ts'

let server: RunningGateway | undefined
afterEach(() => server?.close())

const open = async (stubs: StubOptions = {}, extend?: GatewayOptions['extend']): Promise<RunningGateway> =>
  (server = await startGateway({
    ...stubParts({ ...stubs, config: { port: 0, ...stubs.config } }),
    ...(extend ? { extend } : {}),
  }))

it('listens on loopback, and refuses anything else', async () => {
  const { url } = await open()
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect((await fetch(`${url}/health`)).status).toBe(200)
  for (const host of ['0.0.0.0', '::', '192.168.1.1', 'example.com'])
    await expect(startGateway(stubParts({ config: { host, port: 0 } }))).rejects.toBeInstanceOf(ConfigError)
  const { port } = new URL(url)
  await expect(startGateway(stubParts({ config: { port: Number(port) } }))).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
})

it('keeps connections for longer than proxies do', async () => {
  const { url } = await open()
  const headers = await new Promise<object>((resolve, reject) => {
    const agent = new Agent({ keepAlive: true })
    const asked = request(`${url}/health`, { agent }, (response) => {
      response.resume().on('end', () => {
        agent.destroy()
        resolve(response.headers)
      })
    })
    asked.on('error', reject).end()
  })
  expect(headers).toMatchObject({ connection: 'keep-alive', 'keep-alive': 'timeout=75' })
})

it('sends JSON with exactly that content type over the wire', async () => {
  const { url } = await open()
  expect((await fetch(`${url}/api/deploymentLocations`)).headers.get('content-type')).toBe('application/json')
  const missing = await fetch(`${url}/api/deploymentLocations/x`, { headers: { 'X-Tracectx-TransactionId': 't-1' } })
  expect(missing.headers.get('content-type')).toBe('application/json')
  expect(missing.headers.get('x-tracectx-transactionid')).toBe('t-1')
})

it('goes on after bodies that are too large, cut off or no HTTP at all', async () => {
  const { url } = await open({ config: { bodyBytesMax: 1000 } })
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: 'x'.repeat(1_000_000) }
  for (let round = 0; round < 3; round++)
    expect((await fetch(`${url}/api/intent/createAssembly`, post)).status).toBe(413)
  const { port, hostname } = new URL(url)
  const garbage = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write('no HTTP\r\n\r\n'))
    let text = ''
    socket.on('data', (data) => (text += data.toString()))
    socket.on('close', () => resolve(text))
    socket.on('error', () => undefined)
  })
  expect(garbage).toMatch(/^HTTP\/1\.1 400/)
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        'POST /api/intent/createAssembly HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a',
        () => socket.destroy(),
      )
    })
    socket.on('close', () => resolve())
  })
  expect((await fetch(`${url}/health`)).status).toBe(200)
})

it('finishes what is in flight when it closes, and takes nothing new', async () => {
  let go = (): void => undefined
  const waits = new Promise<void>((resolve) => (go = resolve))
  let begun = false
  const { url, close } = await open({}, (app) =>
    app.get('/slow', async (c) => {
      begun = true
      await waits
      return c.text('done')
    }),
  )
  const slow = fetch(`${url}/slow`)
  await until(() => begun)
  const closed = close()
  await until(() =>
    fetch(`${url}/health`).then(
      () => false,
      () => true,
    ),
  )
  go()
  expect(await (await slow).text()).toBe('done')
  const startedMs = Date.now()
  await closed
  expect(Date.now() - startedMs).toBeLessThan(2_000)
})

it('gives up what does not finish in time', async () => {
  const { url, close } = await open({ config: { closeGraceMs: 20 } }, (app) =>
    app.get('/never', () => new Promise<Response>(() => undefined)),
  )
  const never = fetch(`${url}/never`).catch(() => 'cut off')
  await until(async () =>
    (await (await fetch(`${url}/metrics`)).text()).includes('homeostat_http_requests_in_flight 2'),
  )
  await close()
  expect(await never).toBe('cut off')
})

it('ends event streams when it closes', async () => {
  const { url, close } = await open()
  const stream = await fetch(`${url}/api/events`)
  const text = stream.text()
  await close()
  expect(await text).toContain('retry: 1000')
})

it('cuts off an event stream whose client stops reading, and only that one', async () => {
  const stubs = stubParts()
  const { url } = await open({ log: stubs.log, config: { eventBufferBytes: 100_000 } })
  const { hostname, port } = new URL(url)
  const stuck = await new Promise<{ destroyed: boolean }>((resolve) => {
    request({ hostname, port, path: '/api/events' }, (response) => resolve(response.pause().socket)).end()
  })
  const reading = await fetch(`${url}/api/events`)
  const reader = (reading.body as ReadableStream<Uint8Array>).getReader()
  const value = encodePublished({ id: 'e', key: 'k', atMs: 0, sender: '', trace: '', message: 'x'.repeat(20_000) })
  let received = 0
  const streams = async (): Promise<string | undefined> =>
    /homeostat_http_event_streams (\d+)/.exec(await (await fetch(`${url}/metrics`)).text())?.[1]
  expect(await streams()).toBe('2')
  // More than the sockets' own buffers hold.
  for (let round = 0; round < 600 && (await streams()) === '2'; round++) {
    await stubs.log.append(Array.from({ length: 3 }, () => ({ topic: LIVE_TOPIC, partition: 0, value })))
    for (const target = received + 30_000; received < target;) received += (await reader.read()).value?.length ?? target
  }
  expect(await streams()).toBe('1')
  expect(stuck.destroyed).toBe(false)
  await reader.cancel()
  await until(async () => (await streams()) === '0')
}, 30_000)
