import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { creation, find, openApi, refused, type Tree } from '../testing/api.ts'

let api: Awaited<ReturnType<typeof openApi>>
beforeAll(async () => {
  api = await openApi()
})
afterAll(() => api.stop())

describe('intents', () => {
  it('bring an assembly up, scale, heal, change and delete it', async () => {
    const created = await api.done(await api.intent('createAssembly', creation('asm')))
    expect([created.status, created.intentType]).toEqual(['Completed', 'CreateAssembly'])
    expect(created.executionPlan?.tasks.every(({ status }) => status === 'Completed')).toBe(true)
    expect(created.previousInstance).toBeNull()
    expect(created.desiredInstance?.state).toBe('Active')

    const [asm] = await api.get<Tree[]>('/api/topology/assemblies?name=asm')
    if (!asm) throw new Error('no assembly')
    expect(asm).toEqual(await api.get<Tree>(`/api/topology/assemblies/${asm.id}`))
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

    expect(
      (await api.done(await api.intent('scaleOutAssembly', { assemblyName: 'asm', clusterName: 'B' }))).status,
    ).toBe('Completed')
    const [status, full] = await refused(api.intent('scaleOutAssembly', { assemblyName: 'asm', clusterName: 'B' }))
    expect([status, full.localizedMessage]).toEqual([400, expect.stringMatching(/max/i) as string])
    expect((await api.done(await api.intent('scaleInAssembly', { assemblyId: asm.id, clusterName: 'B' }))).status).toBe(
      'Completed',
    )
    const brokenComponentId = find(asm, '__A')?.id
    expect((await api.done(await api.intent('healAssembly', { assemblyName: 'asm', brokenComponentId }))).status).toBe(
      'Completed',
    )
    expect(
      (
        await api.done(
          await api.intent('changeAssemblyState', { assemblyName: 'asm', intendedState: 'Inactive', extra: 1 }),
        )
      ).status,
    ).toBe('Completed')
    expect((await api.get<Tree>(`/api/topology/assemblies/${asm.id}`)).state).toBe('Inactive')
    expect((await api.done(await api.intent('deleteAssembly', { assemblyId: asm.id }))).status).toBe('Completed')
    expect(await api.get('/api/topology/assemblies?name=asm')).toEqual([])
    const [gone, body] = await refused(api.ask(`/api/topology/assemblies/${asm.id}`))
    expect([gone, body.localizedMessage]).toEqual([404, `Cannot find assembly instance with id ${asm.id}`])
  })

  it('are refused where they name what is not there, with what may have been meant', async () => {
    await api.done(await api.intent('createAssembly', creation('known')))
    const [byName, named] = await refused(api.intent('deleteAssembly', { assemblyName: 'knwon' }))
    expect([byName, named.localizedMessage]).toEqual([400, 'Cannot find assembly instance with name knwon'])
    expect(named.details.nearest).toContain('known')
    const [byId, identified] = await refused(api.intent('deleteAssembly', { assemblyId: 'nobody' }))
    expect([byId, identified.localizedMessage]).toEqual([400, 'Cannot find assembly instance with id nobody'])
    const [status, unknown] = await refused(
      api.intent('createAssembly', { ...creation('x'), descriptorName: 'assembly::servce::1.0' }),
    )
    expect([status, unknown.localizedMessage]).toEqual([400, 'No descriptor found with name: assembly::servce::1.0'])
    expect(unknown.details.nearest).toContain('assembly::service::1.0')
    const [again] = await refused(api.intent('createAssembly', creation('known')))
    expect(again).toBe(400)
    const [none] = await refused(api.intent('deleteAssembly', {}))
    expect(none).toBe(400)
    const [component, broken] = await refused(
      api.intent('healAssembly', { assemblyName: 'known', brokenComponentId: 'nobody' }),
    )
    expect([component, broken.localizedMessage]).toEqual([400, 'Cannot find component instance with id nobody'])
  })

  it('that are not supported say which are', async () => {
    const [status, body] = await refused(api.intent('upgradeAssembly', {}))
    expect(status).toBe(501)
    expect(body.details['supported']).toContain('createAssembly')
    const [unknown, hint] = await refused(api.intent('createAssemby', {}))
    expect([unknown, hint.details.nearest?.[0]]).toEqual([404, 'createAssembly'])
  })

  it('can be looked at without being given', async () => {
    const preview = await api.send('POST', '/api/intent/createAssembly/plan', creation('planned'))
    expect(preview.status).toBe(200)
    const { summary, creates } = (await preview.json()) as { summary: string[]; creates: { name: string }[] }
    expect(creates.map(({ name }) => name)).toContain('planned__N__C')
    expect(summary.length).toBeGreaterThan(10)
    expect(await api.get('/api/topology/assemblies?name=planned')).toEqual([])
    const [status] = await refused(
      api.send('POST', '/api/intent/scaleInAssembly/plan', { assemblyName: 'none', clusterName: 'B' }),
    )
    expect(status).toBe(400)
  })

  it('run one at a time on an assembly', async () => {
    await api.done(await api.intent('createAssembly', creation('busy')))
    api.system().holdDrivers = true
    const first = await api.intent('changeAssemblyState', { assemblyName: 'busy', intendedState: 'Inactive' })
    expect(first.status).toBe(201)
    const [status, body] = await refused(api.intent('deleteAssembly', { assemblyName: 'busy' }))
    api.system().holdDrivers = false
    expect([status, body.details.code]).toEqual([409, 'process-running'])
    expect(body.details['processId']).toBe(((await first.json()) as { processId: string }).processId)
    const id = String(body.details['processId'])
    const waiting = await api.get<{ waiting: { kind: string; on?: string; whichWaitsFor?: { kind: string }[] }[] }>(
      `/api/runtime/processes/${id}/waiting`,
    )
    const task = waiting.waiting.find(({ kind }) => kind === 'task')
    expect(task?.on).toMatch(/^resource\//)
    expect(task?.whichWaitsFor?.[0]?.kind).toBe('driver')
  })
})

describe('an Idempotency-Key', () => {
  it('means the same process for the same order, also after a restart and when the assembly is gone', async () => {
    const first = await api.intent('createAssembly', creation('idem'), 'key-1')
    const process = await api.done(first)
    const again = await api.intent('createAssembly', { ...creation('idem'), objectGroupId: 'ignored' }, 'key-1')
    expect([again.status, again.headers.get('location')]).toEqual([201, `/api/processes/${process.id}`])
    expect(await again.json()).toMatchObject({ processId: process.id, repeated: true })
    const [status, body] = await refused(api.intent('deleteAssembly', { assemblyName: 'idem' }, 'key-1'))
    expect([status, body.details.code]).toEqual([422, 'idempotency-key-reused'])

    const removal = { assemblyId: process.assemblyId }
    const removed = await api.done(await api.intent('deleteAssembly', removal, 'key-2'))
    await api.restart()
    const repeated = await api.intent('deleteAssembly', removal, 'key-2')
    expect([repeated.status, repeated.headers.get('location')]).toEqual([201, `/api/processes/${removed.id}`])
    const third = await api.intent('createAssembly', creation('idem'), 'key-1')
    expect(third.headers.get('location')).toBe(`/api/processes/${process.id}`)
    expect(await api.get('/api/topology/assemblies?name=idem')).toEqual([])
  })

  it('gives one process to orders that come at once', async () => {
    const orders = await Promise.all(
      Array.from({ length: 5 }, () => api.intent('createAssembly', creation('race'), 'key-race')),
    )
    expect(orders.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201])
    expect(new Set(orders.map((order) => order.headers.get('location'))).size).toBe(1)
  })
})

it('never was at a loss', () => expect(api.unexpectedErrors()).toBe(0))
