/** An external driver's contract, spoken with a real HTTP server. */
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EntityRef, Tagged } from '../../runtime/entity.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { until } from '../../runtime/testing/until.ts'
import { DriverRefusal, type DriverRequest } from '../protocol.ts'
import { sampleLocation, sampleRequest } from '../testing/sample-requests.ts'
import { answerJson, type ScriptedServer, scriptedServer } from '../testing/scripted-server.ts'
import { type HttpDriver, httpDriver, type HttpDriverParts } from './http-driver.ts'

interface Told {
  readonly to: EntityRef
  readonly message: Tagged
  readonly sender: string
  readonly trace: string | undefined
}

let server: ScriptedServer
const drivers: HttpDriver[] = []
let told: Told[] = []
let failingTells = 0

beforeEach(async () => {
  server = await scriptedServer()
  told = []
  failingTells = 0
})
afterEach(async () => {
  for (const driver of drivers.splice(0)) await driver.close()
  await server.close()
})

const driverAt = (given: Partial<HttpDriverParts> = {}): HttpDriver => {
  const driver = httpDriver({
    type: 'ansible',
    url: server.url,
    clock: systemClock,
    client: {
      tell: async (to, message, { sender, trace }) => {
        if (failingTells-- > 0) throw new Error('not now')
        told.push({ to, message, sender, trace })
      },
    },
    ...given,
  })
  drivers.push(driver)
  return driver
}
const request = (given: Partial<DriverRequest> = {}): DriverRequest =>
  sampleRequest({ deadlineMs: Date.now() + 60_000, ...given })
const location = sampleLocation({ type: 'Openstack', properties: { url: 'http://os' } })
const failure = async (called: Promise<unknown>): Promise<unknown> =>
  called.then(
    () => 'nothing',
    (error: unknown) => error,
  )
const accept = (response: ServerResponse): void =>
  answerJson(response, 202, { requestId: 'theirs-1', version: '1.0.0' })

describe('a driver over HTTP', () => {
  it('is sent the whole request, and whose answer it is is told before the call counts as done', async () => {
    server.answer = (response) =>
      answerJson(response, 202, { requestId: 'theirs-1', associatedTopology: { Stack: { id: 's' } } })
    const sent = request({
      resourceProperties: { flavor: 'small', ips: ['10.0.0.1', '10.0.0.2'] },
      requestProperties: { port: '5060' },
      associatedTopology: { Old: { id: 'o', type: 'Openstack' } },
      outputNames: ['mgmtIp'],
    })
    await driverAt({ tenantId: 'lab-7' }).execute(sent, location, 'order-1')

    const [asked] = server.asked
    expect(asked).toMatchObject({ method: 'POST', path: '/api/driver/lifecycle/execute' })
    expect(asked?.headers).toMatchObject({
      'content-type': 'application/json',
      tenantid: 'lab-7',
      'x-tracectx-transactionid': 'order-1',
      'x-tracectx-processid': 'order-1',
    })
    const body = JSON.parse(asked?.text ?? '') as Record<string, unknown>
    const string = (value: string) => ({ type: 'string', value })
    expect(body).toEqual({
      lifecycleName: 'Create',
      driverFiles: expect.any(String) as string,
      systemProperties: {
        resourceId: string('resource-1'),
        resourceName: string('voice__gateway'),
        requestId: string('request-1'),
        metricKey: string('resource-1'),
        resourceManagerId: string('brent'),
        deploymentLocation: string('lab'),
        resourceType: string('resource::gateway::1.0'),
      },
      resourceProperties: { flavor: string('small'), ips: { type: 'list', value: ['10.0.0.1', '10.0.0.2'] } },
      requestProperties: { port: string('5060') },
      associatedTopology: { Old: { id: 'o', type: 'Openstack' } },
      deploymentLocation: { name: 'lab', type: 'Openstack', properties: { url: 'http://os' } },
    })
    // The end-of-central-directory record of a zip, and nothing in it.
    const zip = Buffer.from(String(body['driverFiles']), 'base64')
    expect([zip.length, zip.readUInt32LE(0), zip.readUInt16LE(10)]).toEqual([22, 0x06054b50, 0])

    expect(told).toEqual([
      {
        to: { kind: 'driver-request', id: 'theirs-1' },
        message: {
          type: 'accepted',
          requestId: 'request-1',
          resourceId: 'resource-1',
          deadlineMs: sent.deadlineMs,
          associatedTopology: { Stack: { id: 's' } },
        },
        sender: 'driver/ansible',
        trace: 'order-1',
      },
    ])
  })

  it('sends no header for an order that is not named, or not in printable characters', async () => {
    server.answer = accept
    const driver = driverAt()
    await driver.execute(request(), location)
    await driver.execute(request(), location, 'a\nb')
    for (const { headers } of server.asked)
      expect(Object.keys(headers).filter((name) => name.startsWith('x-') || name === 'tenantid')).toEqual([])
  })

  it('refuses for good what the driver refuses, with its own message', async () => {
    server.answer = (response) =>
      answerJson(response, 400, { localizedMessage: "'driverFiles' is missing", status: 400 })
    const error = await failure(driverAt().execute(request(), location))
    expect(error).toBeInstanceOf(DriverRefusal)
    expect((error as DriverRefusal).message).toBe("'driverFiles' is missing")
    expect(told).toEqual([])
  })

  it.each([[404], [401], [405], [301]])('refuses, and says where, when the status is %i', async (status) => {
    server.answer = (response) => response.writeHead(status).end('no such page')
    const error = await failure(driverAt().execute(request(), location))
    expect(error).toBeInstanceOf(DriverRefusal)
    expect((error as DriverRefusal).message).toBe(
      `driver ansible answered ${status} to POST ${server.url}/api/driver/lifecycle/execute: no such page`,
    )
  })

  it.each([[500], [503], [429], [408], [502]])('may try again after status %i', async (status) => {
    server.answer = (response) => answerJson(response, status, { localizedMessage: 'not now' })
    const error = await failure(driverAt().execute(request(), location))
    expect(error).toMatchObject({ name: 'RuntimeFault', code: 'unavailable' })
    expect(String(error)).toContain(`${status}`)
    expect(String(error)).toContain('not now')
  })

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['garbage', (response) => response.writeHead(202).end('<html>'), 'no JSON'],
    ['nothing', (response) => response.writeHead(202).end(), 'empty'],
    ['no request id', (response) => answerJson(response, 202, { version: '1.0.0' }), 'requestId'],
    ['a request id without end', (response) => answerJson(response, 202, { requestId: 'x'.repeat(500) }), 'requestId'],
    ['more than fits', (response) => response.writeHead(202).end('x'.repeat(100_000)), 'more than 50000 bytes'],
    ['a reset connection', (response) => response.socket?.resetAndDestroy(), 'POST'],
    [
      'half an answer',
      (response) => {
        response.writeHead(202, { 'content-length': 100 }).write('{"requestId":')
        setImmediate(() => response.socket?.destroy())
      },
      'POST',
    ],
    ['silence', () => undefined, 'within 150 ms'],
  ])('may try again after %s', async (_what, answer, text) => {
    server.answer = answer
    const driver = driverAt({ limits: { answerBytesMax: 50_000, callTimeoutMs: 150 } })
    const error = await failure(driver.execute(request(), location))
    expect(error).toMatchObject({ name: 'RuntimeFault' })
    expect(String(error)).toContain(text)
    expect(told).toEqual([])
  })

  it('may try again when nobody listens, and waits no longer than the deadline of the request', async () => {
    const gone = await scriptedServer()
    await gone.close()
    const refused = await failure(driverAt({ url: gone.url }).execute(request(), location))
    expect(refused).toMatchObject({ code: 'unavailable' })
    server.answer = () => undefined
    const late = await failure(driverAt().execute(request({ deadlineMs: Date.now() + 100 }), location))
    expect(late).toMatchObject({ code: 'deadline-exceeded' })
  })

  it('is called again, with the same id of ours, if what it answered could not be stored', async () => {
    server.answer = accept
    failingTells = 1
    const driver = driverAt()
    expect(await failure(driver.execute(request(), location))).toBeInstanceOf(Error)
    await driver.execute(request(), location)
    const ids = server.asked.map(({ text }) => (JSON.parse(text) as { systemProperties: unknown }).systemProperties)
    expect(ids[0]).toEqual(ids[1])
    expect(told).toHaveLength(1)
  })

  it('keeps its connections, and makes no more than it may', async () => {
    const open: ServerResponse[] = []
    server.answer = (response) => void open.push(response)
    const driver = driverAt({ limits: { connectionsMax: 3, idleConnectionsMax: 3 } })
    const calls = Promise.all(Array.from({ length: 20 }, () => driver.execute(request(), location)))
    for (let answered = 0; answered < 20;) {
      await until(() => open.length > 0)
      const response = open.shift()
      if (response) accept(response)
      answered++
    }
    await calls
    expect(server.connections()).toBeLessThanOrEqual(3)
  })

  it('breaks off what is under way when it is closed', async () => {
    server.answer = () => undefined
    const driver = driverAt()
    const called = failure(driver.execute(request(), location))
    await until(() => server.asked.length === 1)
    await driver.close()
    expect(await called).toMatchObject({ code: 'closed' })
    expect(await failure(driver.execute(request(), location))).toMatchObject({ code: 'closed' })
  })

  describe('asked for a reference', () => {
    const find = (given: Partial<DriverRequest> = {}) => request({ transition: 'FindReference', ...given })

    it('reports at once what it finds', async () => {
      const result = { resourceId: 'x', outputs: { networkId: 'n-1' }, associatedTopology: { Net: { id: 'n' } } }
      server.answer = (response) => answerJson(response, 200, { result })
      await driverAt().execute(find({ resourceProperties: { name: 'public-net' } }), location, 'order-1')
      expect(server.asked[0]?.path).toBe('/api/driver/references/find')
      expect(JSON.parse(server.asked[0]?.text ?? '')).toMatchObject({
        instanceName: 'public-net',
        deploymentLocation: { name: 'lab' },
      })
      expect(told).toEqual([
        {
          to: { kind: 'resource', id: 'resource-1' },
          message: {
            type: 'driver-reported',
            report: {
              requestId: 'request-1',
              resourceId: 'resource-1',
              status: 'COMPLETE',
              outputs: { networkId: 'n-1' },
              associatedTopology: { Net: { id: 'n' } },
            },
          },
          sender: 'driver/ansible',
          trace: 'order-1',
        },
      ])
    })

    it('reports that there is none', async () => {
      server.answer = (response) => answerJson(response, 200, { result: null })
      await driverAt().execute(find(), location)
      expect(told[0]?.message).toMatchObject({ report: { status: 'FAILED', failure: { code: 'RESOURCE_NOT_FOUND' } } })
    })

    it('may try again after garbage', async () => {
      server.answer = (response) => answerJson(response, 200, { results: [] })
      expect(await failure(driverAt().execute(find(), location))).toMatchObject({ code: 'unreadable' })
      expect(told).toEqual([])
    })
  })

  it('says how it is, asked no more often than it must be', async () => {
    server.answer = (response) => answerJson(response, 200, { vitals: { app: { status: 'OK' } } })
    const driver = driverAt()
    expect(driver.health()).toMatchObject({ ok: undefined })
    await until(() => driver.health().ok === true)
    for (let asks = 0; asks < 10; asks++) driver.health()
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /management/health'])

    server.answer = (response) => answerJson(response, 200, { vitals: { app: { status: 'ERROR' } } })
    const sick = driverAt({ limits: { healthTtlMs: 0 } })
    await until(() => sick.health().ok === false)
    const silent = driverAt({ limits: { healthTimeoutMs: 50 } })
    server.answer = () => undefined
    await until(() => silent.health().ok === false)
    expect(silent.health().note).toContain('within 50 ms')
  })
})
