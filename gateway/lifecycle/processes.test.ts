import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { creation, find, openApi, refused, type ProcessBody, type Tree } from '../testing/api.ts'

let api: Awaited<ReturnType<typeof openApi>>
beforeAll(async () => {
  api = await openApi()
})
afterAll(() => api.stop())

describe('processes', () => {
  it('are listed newest first, and narrowed', async () => {
    await api.done(await api.intent('createAssembly', creation('listed')))
    await api.done(await api.intent('changeAssemblyState', { assemblyName: 'listed', intendedState: 'Installed' }))
    const all = await api.get<ProcessBody[]>('/api/processes?assemblyName=list*')
    expect(all.map(({ intentType }) => intentType)).toEqual(['ChangeAssemblyState', 'CreateAssembly'])
    expect(all[0]).not.toHaveProperty('executionPlan')
    expect(
      await api.get('/api/processes?assemblyName=listed&intentTypes=CreateAssembly&processStatuses=Completed,Failed'),
    ).toHaveLength(1)
    expect(await api.get('/api/processes?assemblyName=listed&limit=1')).toHaveLength(1)
    expect(await api.get(`/api/processes?assemblyId=${all[0]?.assemblyId}`)).toHaveLength(2)
    expect(await api.get('/api/processes?assemblyName=listed&endDateTime=2000-01-01T00:00:00Z')).toEqual([])
    expect(await api.get('/api/processes?assemblyName=listed&startDateTime=2000-01-01')).toHaveLength(2)
    for (const wrong of ['processStatuses=Odd', 'startDateTime=soon', 'limit=0', 'intentTypes=X'])
      expect((await refused(api.ask(`/api/processes?${wrong}`)))[0]).toBe(400)
    expect((await refused(api.ask('/api/processes/none')))[0]).toBe(404)
  })
})

describe('topology', () => {
  it('lists summaries, and finds names', async () => {
    await api.done(await api.intent('createAssembly', creation('topo-1')))
    const latest = await api.get<(Tree & { lastTransition: { intentType: string } })[]>('/api/topology/assemblies')
    expect(latest[0]).toMatchObject({
      name: 'topo-1',
      lastTransition: { intentType: 'CreateAssembly', status: 'Completed' },
    })
    expect(latest.every(({ name }) => !name.includes('__'))).toBe(true)
    const found = await api.get<{ assemblies: Tree[]; partial: boolean }>('/api/topology/assemblies?nameContains=po-')
    expect([found.assemblies.map(({ name }) => name), found.partial]).toEqual([['topo-1'], false])
    const [nested] = await api.get<Tree[]>('/api/topology/assemblies?name=topo-1__N')
    expect(nested).toMatchObject({ type: 'Assembly', name: 'topo-1__N', state: 'Active' })
    expect((await refused(api.ask(`/api/topology/assemblies/${nested?.id}`, { method: 'DELETE' })))[0]).toBe(400)
    expect((await api.ask(`/api/topology/assemblies/${latest[0]?.id}`, { method: 'DELETE' })).status).toBe(204)
    expect(await api.get('/api/topology/assemblies?name=topo-1')).toEqual([])
  })
})

describe('metrics', () => {
  it('reach the policies, by id or name, one or many', async () => {
    await api.done(await api.intent('createAssembly', creation('measured')))
    const [asm] = await api.get<Tree[]>('/api/topology/assemblies?name=measured')
    const id = asm && find(asm, '__A')?.id
    const integrity = await api.send('POST', '/api/metrics/integrity', {
      metricKey: id,
      metricName: 'h_integrity',
      metricId: `${id}.h_integrity`,
      integrity: 'OK',
    })
    expect(integrity.status).toBe(200)
    expect(await integrity.json()).toEqual([
      { metricKey: id, resourceId: id, metricName: 'h_integrity', passedTo: [`heal-policy/${id}`] },
    ])
    const load = await api.send('POST', '/api/metrics/load', [
      { metricKey: 'measured__A', load: 76 },
      { metricKey: 'measured__B__1', metricName: 'h_load', load: 3 },
    ])
    expect(((await load.json()) as unknown[]).length).toBe(2)
    const [status, body] = await refused(
      api.send('POST', '/api/metrics/load', [
        { metricKey: 'measured__A', load: 1 },
        { metricKey: 'measured__X', load: 1 },
      ]),
    )
    expect([status, body.details.nearest]).toEqual([400, expect.arrayContaining(['measured__A']) as string[]])
    expect(
      (
        await refused(api.send('POST', '/api/metrics/load', { metricKey: 'measured__A', metricName: 'odd', load: 1 }))
      )[0],
    ).toBe(400)
    expect((await refused(api.send('POST', '/api/metrics/integrity', { metricKey: id, integrity: 'MAYBE' })))[0]).toBe(
      400,
    )
    expect((await refused(api.send('POST', '/api/metrics/load', [])))[0]).toBe(400)
  })
})

it('never was at a loss', () => expect(api.unexpectedErrors()).toBe(0))
