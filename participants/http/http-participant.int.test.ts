/** The HTTP participant against a real server. */
import { afterEach, describe, expect, it } from 'vitest'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../runtime/system-clock.ts'
import { until } from '../../runtime/testing/until.ts'
import type { Properties } from '../protocol/conversation.ts'
import type { ParticipantState } from '../protocol/states.ts'
import {
  changeState,
  define,
  elementDefinition,
  elementId,
  elementOrder,
  IDENTITY,
  instantiate,
} from '../testing/orders.ts'
import { participantContract } from '../testing/participant-contract.ts'
import { testHub } from '../testing/test-hub.ts'
import { startHttpParticipant } from './http-participant.ts'

const SECRET = 'do-not-tell'

interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

const cleanUp: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const each of cleanUp.splice(0).reverse()) await each()
})

const server = async () => {
  const asked: Asked[] = []
  const made = {
    asked,
    url: '',
    answer: (response: ServerResponse, _asked: Asked): void => void response.writeHead(200).end('ok'),
    close: async () => {
      listening.closeAllConnections()
      await new Promise((resolve) => listening.close(resolve))
    },
  }
  const listening = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const each = { method, url, headers, body: Buffer.concat(chunks).toString() }
      asked.push(each)
      made.answer(response, each)
    })
  })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  made.url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`
  return made
}

const start = async (mode: ParticipantState = 'ACTIVE', limits = {}) => {
  const remote = await server()
  const hub = testHub()
  const participant = startHttpParticipant(hub.connect(IDENTITY), {
    identity: IDENTITY,
    clock: systemClock,
    mode,
    limits,
  })
  const close = async () => {
    await participant.close()
    await remote.close()
  }
  return { remote, hub, participant, close }
}

const requestOf = (path: string, more: Properties = {}): Properties => ({
  restRequestId: { name: path.replace(/[^a-z0-9]/gi, ''), version: '1.0.0' },
  httpMethod: 'PUT',
  path,
  body: '{"a":1}',
  expectedResponse: 200,
  ...more,
})
const properties = (baseUrl: string, ...requests: readonly Properties[]): Properties => ({
  baseUrl,
  httpHeaders: { Authorization: `Bearer ${SECRET}` },
  configurationEntities: [{ restSequence: requests }],
})

participantContract('http', async (mode) => {
  const { remote, hub, participant, close } = await start(mode)
  let ids = 0
  remote.answer = (response, { url }) => void response.writeHead(url === '/fails' ? 500 : 200).end()
  return {
    hub,
    participant,
    definition: elementDefinition(),
    element: () => elementOrder(elementId(++ids), properties(remote.url, requestOf(elementId(ids)))),
    failingElement: () => elementOrder(elementId(++ids), properties(remote.url, requestOf('fails'))),
    timesInstantiated: (id) => remote.asked.filter(({ url }) => url === `/${id}`).length,
    settle: (condition) => until(condition),
    close,
  }
})

describe('the HTTP participant', () => {
  const begin = async (mode?: ParticipantState, limits = {}) => {
    const made = await start(mode, limits)
    cleanUp.push(made.close)
    made.hub.deliver(define())
    const create = async (given: Properties) => {
      const order = instantiate([elementOrder(elementId(), given)])
      made.hub.deliver(order)
      await until(() => made.hub.resultsOf(order).length > 0)
      return made.hub.resultsOf(order)[0]
    }
    return { ...made, create }
  }

  it('makes the requests one after the other, as they are written', async () => {
    const { remote, create } = await begin()
    const given = properties(
      remote.url,
      requestOf('v1/kv/{key}', { pathParams: { key: 'pm/sh' }, queryParams: { flags: 7 } }),
      requestOf('/check', { httpMethod: 'GET', body: null, expectedResponse: 200 }),
    )
    expect(await create(given)).toMatchObject({
      state: 'PASSIVE',
      ok: true,
      message: '2 requests answered as expected',
    })
    expect(remote.asked.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['PUT', '/v1/kv/pm%2Fsh?flags=7', '{"a":1}'],
      ['GET', '/check', ''],
    ])
    expect(remote.asked[0]?.headers).toMatchObject({
      authorization: `Bearer ${SECRET}`,
      'content-type': 'application/json',
    })
  })

  it('takes an expected 404 for a success, and an unexpected 200 for a failure', async () => {
    const { remote, hub, create } = await begin()
    remote.answer = (response) => void response.writeHead(404).end()
    const expecting = properties(remote.url, requestOf('gone', { httpMethod: 'DELETE', expectedResponse: 404 }))
    expect(await create(expecting)).toMatchObject({ ok: true })
    remote.answer = (response) => void response.writeHead(200).end()
    hub.deliver(changeState('UNINITIALISED'))
    await until(() => hub.of('elements-changed').at(-1)?.results[0]?.state === 'UNINITIALISED')
    expect(await create(expecting)).toMatchObject({
      ok: false,
      message: 'request gone:1.0.0 (DELETE gone): answered 200, 404 was expected',
    })
  })

  it('goes on, when it is told again, where it had failed', async () => {
    const { remote, create } = await begin()
    const given = properties(remote.url, requestOf('one'), requestOf('two'), requestOf('three'))
    remote.answer = (response, { url }) => void response.writeHead(url === '/two' ? 503 : 200).end()
    expect(await create(given)).toMatchObject({ ok: false })
    remote.answer = (response) => void response.writeHead(200).end()
    expect(await create(given)).toMatchObject({
      ok: true,
      message: '3 requests answered as expected, 1 of them before',
    })
    expect(remote.asked.map(({ url }) => url)).toEqual(['/one', '/two', '/two', '/three'])
  })

  it('begins anew what another sequence has overwritten meanwhile, even one that failed', async () => {
    const { remote, create } = await begin()
    const one = properties(remote.url, requestOf('kv', { body: 'one' }))
    expect(await create(one)).toMatchObject({ ok: true })
    // It may have been received.
    remote.answer = (response) => void response.destroy()
    expect(await create(properties(remote.url, requestOf('kv', { body: 'two' })))).toMatchObject({ ok: false })
    remote.answer = (response) => void response.writeHead(200).end()
    expect(await create(one)).toMatchObject({ ok: true, message: '1 requests answered as expected' })
    expect(remote.asked.map(({ body }) => body)).toEqual(['one', 'two', 'one'])
  })

  it('says that it may not speak to a port, and which header it can not send', async () => {
    const { create } = await begin()
    expect(await create(properties('http://127.0.0.1:6000', requestOf('x')))).toMatchObject({
      ok: false,
      message: 'request x:1.0.0 (PUT x): no answer (fetch refuses this port)',
    })
    const hosted = { ...properties('http://127.0.0.1:1', requestOf('x')), httpHeaders: { Host: 'example.org' } }
    const message = `the element's properties: httpHeaders.Host: is a header of the connection, which is not sent as it is given: leave it out`
    expect(await create(hosted)).toMatchObject({ ok: false, message })
  })

  it('follows no redirect', async () => {
    const { remote, create } = await begin()
    remote.answer = (response) => void response.writeHead(302, { location: '/elsewhere' }).end()
    expect(await create(properties(remote.url, requestOf('here', { expectedResponse: 302 })))).toMatchObject({
      ok: true,
    })
    expect(remote.asked).toHaveLength(1)
  })

  it('waits so long for an answer, and reads so much of it', async () => {
    const { remote, create } = await begin('ACTIVE', { requestTimeoutMs: 100, answerBytesMax: 10_000 })
    remote.answer = (response) => {
      response.writeHead(200)
      const more = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(4_096), () => setImmediate(more))
      }
      more()
    }
    expect(await create(properties(remote.url, requestOf('endless')))).toMatchObject({ ok: true })
    remote.answer = () => undefined
    expect(await create(properties(remote.url, requestOf('mute')))).toMatchObject({
      ok: false,
      message: 'request mute:1.0.0 (PUT mute): no answer within 100 ms',
    })
  })

  it('breaks off when something contrary is ordered', async () => {
    const { remote, hub } = await begin()
    remote.answer = () => undefined
    const order = instantiate([elementOrder(elementId(), properties(remote.url, requestOf('mute')))])
    hub.deliver(order)
    await until(() => remote.asked.length === 1)
    hub.deliver(changeState('UNINITIALISED'))
    await until(() => hub.resultsOf(order).length === 1)
    expect(hub.resultsOf(order)[0]).toMatchObject({ ok: false })
  })

  it('tells nothing that is secret, whatever goes wrong', async () => {
    const { remote, hub, create } = await begin('ACTIVE', { requestTimeoutMs: 1_000 })
    remote.answer = (response) => void response.writeHead(401).end(`wrong token ${SECRET}`)
    const secretive = requestOf(`kv?token=${SECRET}`, { queryParams: { key: SECRET }, body: SECRET })
    const nobody = `http://me:${SECRET}@127.0.0.1:1`
    for (const given of [
      properties(remote.url, secretive),
      properties(remote.url.replace('http://', `http://me:${SECRET}@`), secretive),
      properties(nobody, secretive),
      { ...properties(remote.url, secretive), httpHeaders: { 'X-Token': `${SECRET}\u0000` } },
      { ...properties(remote.url, secretive), baseUrl: `http://${SECRET}:port` },
    ])
      expect(await create(given)).toMatchObject({ ok: false })
    expect(remote.asked.length).toBe(2)
    expect(JSON.stringify(hub.reports)).not.toContain(SECRET)
  })

  it('in TEST mode speaks to the test environment, if there is one', async () => {
    const { remote, create } = await begin('TEST')
    expect(await create(properties(remote.url, requestOf('live')))).toMatchObject({
      ok: false,
      message: 'TEST: has no test environment: property testBaseUrl is not set',
    })
    const tested = { ...properties('http://127.0.0.1:1', requestOf('test')), testBaseUrl: remote.url }
    expect(await create(tested)).toMatchObject({ ok: true, message: 'TEST: 1 requests answered as expected' })
    expect(remote.asked.map(({ url }) => url)).toEqual(['/test'])
  })
})
