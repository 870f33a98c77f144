import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../runtime/testing/until.ts'
import { createGateway, type Gateway } from '../app.ts'
import { realSystem, type RealSystem } from '../testing/real-system.ts'
import { SAMPLE_INNER, SAMPLE_RESOURCE, SAMPLE_SERVICE } from '../testing/sample-descriptors.ts'

interface ErrorBody {
  readonly url: string
  readonly localizedMessage: string
  readonly details: Readonly<Record<string, unknown>> & { readonly code: string; readonly nearest?: readonly string[] }
}
interface Tree {
  readonly type: string
  readonly id: string
  readonly name: string
  readonly state?: string
  readonly descriptorName: string
  readonly properties: readonly { name: string; value: string; type: string }[]
  readonly children: readonly Tree[]
  readonly instances: readonly Tree[]
  readonly relationships: readonly { name: string; sourceId: string; targetId: string; properties: unknown[] }[]
}
interface ProcessBody {
  readonly id: string
  readonly status: string
  readonly assemblyId: string
  readonly intentType: string
  readonly executionPlan?: { tasks: { what: string; status: string; startTime?: string }[] }
  readonly previousInstance?: Tree | null
  readonly desiredInstance?: Tree | null
}

let system: RealSystem
let gateway: Gateway

const ask = async (path: string, init?: RequestInit) => gateway.app.request(path, init)
const get = async <Body>(path: string): Promise<Body> => {
  const response = await ask(path)
  expect([path, response.status, response.headers.get('content-type')]).toEqual([path, 200, 'application/json'])
  return (await response.json()) as Body
}
const send = (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
  ask(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } })
const yaml = (method: string, path: string, body: string) =>
  ask(path, { method, body, headers: { 'content-type': 'application/yaml' } })
const refused = async (response: Response | Promise<Response>): Promise<[number, ErrorBody]> => {
  const got = await response
  expect(got.headers.get('content-type')).toBe('application/json')
  return [got.status, (await got.json()) as ErrorBody]
}
const intent = (name: string, body: unknown, key?: string) =>
  send('POST', `/api/intent/${name}`, body, key === undefined ? {} : { 'Idempotency-Key': key })
const creation = (assemblyName: string) => ({
  assemblyName,
  descriptorName: 'assembly::service::1.0',
  intendedState: 'Active',
  properties: { deploymentLocation: 'here' },
})
const done = async (response: Response): Promise<ProcessBody> => {
  expect([response.status, response.status === 201 ? '' : await response.clone().text()]).toEqual([201, ''])
  const location = response.headers.get('location') ?? ''
  expect(location).toMatch(/^\/api\/processes\/[0-9a-f-]{36}$/)
  const started = await get<ProcessBody>(location)
  expect(started.assemblyId).not.toBe('')
  await until(async () => {
    const { status } = await get<ProcessBody>(`${location}?shallow=true`)
    return status !== 'In Progress' && status !== 'Pending' && status !== 'Planned'
  })
  return get<ProcessBody>(location)
}
const find = (tree: Tree, suffix: string): Tree | undefined =>
  tree.name.endsWith(suffix)
    ? tree
    : [...(tree.children ?? []), ...(tree.instances ?? [])].map((child) => find(child, suffix)).find((found) => found)

beforeAll(async () => {
  system = await realSystem()
  gateway = createGateway(system.parts)
  for (const text of [SAMPLE_RESOURCE, SAMPLE_INNER, SAMPLE_SERVICE])
    expect((await yaml('POST', '/api/catalog/descriptors', text)).status).toBe(201)
  expect((await send('POST', '/api/deploymentLocations', { name: 'here', infrastructureType: 'Other' })).status).toBe(
    201,
  )
})
afterAll(() => system.stop())

describe('intents', () => {
  it('bring an assembly up, scale, heal, change and delete it', async () => {
    const created = await done(await intent('createAssembly', creation('asm')))
    expect([created.status, created.intentType]).toEqual(['Completed', 'CreateAssembly'])
    expect(created.executionPlan?.tasks.every(({ status }) => status === 'Completed')).toBe(true)
    expect(created.previousInstance).toBeNull()
    expect(created.desiredInstance?.state).toBe('Active')

    const [asm] = await get<Tree[]>('/api/topology/assemblies?name=asm')
    if (!asm) throw new Error('no assembly')
    expect(asm).toEqual(await get<Tree>(`/api/topology/assemblies/${asm.id}`))
    expect(asm).toMatchObject({
      type: 'Assembly',
      name: 'asm',
      state: 'Active',
      descriptorName: 'assembly::service::1.0',
    })
    expect(asm.properties).toContainEqual({ name: 'deploymentLocation', value: 'here', type: 'string' })
    expect(asm.children.map(({ type, name }) => `${type} ${name}`)).toEqual([
      'Component asm__A',
      'Cluster asm__B',
      'Assembly asm__N',
    ])
    expect(find(asm, '__B')?.instances.map(({ name, state }) => [name, state])).toEqual([
      ['asm__B__1', 'Active'],
      ['asm__B__2', 'Active'],
    ])
    expect(find(asm, '__A')?.properties).toContainEqual({ name: 'size', value: 'large', type: 'string' })
    expect(find(asm, '__C')).toMatchObject({ type: 'Component', name: 'asm__N__C', state: 'Active' })
    expect(asm.relationships.map(({ name }) => name).sort()).toEqual(['link__1', 'link__2'])
    expect(asm.relationships[0]).toMatchObject({
      sourceId: find(asm, '__A')?.id,
      properties: [{ name: 'peer', value: 'large' }],
    })

    expect((await done(await intent('scaleOutAssembly', { assemblyName: 'asm', clusterName: 'B' }))).status).toBe(
      'Completed',
    )
    const [status, full] = await refused(intent('scaleOutAssembly', { assemblyName: 'asm', clusterName: 'B' }))
    expect([status, full.localizedMessage]).toEqual([400, expect.stringMatching(/max/i) as string])
    expect((await done(await intent('scaleInAssembly', { assemblyId: asm.id, clusterName: 'B' }))).status).toBe(
      'Completed',
    )
    const brokenComponentId = find(asm, '__A')?.id
    expect((await done(await intent('healAssembly', { assemblyName: 'asm', brokenComponentId }))).status).toBe(
      'Completed',
    )
    expect(
      (await done(await intent('changeAssemblyState', { assemblyName: 'asm', intendedState: 'Inactive', extra: 1 })))
        .status,
    ).toBe('Completed')
    expect((await get<Tree>(`/api/topology/assemblies/${asm.id}`)).state).toBe('Inactive')
    expect((await done(await intent('deleteAssembly', { assemblyId: asm.id }))).status).toBe('Completed')
    expect(await get('/api/topology/assemblies?name=asm')).toEqual([])
    const [gone, body] = await refused(ask(`/api/topology/assemblies/${asm.id}`))
    expect([gone, body.localizedMessage]).toEqual([404, `Cannot find assembly instance with id ${asm.id}`])
  })

  it('are refused where they name what is not there, with what may have been meant', async () => {
    await done(await intent('createAssembly', creation('known')))
    const [byName, named] = await refused(intent('deleteAssembly', { assemblyName: 'knwon' }))
    expect([byName, named.localizedMessage]).toEqual([400, 'Cannot find assembly instance with name knwon'])
    expect(named.details.nearest).toContain('known')
    const [byId, identified] = await refused(intent('deleteAssembly', { assemblyId: 'nobody' }))
    expect([byId, identified.localizedMessage]).toEqual([400, 'Cannot find assembly instance with id nobody'])
    const [status, unknown] = await refused(
      intent('createAssembly', { ...creation('x'), descriptorName: 'assembly::servce::1.0' }),
    )
    expect([status, unknown.localizedMessage]).toEqual([400, 'No descriptor found with name: assembly::servce::1.0'])
    expect(unknown.details.nearest).toContain('assembly::service::1.0')
    const [again] = await refused(intent('createAssembly', creation('known')))
    expect(again).toBe(400)
    const [none] = await refused(intent('deleteAssembly', {}))
    expect(none).toBe(400)
    const [component, broken] = await refused(
      intent('healAssembly', { assemblyName: 'known', brokenComponentId: 'nobody' }),
    )
    expect([component, broken.localizedMessage]).toEqual([400, 'Cannot find component instance with id nobody'])
  })

  it('that are not supported say which are', async () => {
    const [status, body] = await refused(intent('upgradeAssembly', {}))
    expect(status).toBe(501)
    expect(body.details['supported']).toContain('createAssembly')
    const [unknown, hint] = await refused(intent('createAssemby', {}))
    expect([unknown, hint.details.nearest?.[0]]).toEqual([404, 'createAssembly'])
  })

  it('can be looked at without being given', async () => {
    const preview = await send('POST', '/api/intent/createAssembly/plan', creation('planned'))
    expect(preview.status).toBe(200)
    const { summary, creates } = (await preview.json()) as { summary: string[]; creates: { name: string }[] }
    expect(creates.map(({ name }) => name)).toContain('planned__N__C')
    expect(summary.length).toBeGreaterThan(10)
    expect(await get('/api/topology/assemblies?name=planned')).toEqual([])
    const [status] = await refused(
      send('POST', '/api/intent/scaleInAssembly/plan', { assemblyName: 'none', clusterName: 'B' }),
    )
    expect(status).toBe(400)
  })

  it('run one at a time on an assembly', async () => {
    await done(await intent('createAssembly', creation('busy')))
    system.holdDrivers = true
    const first = await intent('changeAssemblyState', { assemblyName: 'busy', intendedState: 'Inactive' })
    expect(first.status).toBe(201)
    const [status, body] = await refused(intent('deleteAssembly', { assemblyName: 'busy' }))
    system.holdDrivers = false
    expect([status, body.details.code]).toEqual([409, 'process-running'])
    expect(body.details['processId']).toBe(((await first.json()) as { processId: string }).processId)
    const id = String(body.details['processId'])
    const waiting = await get<{ waiting: { kind: string; on?: string; whichWaitsFor?: { kind: string }[] }[] }>(
      `/api/runtime/processes/${id}/waiting`,
    )
    const task = waiting.waiting.find(({ kind }) => kind === 'task')
    expect(task?.on).toMatch(/^resource\//)
    expect(task?.whichWaitsFor?.[0]?.kind).toBe('driver')
  })
})

describe('an Idempotency-Key', () => {
  it('means the same process for the same order, also after a restart and when the assembly is gone', async () => {
    const first = await intent('createAssembly', creation('idem'), 'key-1')
    const process = await done(first)
    const again = await intent('createAssembly', { ...creation('idem'), objectGroupId: 'ignored' }, 'key-1')
    expect([again.status, again.headers.get('location')]).toEqual([201, `/api/processes/${process.id}`])
    expect(await again.json()).toMatchObject({ processId: process.id, repeated: true })
    const [status, body] = await refused(intent('deleteAssembly', { assemblyName: 'idem' }, 'key-1'))
    expect([status, body.details.code]).toEqual([422, 'idempotency-key-reused'])

    const removal = { assemblyId: process.assemblyId }
    const removed = await done(await intent('deleteAssembly', removal, 'key-2'))
    system = await system.restart()
    gateway = createGateway(system.parts)
    const repeated = await intent('deleteAssembly', removal, 'key-2')
    expect([repeated.status, repeated.headers.get('location')]).toEqual([201, `/api/processes/${removed.id}`])
    const third = await intent('createAssembly', creation('idem'), 'key-1')
    expect(third.headers.get('location')).toBe(`/api/processes/${process.id}`)
    expect(await get('/api/topology/assemblies?name=idem')).toEqual([])
  })

  it('gives one process to orders that come at once', async () => {
    const orders = await Promise.all(
      Array.from({ length: 5 }, () => intent('createAssembly', creation('race'), 'key-race')),
    )
    expect(orders.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201])
    expect(new Set(orders.map((order) => order.headers.get('location'))).size).toBe(1)
  })
})

describe('processes', () => {
  it('are listed newest first, and narrowed', async () => {
    await done(await intent('createAssembly', creation('listed')))
    await done(await intent('changeAssemblyState', { assemblyName: 'listed', intendedState: 'Installed' }))
    const all = await get<ProcessBody[]>('/api/processes?assemblyName=list*')
    expect(all.map(({ intentType }) => intentType)).toEqual(['ChangeAssemblyState', 'CreateAssembly'])
    expect(all[0]).not.toHaveProperty('executionPlan')
    expect(
      await get('/api/processes?assemblyName=listed&intentTypes=CreateAssembly&processStatuses=Completed,Failed'),
    ).toHaveLength(1)
    expect(await get('/api/processes?assemblyName=listed&limit=1')).toHaveLength(1)
    expect(await get(`/api/processes?assemblyId=${all[0]?.assemblyId}`)).toHaveLength(2)
    expect(await get('/api/processes?assemblyName=listed&endDateTime=2000-01-01T00:00:00Z')).toEqual([])
    expect(await get('/api/processes?assemblyName=listed&startDateTime=2000-01-01')).toHaveLength(2)
    for (const wrong of ['processStatuses=Odd', 'startDateTime=soon', 'limit=0', 'intentTypes=X'])
      expect((await refused(ask(`/api/processes?${wrong}`)))[0]).toBe(400)
    expect((await refused(ask('/api/processes/none')))[0]).toBe(404)
  })
})

describe('topology', () => {
  it('lists summaries, and finds names', async () => {
    await done(await intent('createAssembly', creation('topo-1')))
    const latest = await get<(Tree & { lastTransition: { intentType: string } })[]>('/api/topology/assemblies')
    expect(latest[0]).toMatchObject({
      name: 'topo-1',
      lastTransition: { intentType: 'CreateAssembly', status: 'Completed' },
    })
    expect(latest.every(({ name }) => !name.includes('__'))).toBe(true)
    const found = await get<{ assemblies: Tree[]; partial: boolean }>('/api/topology/assemblies?nameContains=po-')
    expect([found.assemblies.map(({ name }) => name), found.partial]).toEqual([['topo-1'], false])
    const [nested] = await get<Tree[]>('/api/topology/assemblies?name=topo-1__N')
    expect(nested).toMatchObject({ type: 'Assembly', name: 'topo-1__N', state: 'Active' })
    expect((await refused(ask(`/api/topology/assemblies/${nested?.id}`, { method: 'DELETE' })))[0]).toBe(400)
    expect((await ask(`/api/topology/assemblies/${latest[0]?.id}`, { method: 'DELETE' })).status).toBe(204)
    expect(await get('/api/topology/assemblies?name=topo-1')).toEqual([])
  })
})

describe('the catalogue', () => {
  it('takes, gives, replaces and forgets descriptors, with raw and encoded names', async () => {
    const created = await yaml('POST', '/api/catalog/descriptors', 'name: resource::thing::1.0\ndescripion: odd\n')
    expect([created.status, created.headers.get('location')]).toEqual([
      201,
      '/api/catalog/descriptors/resource::thing::1.0',
    ])
    const body = (await created.json()) as { descriptorName: string; validationWarnings: string[] }
    expect(body.descriptorName).toBe('resource::thing::1.0')
    expect(body.validationWarnings[0]).toContain('descripion')
    for (const path of ['resource::thing::1.0', 'resource%3A%3Athing%3A%3A1.0']) {
      const got = await ask(`/api/catalog/descriptors/${path}`)
      expect([got.status, got.headers.get('content-type')]).toEqual([200, 'application/yaml'])
      expect(await got.text()).toContain('descripion: odd')
    }
    expect((await refused(yaml('POST', '/api/catalog/descriptors', 'name: resource::thing::1.0\n')))[0]).toBe(409)
    expect((await yaml('PUT', '/api/catalog/descriptors/resource::thing::1.0', 'description: new\n')).status).toBe(200)
    expect(await get<unknown[]>('/api/catalog/descriptors')).toContainEqual({
      name: 'resource::thing::1.0',
      description: 'new',
      links: [{ rel: 'self', href: '/api/catalog/descriptors/resource::thing::1.0' }],
    })
    const [differs] = await refused(
      yaml('PUT', '/api/catalog/descriptors/resource::thing::1.0', 'name: resource::other::1.0\n'),
    )
    expect(differs).toBe(400)
    expect((await ask('/api/catalog/descriptors/resource::thing::1.0', { method: 'DELETE' })).status).toBe(204)
    for (const method of ['GET', 'DELETE']) {
      const [status, missing] = await refused(ask('/api/catalog/descriptors/resource::thing::1.0', { method }))
      expect([status, missing.localizedMessage]).toEqual([404, 'No descriptor found with name: resource::thing::1.0'])
    }
    expect((await refused(yaml('PUT', '/api/catalog/descriptors/resource::thing::1.0', 'description: x\n')))[0]).toBe(
      404,
    )
  })

  it('shows what a descriptor inherits', async () => {
    const template =
      'name: assembly-template::base::1.0\ndescription: base\nproperties:\n  a: { default: one }\n  b: { default: two }\n'
    const child =
      'name: assembly::child::1.0\nderived-from: assembly-template::base::1.0\nproperties:\n  b: { default: mine }\n'
    for (const text of [template, child])
      expect((await yaml('POST', '/api/catalog/descriptors', text)).status).toBe(201)
    const text = await (await ask('/api/catalog/descriptors/assembly::child::1.0?effective=true')).text()
    expect(text).toContain('derived-from: assembly-template::base::1.0')
    expect(text).toMatch(/a:\s+default: one\s+b:\s+default: mine/)
  })

  it('says where a text is wrong', async () => {
    const [status, body] = await refused(
      yaml('POST', '/api/catalog/descriptors', 'name: resource::x::1.0\nproperties:\n  a: [1\n'),
    )
    expect([status, body.localizedMessage]).toEqual([400, expect.stringMatching(/line \d+, column \d+/) as string])
    expect(body.details['findings']).not.toEqual([])
    expect(
      (
        await refused(
          ask('/api/catalog/descriptors', {
            method: 'POST',
            body: 'x',
            headers: { 'content-type': 'application/zip' },
          }),
        )
      )[0],
    ).toBe(415)
    expect((await refused(yaml('POST', '/api/catalog/descriptors', '')))[0]).toBe(400)
  })
})

describe('deployment locations', () => {
  it('come and go, and keep their properties to themselves', async () => {
    const body = {
      name: 'lab',
      infrastructureType: 'Kubernetes',
      description: 'd',
      infrastructureSpecificProperties: { secret: 's' },
    }
    const created = await send('POST', '/api/deploymentLocations', body)
    expect([created.status, created.headers.get('location')]).toEqual([201, '/api/deploymentLocations/lab'])
    const view = {
      id: 'lab',
      name: 'lab',
      description: 'd',
      resourceManager: 'brent',
      infrastructureType: 'Kubernetes',
    }
    expect(await created.json()).toEqual(view)
    expect(await get('/api/deploymentLocations/lab')).toEqual(view)
    expect(await get('/api/deploymentLocations?name=la&resourceManagerName=brent')).toEqual([view])
    expect(await get('/api/deploymentLocations?resourceManagerName=other')).toEqual([])
    expect((await refused(send('POST', '/api/deploymentLocations', body)))[0]).toBe(409)
    const replaced = await send('PUT', '/api/deploymentLocations/lab', { ...body, description: 'new' })
    expect([replaced.status, await replaced.json()]).toEqual([200, { ...view, description: 'new' }])
    expect((await refused(send('PUT', '/api/deploymentLocations/lab', { ...body, name: 'other' })))[0]).toBe(400)
    expect((await ask('/api/deploymentLocations/lab', { method: 'DELETE' })).status).toBe(204)
    expect((await refused(ask('/api/deploymentLocations/lab')))[1].localizedMessage).toBe(
      'Could not find deployment location with id: lab',
    )
    expect((await refused(send('PUT', '/api/deploymentLocations/lab', body)))[0]).toBe(404)
    expect((await refused(ask('/api/deploymentLocations/lab', { method: 'DELETE' })))[0]).toBe(404)
  })

  it('stay while resources exist there', async () => {
    await done(await intent('createAssembly', creation('located')))
    const [status, body] = await refused(ask('/api/deploymentLocations/here', { method: 'DELETE' }))
    expect([status, body.details.code]).toEqual([409, 'deployment-location-in-use'])
  })
})

describe('resource managers', () => {
  it('have a built-in one, and aliases that mean it', async () => {
    expect(await get('/api/resource-managers/brent')).toMatchObject({ name: 'brent' })
    expect(await get<unknown[]>('/api/resource-managers')).toContainEqual(expect.objectContaining({ name: 'brent' }))
    const put = await send('PUT', '/api/resource-managers/brent', {
      type: 'Brent',
      url: 'https://cp4na-o-brent:8291/api/resource-manager',
    })
    expect(put.status).toBe(200)
    expect(await put.json()).toMatchObject({
      resourceManagerOperation: 'UPDATE',
      deploymentLocations: { here: { operation: 'UPDATE', success: true } },
      resourceTypes: { 'resource::box::1.0': { success: true } },
    })
    const second = { name: 'second', type: 'Brent', url: 'https://cp4na-o-brent:8291/api/resource-manager' }
    const created = await send('POST', '/api/resource-managers', second)
    expect([created.status, created.headers.get('location')]).toEqual([201, '/api/resource-managers/second'])
    expect(await created.json()).toMatchObject({
      resourceManagerOperation: 'ADD',
      deploymentLocations: { here: { operation: 'ADD' } },
    })
    expect((await refused(send('POST', '/api/resource-managers', second)))[0]).toBe(409)
    expect((await ask('/api/resource-managers/second', { method: 'DELETE' })).status).toBe(204)
    const [status, body] = await refused(ask('/api/resource-managers/second'))
    expect([status, body.localizedMessage]).toEqual([
      404,
      "Entity of type 'Resource Manager' could not be found matching: id [second]",
    ])
    expect((await refused(ask('/api/resource-managers/brent', { method: 'DELETE' })))[0]).toBe(409)
    const foreign = await send('POST', '/api/resource-managers', { name: 'far', type: 'Other', url: 'http://far:1/' })
    expect(await foreign.json()).toEqual({
      resourceManagerOperation: 'ADD',
      deploymentLocations: {},
      resourceTypes: {},
    })
  })
})

describe('metrics', () => {
  it('reach the policies, by id or name, one or many', async () => {
    await done(await intent('createAssembly', creation('measured')))
    const [asm] = await get<Tree[]>('/api/topology/assemblies?name=measured')
    const id = asm && find(asm, '__A')?.id
    const integrity = await send('POST', '/api/metrics/integrity', {
      metricKey: id,
      metricName: 'h_integrity',
      metricId: `${id}.h_integrity`,
      integrity: 'OK',
    })
    expect(integrity.status).toBe(200)
    expect(await integrity.json()).toEqual([
      { metricKey: id, resourceId: id, metricName: 'h_integrity', passedTo: [`heal-policy/${id}`] },
    ])
    const load = await send('POST', '/api/metrics/load', [
      { metricKey: 'measured__A', load: 76 },
      { metricKey: 'measured__B__1', metricName: 'h_load', load: 3 },
    ])
    expect(((await load.json()) as unknown[]).length).toBe(2)
    const [status, body] = await refused(
      send('POST', '/api/metrics/load', [
        { metricKey: 'measured__A', load: 1 },
        { metricKey: 'measured__X', load: 1 },
      ]),
    )
    expect([status, body.details.nearest]).toEqual([400, expect.arrayContaining(['measured__A']) as string[]])
    expect(
      (await refused(send('POST', '/api/metrics/load', { metricKey: 'measured__A', metricName: 'odd', load: 1 })))[0],
    ).toBe(400)
    expect((await refused(send('POST', '/api/metrics/integrity', { metricKey: id, integrity: 'MAYBE' })))[0]).toBe(400)
    expect((await refused(send('POST', '/api/metrics/load', [])))[0]).toBe(400)
  })
})

it('never was at a loss', () => expect(gateway.unexpectedErrors()).toBe(0))
