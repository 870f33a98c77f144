import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { serviceInstanceRef } from '../../actors/addresses.ts'
import type { ServiceInstanceCommand } from '../../actors/service-instance/protocol.ts'
import { createGateway, type Gateway } from '../app.ts'
import { realSystem, type RealSystem } from '../testing/real-system.ts'

let real: RealSystem
let gateway: Gateway
/** What the store says. */
let system = 1
/** Somebody else changes it between the look and the change. */
let meanwhile: number | undefined

const say = async (node: string, command: ServiceInstanceCommand): Promise<void> => {
  const reply = await real.parts.client.ask(serviceInstanceRef('worker', node), command, {
    sender: `node/${node}`,
    deadlineMs: 5_000,
  })
  if (!reply.ok) throw new Error(reply.rejection.reason)
}
const register = (node: string, protocols: number[]) =>
  say(node, {
    type: 'register',
    registration: {
      ...{ incarnation: `${node}.${protocols.length}`, version: '1.2.3', protocols, host: 'here', pid: 7 },
      ...{ startedAtMs: protocols.length, heartbeatMs: 60_000, runs: {} },
    },
  })

beforeAll(async () => {
  real = await realSystem()
  gateway = createGateway({
    ...real.parts,
    protocol: {
      status: async () => ({ system, oldest: 1, newest: 3 }),
      change: async (from, to) => {
        system = meanwhile ?? system
        if (system !== from) return false
        system = to
        return true
      },
      leftovers: async () => ({ system, outbox: 0, silentShards: [2], deadLetters: 0, kinds: [] }),
    },
  })
  await register('node-1', [1, 2])
  await register('node-2', [1])
})
beforeEach(() => {
  system = 1
  meanwhile = undefined
})
afterAll(() => real.stop())

const get = async (path = ''): Promise<unknown> => {
  const response = await gateway.app.request(`/api/runtime/protocol${path}`)
  expect(response.status).toBe(200)
  return response.json()
}
const put = async (body: unknown): Promise<[number, Record<string, unknown>]> => {
  const response = await gateway.app.request('/api/runtime/protocol', {
    method: 'PUT',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  return [response.status, (await response.json()) as Record<string, unknown>]
}

it('shows who reads what, and who is in the way', async () => {
  expect(await get()).toEqual({
    ...{ system: 1, oldest: 1, newest: 3 },
    nodes: [
      { node: 'node-1', protocols: [1, 2] },
      { node: 'node-2', protocols: [1] },
    ],
    whyNot: 'protocol 2 is not read by node-2 (reads 1)',
  })
  expect(await get('/leftovers')).toMatchObject({ system: 1, clean: false, silentShards: [2] })
})

it('is not raised to what a running node doesn’t read, unless by force', async () => {
  const [status, body] = await put({ version: 2 })
  expect([status, body['code'], body['details']]).toEqual([
    409,
    'protocol-not-read',
    { nodes: [{ node: 'node-2', protocols: [1] }] },
  ])
  expect(body['detail']).toContain('protocol 2 is not read by node-2 (reads 1): replace or end them first')
  expect(system).toBe(1)
  expect(await put({ version: 2, force: true })).toMatchObject([200, { system: 2 }])
  expect(system).toBe(2)
})

it('is not changed to what the node that is asked doesn’t speak, not even by force', async () => {
  const [status, body] = await put({ version: 4, force: true })
  expect([status, body['code'], body['detail']]).toEqual([
    422,
    'protocol-not-spoken',
    'the node that answers speaks protocol 1 to 3, not 4: no node that runs does',
  ])
})

it('is changed only from what was looked at', async () => {
  const conflict = { code: 'protocol-changed', details: { system: 2 } }
  system = 2
  expect(await put({ version: 1, expected: 1 })).toMatchObject([409, conflict])
  system = 1
  meanwhile = 2
  expect(await put({ version: 3, expected: 1, force: true })).toMatchObject([409, conflict])
  expect(await put({ version: '2' })).toMatchObject([400, {}])
  expect(await put({ version: 1, forced: true })).toMatchObject([400, {}])
})

it('is raised when every node reads it, and goes back', async () => {
  await register('node-2', [1, 2])
  expect(await get()).toMatchObject({ canRaiseTo: 2 })
  expect(await put({ version: 2, expected: 1 })).toMatchObject([200, { system: 2 }])
  expect(await put({ version: 1, expected: 2 })).toMatchObject([200, { system: 1, canRaiseTo: 2 }])
  // A version that it has already is no change.
  expect((await put({ version: 1 }))[0]).toBe(200)
})

it('says so where a gateway isn’t told the protocol', async () => {
  const { app } = createGateway(real.parts)
  expect((await app.request('/api/runtime/protocol')).status).toBe(501)
})
