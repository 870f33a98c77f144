/** The registration over a real node on one machine: heard, silent, back, forgotten; and configured while it runs. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { serviceInstanceRef } from '../actors/addresses.ts'
import { createDefinitions } from '../actors/definitions.ts'
import { SERVICE_CHANGES_PARTITIONS, SERVICE_CHANGES_TOPIC } from '../actors/service/changes.ts'
import type { ServiceInstanceState } from '../actors/service-instance/protocol.ts'
import { readGatewayConfig } from '../gateway/config.ts'
import { type RunningGateway, startGateway } from '../gateway/server.ts'
import { type Embedded, openEmbedded } from '../persistence/embedded.ts'
import { RuntimeFault } from '../runtime/fault.ts'
import { Node } from '../runtime/node.ts'
import { localReplies } from '../runtime/replies.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { until } from '../runtime/testing/until.ts'
import { liveSettings } from './live-settings.ts'
import { type RegistrationOptions, type Role, type RunningRegistration, startRegistration } from './registration.ts'

const HEARTBEAT_MS = 60
const clock = systemClock

let folder: string
let embedded: Embedded
let node: Node
const registrations: RunningRegistration[] = []
let gateway: RunningGateway | undefined
const reported: string[] = []

const open = async (incarnation: string): Promise<void> => {
  embedded = await openEmbedded({ path: join(folder, 'homeostat.sqlite'), synchronous: 'normal' })
  node = new Node({
    incarnation,
    clock,
    log: embedded.log,
    store: embedded.store,
    replies: localReplies(),
    definitions: createDefinitions({ instanceRetentionMs: 600 }),
    topics: { [SERVICE_CHANGES_TOPIC]: SERVICE_CHANGES_PARTITIONS },
    config: { shards: 2 },
  })
  await node.start()
  await until(() => node.isReady)
}
const close = async (): Promise<void> => {
  for (const registration of registrations.splice(0)) await registration.stop()
  await gateway?.close()
  gateway = undefined
  await node.stop()
  await embedded.close()
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeostat-registration-'))
  reported.length = 0
  await open('first')
})
afterEach(async () => {
  await close()
  await rm(folder, { recursive: true })
})

const register = (
  name: string,
  role: Partial<Role>,
  options: Partial<RegistrationOptions> = {},
): RunningRegistration => {
  const registration = startRegistration({
    client: node,
    queries: node.queries,
    log: embedded.log,
    clock,
    node: { name, incarnation: name, version: '1.0.0', protocols: [1], host: 'h', pid: 1, startedAtMs: clock.now() },
    roles: [
      {
        service: 'worker',
        describe: () => ({ runs: { entities: ['assembly'] } }),
        load: () => ({
          isReady: node.isReady,
          shards: node.shards,
          entitiesInMemory: 0,
          messagesTotal: node.metrics.messagesHandled.value,
          inFlight: 0,
        }),
        ...role,
      },
    ],
    heartbeatMs: HEARTBEAT_MS,
    report: (text) => reported.push(text),
    ...options,
  })
  registrations.push(registration)
  return registration
}
const instance = async (name: string, service = 'worker'): Promise<ServiceInstanceState | undefined> =>
  (await node.queries.entity<ServiceInstanceState>(serviceInstanceRef(service, name)))?.state
const isIn = (state: string, name: string, service?: string) => async (): Promise<boolean> =>
  (await instance(name, service))?.state === state

test('a node is Ready while it is heard, Silent when it is not, back when it is again, and forgotten in the end', async () => {
  let isCut = false
  const client: RegistrationOptions['client'] = {
    ask: (...said) => (isCut ? Promise.reject(new RuntimeFault('unavailable', 'cut off')) : node.ask(...said)),
  }
  const registration = register('node-1', {}, { client })
  await until(isIn('Ready', 'node-1'))
  expect(await instance('node-1')).toMatchObject({ load: { shards: [0, 1] }, registration: { version: '1.0.0' } })
  await until(async () => ((await instance('node-1'))?.load?.messagesPerSecond ?? 0) > 0)

  isCut = true
  await until(isIn('Silent', 'node-1'))
  expect(reported).toEqual([expect.stringContaining('unavailable')])
  isCut = false
  await until(isIn('Ready', 'node-1'))

  await registration.stop()
  expect((await instance('node-1'))?.state).toBe('Stopped')
  await until(async () => (await instance('node-1')) === undefined)
})

test('a process that takes the name of another takes its place', async () => {
  register('node-1', {})
  await until(isIn('Ready', 'node-1'))
  const startedAtMs = clock.now() + 1
  const second = {
    name: 'node-1',
    incarnation: 'again',
    version: '2.0.0',
    protocols: [1],
    host: 'h',
    pid: 2,
    startedAtMs,
  }
  register('node-1', {}, { node: second })
  await until(async () => (await instance('node-1'))?.registration?.incarnation === 'again')
  await until(() => reported.some((text) => text.includes('instance-superseded')))
  await until(isIn('Ready', 'node-1'))
  expect((await instance('node-1'))?.registration?.version).toBe('2.0.0')
})

test('heartbeats keep a short history, whatever time goes by', async () => {
  register('node-1', {}, { heartbeatMs: 1 })
  let newest = 0
  await until(async () => {
    const events = await node.queries.history(serviceInstanceRef('worker', 'node-1'), { limit: 500 })
    expect(events.length).toBeLessThan(250)
    newest = events[0]?.version ?? 0
    return newest > 400
  }, 20_000)
})

/** Ends the requests that are held by `/held`. */
let release: () => void = () => undefined

const startConfigured = async (inFlightMax: number): Promise<{ readonly inFlightMax: number }> => {
  const held = new Promise<void>((resolve) => (release = resolve))
  const live = liveSettings('gateway', { ...readGatewayConfig({}), port: 0, inFlightMax })
  gateway = await startGateway({
    client: node,
    queries: node.queries,
    deadLetters: node,
    log: embedded.log,
    clock,
    config: live.values,
    extend: (app) => app.get('/held', async (c) => held.then(() => c.text('done'))),
  })
  const { url } = gateway
  await register('node-1', { service: 'gateway', describe: () => ({ url }), apply: live.apply }).configured
  return live.values
}
const configure = async (values: Record<string, string>): Promise<void> => {
  const response = await fetch(`${gateway?.url}/api/runtime/services/gateway/configuration`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(values),
  })
  expect(response.status).toBe(200)
}
const shown = async (): Promise<Record<string, unknown> | undefined> => {
  const response = await fetch(`${gateway?.url}/api/runtime/services/gateway`)
  return ((await response.json()) as { instances: Record<string, unknown>[] }).instances[0]
}

test('a configuration reaches an instance that runs, and one that starts', async () => {
  const values = await startConfigured(50)
  await until(async () => (await shown())?.['state'] === 'Ready')
  expect(await shown()).toMatchObject({ url: gateway?.url, configurationVersion: 0, isBehind: false })
  await configure({ inFlightMax: '2' })
  await until(() => values.inFlightMax === 2)
  await until(async () => (await shown())?.['configurationVersion'] === 1)

  // It is what the gateway goes by: two requests are held, the third is too much (and probes are answered all the same).
  const requests = [0, 1].map(() => fetch(`${gateway?.url}/held`))
  await until(async () => (await fetch(`${gateway?.url}/api/runtime/services`)).status === 429)
  expect((await fetch(`${gateway?.url}/health/live`)).status).toBe(200)
  release()
  for (const request of requests) expect(await (await request).text()).toBe('done')

  await close()
  await open('second')
  expect((await startConfigured(50)).inFlightMax).toBe(2)
}, 30_000)

test('a change that nobody was told of is found with the next heartbeat', async () => {
  const deaf: RegistrationOptions['log'] = {
    bounds: async () => Promise.reject(new RuntimeFault('unavailable', 'no log')),
    read: (...place) => embedded.log.read(...place),
    trim: async () => undefined,
  }
  const applied: number[] = []
  const apply: Role['apply'] = ({ version }) => void applied.push(version)
  register('node-2', { service: 'gateway', apply }, { log: deaf })
  await startConfigured(50)
  await configure({ inFlightMax: '3' })
  await until(() => applied.at(-1) === 1)
  await until(async () => (await instance('node-2', 'gateway'))?.configurationVersion === 1)
})
