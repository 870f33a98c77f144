import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SHARD_TOPIC } from '../../runtime/config.ts'
import { encodeMessage } from '../../runtime/message.ts'
import { until } from '../../runtime/testing/until.ts'
import { createGateway, type Gateway } from '../app.ts'
import { realSystem, type RealSystem } from '../testing/real-system.ts'
import { SAMPLE_INNER, SAMPLE_PROJECT, SAMPLE_RESOURCE, SAMPLE_SERVICE } from '../testing/sample-descriptors.ts'

interface History {
  readonly entity: string
  readonly events: readonly {
    version: number
    at: string
    event: { type: string }
    cause: { sender: string; trace: string }
  }[]
  readonly next?: string
}
interface ProblemBody {
  readonly code: string
  readonly detail: string
  readonly details: Readonly<Record<string, unknown>>
}

let system: RealSystem
let gateway: Gateway
let processId: string

const ask = (path: string, init?: RequestInit) => gateway.app.request(path, init)
const get = async <Body>(path: string): Promise<Body> => {
  const response = await ask(path)
  expect([path, response.status]).toEqual([path, 200])
  return (await response.json()) as Body
}
const problem = async (response: Response | Promise<Response>): Promise<[number, ProblemBody]> => {
  const got = await response
  expect(got.headers.get('content-type')).toBe('application/problem+json')
  return [got.status, (await got.json()) as ProblemBody]
}
const post = (path: string, body: unknown) =>
  ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })

beforeAll(async () => {
  system = await realSystem()
  gateway = createGateway(system.parts)
  for (const body of [SAMPLE_RESOURCE, SAMPLE_INNER, SAMPLE_SERVICE])
    await ask('/api/catalog/descriptors', { method: 'POST', body, headers: { 'content-type': 'application/yaml' } })
  await post('/api/deploymentLocations', { name: 'here' })
  const properties = { deploymentLocation: 'here' }
  const order = { assemblyName: 'asm', descriptorName: 'assembly::service::1.0', intendedState: 'Active', properties }
  const ordered = (await (await post('/api/intent/createAssembly', order)).json()) as { processId: string }
  processId = ordered.processId
  await until(async () => (await get<{ status: string }>(`/api/processes/${processId}`)).status === 'Completed')
})
afterAll(() => system.stop())

describe('entities and instances', () => {
  it('show their state, by name and by id, nested ones too', async () => {
    const asm = await get<{ id: string; kind: string; state: { id: string } }>('/api/runtime/instances/asm')
    expect([asm.kind, asm.id]).toEqual(['assembly', 'asm'])
    expect(await get('/api/runtime/entities/assembly/asm')).toEqual(asm)
    expect(await get(`/api/runtime/instances/${asm.state.id}`)).toEqual(asm)
    const resource = await get<{ kind: string; id: string }>('/api/runtime/instances/asm__N__C')
    expect(resource.kind).toBe('resource')
    expect(await get(`/api/runtime/instances/${resource.id}`)).toEqual(resource)
    expect((await get<{ kind: string; id: string }>('/api/runtime/instances/asm__N')).id).toBe('asm__N')
  })

  it('tell their history with causes, page by page', async () => {
    const seen: number[] = []
    let path: string | undefined = '/api/runtime/instances/asm__A/history?limit=3'
    while (path !== undefined) {
      const page: History = await get<History>(path)
      seen.push(...page.events.map(({ version }) => version))
      path = page.next
    }
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => seen.length - index))
    expect(seen.length).toBeGreaterThan(8)
    const { events } = await get<History>('/api/runtime/entities/assembly/asm/history?limit=500')
    expect(events.at(-1)).toMatchObject({
      version: 1,
      event: { type: 'intent-accepted' },
      cause: { sender: 'api', trace: processId },
    })
    expect((await get<History>(`/api/runtime/processes/${processId}/history`)).events[0]?.event.type).toBe('finished')
  })

  it('say that they wait for nothing', async () => {
    expect(await get('/api/runtime/instances/asm__A/waiting')).toMatchObject({ waiting: [] })
    expect(await get('/api/runtime/entities/assembly/asm/waiting')).toEqual({ entity: 'assembly/asm', waiting: [] })
  })

  it('are missed with a hint', async () => {
    const [status, body] = await problem(ask('/api/runtime/instances/asm__D'))
    expect([status, body.details['nearest']]).toEqual([404, expect.arrayContaining(['asm__A']) as string[]])
    const [kind, unknown] = await problem(ask('/api/runtime/entities/asembly/asm'))
    expect([kind, unknown.details['nearest']]).toEqual([404, ['assembly']])
    for (const path of [
      'entities/assembly/no',
      'entities/assembly/no/history',
      'entities/assembly/no/waiting',
      'processes/no/history',
    ])
      expect((await problem(ask(`/api/runtime/${path}`)))[0]).toBe(404)
    for (const query of ['limit=0', 'limit=501', 'before=x'])
      expect((await problem(ask(`/api/runtime/instances/asm/history?${query}`)))[0]).toBe(400)
  })
})

describe('dead letters', () => {
  const poison = async (): Promise<string> => {
    const to = { kind: 'assembly', id: 'asm' }
    const message = {
      to,
      origin: 'gpoison',
      position: [1, 0] as const,
      atMs: 0,
      sender: 'somebody',
      trace: 't',
      body: { type: 'odd' },
    }
    const known = (await get<{ id: string }[]>('/api/runtime/dead-letters')).length
    await system.parts.log.append([
      { topic: SHARD_TOPIC, partition: 0, value: encodeMessage({ ...message, position: [Date.now(), known] }) },
    ])
    let letters: { id: string }[] = []
    await until(async () => (letters = await get<{ id: string }[]>('/api/runtime/dead-letters?limit=5')).length > known)
    return letters[0]?.id ?? ''
  }

  it('are listed, looked into, replayed and thrown away', async () => {
    const id = await poison()
    expect(await get(`/api/runtime/dead-letters/${id}`)).toMatchObject({
      id,
      to: 'assembly/asm',
      reason: 'invalid-message',
      message: { type: 'odd' },
      sender: 'somebody',
    })
    expect((await ask(`/api/runtime/dead-letters/${id}/replay`, { method: 'POST' })).status).toBe(204)
    let next = ''
    await until(
      async () =>
        (next = (await get<{ id: string }[]>('/api/runtime/dead-letters'))[0]?.id ?? '') !== id && next !== '',
    )
    expect((await ask(`/api/runtime/dead-letters/${next}`, { method: 'DELETE' })).status).toBe(204)
    expect(await get('/api/runtime/dead-letters')).toEqual([])
    for (const method of ['GET', 'DELETE'])
      expect((await problem(ask(`/api/runtime/dead-letters/${next}`, { method })))[0]).toBe(404)
  })
})

describe('projects', () => {
  it('are onboarded as a whole', async () => {
    const response = await post('/api/runtime/projects', { files: SAMPLE_PROJECT })
    expect(response.status).toBe(200)
    const { descriptors } = (await response.json()) as { descriptors: { name: string; created: boolean }[] }
    expect(descriptors.map(({ name, created }) => [name, created])).toEqual([
      ['resource::compA-demo::1.0', true],
      ['assembly::demo::1.0', true],
    ])
    const again = (await (await post('/api/runtime/projects', { files: SAMPLE_PROJECT })).json()) as {
      descriptors: { created: boolean }[]
    }
    expect(again.descriptors.every(({ created }) => !created)).toBe(true)
    const plan = { assemblyName: 'd', descriptorName: 'assembly::demo::1.0', intendedState: 'Active' }
    expect((await post('/api/intent/createAssembly/plan', plan)).status).toBe(200)
  })

  it('are refused as a whole, with the place', async () => {
    const text = 'composition:\n  A: { type: resource::nowhere::1.0 }\n'
    const files = SAMPLE_PROJECT.map((file) => ({ ...file, text: file.text.replace('demo', 'broken') }))
    const broken = files.map((file) => (file.path.startsWith('Descriptor') ? { ...file, text } : file))
    const [status, body] = await problem(post('/api/runtime/projects', { files: broken }))
    expect([status, body.detail]).toEqual([400, expect.stringContaining('resource::nowhere::1.0') as string])
    expect((await ask('/api/catalog/descriptors/resource::compA-broken::1.0')).status).toBe(404)
    expect((await problem(post('/api/runtime/projects', { files: [{ path: 'x', text: '' }] })))[0]).toBe(400)
    expect((await problem(post('/api/runtime/projects', { files: [] })))[0]).toBe(400)
  })
})

it('never was at a loss', () => expect(gateway.unexpectedErrors()).toBe(0))

it('takes a real project', async (ctx) => {
  const folder = join(import.meta.dirname, '../../../shared/data/lifecycle/hellohelm')
  if (!existsSync(folder)) return ctx.skip('the folder with real projects is not there')
  const paths = (await readdir(folder, { recursive: true })).filter((path) => /\.ya?ml$/.test(path))
  const files = await Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(join(folder, path), 'utf8') })),
  )
  const response = await post('/api/runtime/projects', { files })
  expect([response.status, await response.clone().text()]).toEqual([200, expect.any(String)])
  const { descriptors } = (await response.json()) as { descriptors: { name: string }[] }
  expect(descriptors.length).toBeGreaterThan(1)
  const assembly = descriptors.find(({ name }) => name.startsWith('assembly::'))?.name
  const text = await (await ask(`/api/catalog/descriptors/${assembly}`)).text()
  expect(text).toContain(assembly)
})
