import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serviceInstanceRef } from '../../actors/addresses.ts'
import type { InstanceReply } from '../../actors/service/protocol.ts'
import type { Load, Registration, ServiceInstanceCommand } from '../../actors/service-instance/protocol.ts'
import { createGateway, type Gateway } from '../app.ts'
import { realSystem, type RealSystem } from '../testing/real-system.ts'

interface Summary {
  readonly service: string
  readonly instances: Readonly<Record<string, number>>
  readonly configurationVersion: number
  readonly behind: number
}
interface Service {
  readonly configuration: { readonly version: number; readonly changedBy?: string; readonly values: object }
  readonly settings: readonly { key: string; meaning: string; default: string; value?: string }[]
  readonly instances: readonly Readonly<Record<string, unknown>>[]
}
interface ProblemBody {
  readonly code: string
  readonly detail: string
  readonly details: Readonly<Record<string, unknown>>
}

let system: RealSystem
let gateway: Gateway

const ask = (path: string, init?: RequestInit) => gateway.app.request(`/api/runtime/${path}`, init)
const get = async <Body>(path: string): Promise<Body> => {
  const response = await ask(path)
  expect([path, response.status, response.headers.get('content-type')]).toEqual([path, 200, 'application/json'])
  return (await response.json()) as Body
}
const put = (name: string, values: unknown, ifMatch?: string) =>
  ask(`services/${name}/configuration`, {
    method: 'PUT',
    body: JSON.stringify(values),
    headers: { 'content-type': 'application/json', ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }) },
  })
const refused = async (response: Response | Promise<Response>): Promise<[number, ProblemBody]> => {
  const got = await response
  expect(got.headers.get('content-type')).toBe('application/problem+json')
  return [got.status, (await got.json()) as ProblemBody]
}

const load: Load = {
  shards: [],
  entitiesInMemory: 10,
  messagesPerSecond: 1.5,
  inFlight: 1,
  eventLoopDelayMs: 2,
  rssBytes: 1000,
  cpuFraction: 0.5,
}
const say = async (service: string, node: string, command: ServiceInstanceCommand): Promise<InstanceReply> => {
  const options = { sender: `node/${node}`, deadlineMs: 5_000 }
  const reply = await system.parts.client.ask<InstanceReply>(serviceInstanceRef(service, node), command, options)
  if (!reply.ok) throw new Error(reply.rejection.reason)
  return reply.value
}
const register = (service: string, node: string, more: Partial<Registration> = {}) => {
  const facts = { incarnation: 'i1', version: '1.2.3', protocols: [1, 2], host: 'here', pid: 7, startedAtMs: 1_000 }
  return say(service, node, {
    type: 'register',
    registration: { ...facts, heartbeatMs: 60_000, runs: {}, ...more },
  })
}
const beat = (service: string, node: string, shards: number[], configurationVersion = 0, incarnation = 'i1') =>
  say(service, node, {
    type: 'heartbeat',
    incarnation,
    isReady: true,
    load: { ...load, shards },
    configurationVersion,
    configurationProblem: '',
  })

beforeAll(async () => {
  system = await realSystem()
  gateway = createGateway(system.parts)
  await register('worker', 'node-1')
  await beat('worker', 'node-1', [2, 0])
  await register('gateway', 'node-1', { url: 'http://node-1:8080' })
  await beat('gateway', 'node-1', [])
  await register('worker', 'node-2')
  await register('telemetry', 'node-2', { runs: { topics: ['alm__load'] } })
  await say('telemetry', 'node-2', { type: 'deregister', incarnation: 'i1' })
})
afterAll(() => system.stop())

describe('services', () => {
  it('are listed with their instances by state, and those that can be configured before anybody runs them', async () => {
    const none = { Ready: 0, NotReady: 0, Silent: 0, Stopped: 0 }
    expect(await get<Summary[]>('services')).toEqual([
      { service: 'driver', instances: none, configurationVersion: 0, behind: 0 },
      { service: 'gateway', instances: { ...none, Ready: 1 }, configurationVersion: 0, behind: 0 },
      { service: 'telemetry', instances: { ...none, Stopped: 1 }, configurationVersion: 0, behind: 0 },
      { service: 'worker', instances: { ...none, Ready: 1, NotReady: 1 }, configurationVersion: 0, behind: 0 },
    ])
  })

  it('show what their instances are, run and carry', async () => {
    const { instances, settings } = await get<Service>('services/worker')
    expect(settings).toEqual([])
    expect(instances.map(({ node, state, shards }) => [node, state, shards])).toEqual([
      ['node-1', 'Ready', [2, 0]],
      ['node-2', 'NotReady', []],
    ])
    expect(instances[0]).toMatchObject({
      version: '1.2.3',
      protocols: [1, 2],
      host: 'here',
      startedAt: '1970-01-01T00:00:01.000Z',
      load: { entitiesInMemory: 10, messagesPerSecond: 1.5, rssBytes: 1000 },
      isBehind: false,
    })
    expect(instances[1]).not.toHaveProperty('load')
    expect((await get<Service>('services/telemetry')).instances[0]).toMatchObject({ runs: { topics: ['alm__load'] } })
  })

  it('are missed with a hint', async () => {
    const [status, body] = await refused(ask('services/gatway'))
    expect([status, body.details['nearest']]).toEqual([404, ['gateway']])
    expect((await refused(put('constructor', {})))[0]).toBe(404)
  })
})

describe('configuration', () => {
  it('is documented, set as a whole, and shows who is behind', async () => {
    const before = await get<Service>('services/gateway')
    expect(before.configuration).toEqual({ version: 0, values: {} })
    expect(before.settings[0]).toMatchObject({
      key: 'inFlightMax',
      default: '1024',
      meaning: expect.stringContaining('429') as string,
    })
    const response = await put('gateway', { inFlightMax: '5' })
    expect([response.status, response.headers.get('etag')]).toEqual([200, '"1"'])
    expect(await response.json()).toMatchObject({ version: 1, changedBy: 'api', values: { inFlightMax: '5' } })
    const after = await get<Service>('services/gateway')
    expect(after.settings[0]).toMatchObject({ key: 'inFlightMax', value: '5' })
    expect(after.instances[0]).toMatchObject({ configurationVersion: 0, isBehind: true })
    expect((await get<Summary[]>('services'))[1]).toMatchObject({ configurationVersion: 1, behind: 1 })

    expect(await beat('gateway', 'node-1', [], 1)).toEqual({ configurationVersion: 1 })
    expect((await get<Service>('services/gateway')).instances[0]).toMatchObject({ isBehind: false })
    expect((await get<Summary[]>('services'))[1]).toMatchObject({ behind: 0 })
  })

  it('is refused with what would be right', async () => {
    const [status, body] = await refused(put('gateway', { inFlightMx: '5', askDeadlineMs: 'soon' }))
    expect([status, body.code]).toEqual([400, 'invalid-configuration'])
    expect(body.details['problems']).toMatchObject([
      { key: 'inFlightMx', nearest: ['inFlightMax'] },
      { key: 'askDeadlineMs', problem: 'expected a whole number from 10 to 600000, got "soon"' },
    ])
    expect((await refused(put('worker', { a: '1' })))[1].detail).toContain('it has no settings')
    for (const wrong of [{ inFlightMax: 5 }, [], null, 'x', { ['k'.repeat(101)]: '1' }])
      expect((await refused(put('gateway', wrong)))[0]).toBe(400)
    expect((await get<Service>('services/gateway')).configuration.version).toBe(1)
  })

  it('changes only what was looked at, if asked to', async () => {
    const { configuration } = await get<Service>('services/driver')
    expect(configuration.version).toBe(0)
    expect((await put('driver', { callTimeoutMs: '100' }, '"0"')).status).toBe(200)
    const [status, body] = await refused(put('driver', { callTimeoutMs: '200' }, '"0"'))
    expect([status, body.code, body.details]).toEqual([412, 'configuration-conflict', { version: 1 }])
    expect((await put('driver', { callTimeoutMs: '200' }, '"1"')).headers.get('etag')).toBe('"2"')
    expect((await put('driver', { callTimeoutMs: '200' }, '*')).headers.get('etag')).toBe('"2"')
    expect((await refused(put('driver', {}, '2')))[0]).toBe(400)
    expect((await ask('services/driver')).headers.get('etag')).toBe('"2"')
  })
})

describe('nodes', () => {
  it('are put together from their roles', async () => {
    const [first, second, ...others] = await get<Readonly<Record<string, unknown>>[]>('nodes')
    expect(first).toMatchObject({
      node: 'node-1',
      state: 'Ready',
      roles: [
        { service: 'gateway', state: 'Ready' },
        { service: 'worker', state: 'Ready' },
      ],
      url: 'http://node-1:8080',
      version: '1.2.3',
      shards: [0, 2],
      load: { entitiesInMemory: 20, messagesPerSecond: 3, inFlight: 2, rssBytes: 1000, cpuFraction: 0.5 },
    })
    expect(second).toMatchObject({ node: 'node-2', state: 'NotReady', shards: [] })
    expect(others).toEqual([])
  })

  it('have only the roles of the process that started last', async () => {
    await register('worker', 'node-2', { incarnation: 'i2', startedAtMs: 2_000 })
    await beat('worker', 'node-2', [1], 0, 'i2')
    const [, second] = await get<Readonly<Record<string, unknown>>[]>('nodes')
    expect(second).toMatchObject({ state: 'Ready', roles: [{ service: 'worker', state: 'Ready' }], shards: [1] })
  })
})

it('never was at a loss', () => expect(gateway.unexpectedErrors()).toBe(0))
