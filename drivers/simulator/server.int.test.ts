/** The simulator as an external driver, over real HTTP, as the system speaks to one. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { UnmatchedState } from '../../actors/driver-request/unmatched.ts'
import { unmatchedRef } from '../../actors/driver-request/unmatched.ts'
import type { LogEntry } from '../../runtime/ports.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { until } from '../../runtime/testing/until.ts'
import { MemoryBroker } from '../../runtime/transport/memory-log.ts'
import { type CompletionEvents, startCompletionEvents } from '../http/completion-events.ts'
import { type HttpDriver, httpDriver } from '../http/http-driver.ts'
import { COMPLETION_EVENTS_TOPIC } from '../http/settings.ts'
import { type Driver, DriverRefusal, type DriverRequest } from '../protocol.ts'
import { type CorrelationNode, correlationNode } from '../testing/correlation-node.ts'
import { driverContract } from '../testing/driver-contract.ts'
import { sampleLocation, sampleRequest } from '../testing/sample-requests.ts'
import { type Chaos, NO_CHAOS } from './chaos.ts'
import { infrastructureFile } from './infrastructure-file.ts'
import type { JournalEntry } from './infrastructure-store.ts'
import { type SimulatorServer, startSimulatorServer } from './server.ts'

const SLOW_MS = 200
const clock = systemClock

interface World {
  readonly system: CorrelationNode
  readonly events: CompletionEvents
  driver: HttpDriver
  url: string
  rejectAppends: number
  restart(): Promise<void>
  journal(): Promise<readonly JournalEntry[]>
  close(): Promise<void>
}

const worlds: World[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close()
})

/** A system, an external simulator, and a log between them. */
const world = async (given: Partial<Chaos> = {}, unclaimedKeptMs?: number): Promise<World> => {
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-simulator-server-'))
  const broker = new MemoryBroker({ clock, random: () => 0.5 })
  const log = broker.client()
  const system = await correlationNode(unclaimedKeptMs)
  const chaos = { ...NO_CHAOS, ...given }
  const start = (): Promise<SimulatorServer> =>
    startSimulatorServer({
      log: {
        ensureTopic: (topic, partitions) => log.ensureTopic(topic, partitions),
        append: async (entries: readonly LogEntry[]) => {
          if (made.rejectAppends-- > 0) throw new Error('the log is out of order')
          await log.append(entries)
        },
      },
      topic: COMPLETION_EVENTS_TOPIC,
      clock,
      store: infrastructureFile(join(folder, 'infrastructure.sqlite')),
      chaos,
    })
  const driverAt = (url: string): HttpDriver => httpDriver({ type: 'simulator', url, client: system.node, clock })
  let server: SimulatorServer | undefined
  const events = await startCompletionEvents({ log: broker.client(), clock, client: system.node })
  const made: World = {
    system,
    events,
    rejectAppends: 0,
    url: '',
    driver: driverAt('http://127.0.0.1:1'),
    restart: async () => {
      await made.driver.close()
      await server?.close()
      server = await start()
      made.url = server.url
      made.driver = driverAt(server.url)
    },
    journal: async () => {
      const entries: JournalEntry[] = []
      for (;;) {
        const page = await get<{ entries: JournalEntry[] }>(`${made.url}/journal?after=${entries.length}&limit=7`)
        entries.push(...page.entries)
        if (page.entries.length === 0) return entries
      }
    },
    close: async () => {
      await made.driver.close()
      await events.close()
      await server?.close()
      await system.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await made.restart()
  worlds.push(made)
  return made
}

const get = async <Body>(url: string): Promise<Body> => (await fetch(url)).json() as Promise<Body>
const send = async (method: string, url: string, body?: unknown): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
  return { status: response.status, body: await response.json() }
}
const requestOf = (given: Partial<DriverRequest> = {}): DriverRequest =>
  sampleRequest({ requestId: randomUUID(), resourceId: randomUUID(), deadlineMs: Date.now() + 60_000, ...given })

driverContract('simulator over HTTP', async () => {
  const made = await world()
  worlds.pop()
  return {
    get driver(): Driver {
      const { driver } = made
      return {
        type: driver.type,
        execute: (request, location, trace) => driver.execute(request, location, trace),
        // Its reports come by the reader of its events.
        close: async () => {
          await driver.close()
          await made.events.close()
        },
      }
    },
    location: sampleLocation(),
    reports: made.system.reports,
    rejectReports: (count) => {
      made.rejectAppends = count
    },
    request: () => requestOf(),
    slowRequest: () => requestOf({ resourceProperties: { sim_delay_ms: `${SLOW_MS}` } }),
    refusedRequest: () => requestOf({ resourceProperties: { sim_refuse: 'Create:always' } }),
    timesDone: async (requestId) => (await made.journal()).filter((entry) => entry.requestId === requestId).length,
    settle: (condition) => until(condition),
    passTime: async () => {
      const untilMs = Date.now() + SLOW_MS * 2
      await until(() => Date.now() > untilMs)
    },
    restart: () => made.restart(),
    close: () => made.close(),
  }
})

describe('the simulator as an external driver', () => {
  const LIFE = ['Create', 'Install', 'Configure', 'Start', 'Stop', 'Uninstall', 'Delete']
  const outcomes = ({ system }: World, requestId: string) =>
    system.reports.filter((report) => report.requestId === requestId && report.status !== 'IN_PROGRESS')

  it.each<[string, Partial<Chaos>]>([
    ['as it should', {}],
    ['with events ahead of its answers', { early: true }],
    ['with repeated, foreign and broken events', { repeat: 3, unknown: 2, garbage: 1 }],
    ['with answers that get lost', { lose: 3 }],
    ['with a new id for each call', { newIds: true, lose: 3 }],
    ['with everything at once', { early: true, repeat: 2, unknown: 1, garbage: 1, lose: 4, newIds: true, slowMs: 3 }],
  ])('takes resources through their lives, each step once: %s', async (_how, chaos) => {
    const made = await world(chaos)
    /** As a worker does: again until it is taken on. */
    const persist = async (request: DriverRequest): Promise<void> => {
      for (let tries = 0; tries < 20; tries++) {
        try {
          return await made.driver.execute(request, sampleLocation(), 'order-1')
        } catch {
          // A lost answer.
        }
      }
      throw new Error('never taken on')
    }
    const lives = Array.from({ length: 5 }, async () => {
      const resourceId = randomUUID()
      for (const transition of LIFE) {
        const request = requestOf({ resourceId, transition, outputNames: ['mgmtIp'] })
        await persist(request)
        await until(() => outcomes(made, request.requestId).length > 0)
      }
    })
    await Promise.all(lives)
    expect(new Set(made.system.reports.map(({ status }) => status))).toEqual(new Set(['COMPLETE']))
    expect(new Set(made.system.traces)).toEqual(new Set(['order-1']))
    expect(made.system.reports.some(({ outputs }) => typeof outputs['mgmtIp'] === 'string')).toBe(true)
    const causes = (await made.journal()).map(({ requestId }) => requestId)
    expect(causes).toHaveLength(5 * LIFE.length)
    expect(new Set(causes).size).toBe(causes.length)
    expect(made.events.stats().malformed > 0).toBe((chaos.garbage ?? 0) > 0)
  })

  it('leaves events that nobody asked for to be counted', async () => {
    const made = await world({ unknown: 3 }, 50)
    await made.driver.execute(requestOf(), sampleLocation())
    const counted = async (): Promise<number> =>
      (await made.system.node.queries.entity<UnmatchedState>(unmatchedRef()))?.state.count ?? 0
    await until(async () => (await counted()) === 3)
  })

  it('answers a reference at once', async () => {
    const made = await world()
    const find = requestOf({ transition: 'FindReference', resourceProperties: { name: 'public-net' } })
    await made.driver.execute(find, sampleLocation({ properties: { sim_outputs: '{"networkId":"n-1"}' } }))
    await until(() => outcomes(made, find.requestId).length === 1)
    expect(outcomes(made, find.requestId)[0]).toMatchObject({ status: 'COMPLETE', outputs: { networkId: 'n-1' } })
    const absent = requestOf({ transition: 'FindReference' })
    await made.driver.execute(absent, sampleLocation({ properties: { sim_fail: 'FindReference:always' } }))
    await until(() => outcomes(made, absent.requestId).length === 1)
    expect(outcomes(made, absent.requestId)[0]?.failure?.code).toBe('RESOURCE_NOT_FOUND')
  })

  it('says what drivers in the field say about wrong requests', async () => {
    const { url } = await world()
    const path = `${url}/api/driver/lifecycle/execute`
    const typed = (value: string) => ({ type: 'string', value })
    const systemProperties = { requestId: typed('r'), resourceId: typed('x'), resourceName: typed('x') }
    const base = { lifecycleName: 'Create', systemProperties, deploymentLocation: { name: 'lab', type: 'Lab' } }
    expect(await send('POST', path, base)).toMatchObject({ status: 400, body: { status: 400 } })
    expect(await send('POST', path, { ...base, driverFiles: '' })).toMatchObject({
      status: 500,
      body: { localizedMessage: expect.stringContaining('zip') as string },
    })
    expect((await send('POST', path, '{')).status).toBe(400)
    expect((await send('POST', `${url}/api/driver/nothing`, {})).status).toBe(404)
  })

  it('shows what is there and what was done, and lets faults be caused', async () => {
    const made = await world()
    const create = requestOf()
    await made.driver.execute(create, sampleLocation())
    await until(() => outcomes(made, create.requestId).length > 0)
    const { resourceId } = create
    const object = { resourceId, state: 'Created' }
    expect(await get(`${made.url}/objects/${resourceId}`)).toMatchObject(object)
    expect(await get(`${made.url}/objects?limit=1`)).toMatchObject({ objects: [object], next: resourceId })
    expect(await get(`${made.url}/objects?after=${resourceId}`)).toMatchObject({ objects: [] })
    expect(await get(`${made.url}/counts`)).toMatchObject({ objects: 1, open: 0 })

    expect((await send('POST', `${made.url}/objects/${resourceId}/vanish`)).body).toEqual({ vanished: true })
    const install = requestOf({ resourceId, transition: 'Install' })
    await made.driver.execute(install, sampleLocation())
    await until(() => outcomes(made, install.requestId).length > 0)
    expect(outcomes(made, install.requestId)[0]?.failure?.code).toBe('RESOURCE_NOT_FOUND')

    const script = `${made.url}/scripts/${encodeURIComponent('*')}`
    expect((await send('PUT', script, { sim_refuse: 'Create:always' })).body).toEqual({ set: true })
    await expect(made.driver.execute(requestOf(), sampleLocation())).rejects.toThrow(DriverRefusal)
    expect(await get(`${made.url}/scripts`)).toEqual({ '*': { sim_refuse: 'Create:always' } })
    expect((await send('PUT', script, { sim_nonsense: 1 })).status).toBe(400)
    expect((await send('DELETE', script)).body).toEqual({ removed: true })
    await made.driver.execute(requestOf(), sampleLocation())
    expect((await send('GET', `${made.url}/journal?limit=0`)).status).toBe(400)
  })
})
