import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { creation, openApi, refused } from '../testing/api.ts'

let api: Awaited<ReturnType<typeof openApi>>
beforeAll(async () => {
  api = await openApi()
})
afterAll(() => api.stop())

describe('the catalogue', () => {
  it('takes, gives, replaces and forgets descriptors, with raw and encoded names', async () => {
    const created = await api.yaml('POST', '/api/catalog/descriptors', 'name: resource::thing::1.0\ndescripion: odd\n')
    expect([created.status, created.headers.get('location')]).toEqual([
      201,
      '/api/catalog/descriptors/resource::thing::1.0',
    ])
    const body = (await created.json()) as { descriptorName: string; validationWarnings: string[] }
    expect(body.descriptorName).toBe('resource::thing::1.0')
    expect(body.validationWarnings[0]).toContain('descripion')
    for (const path of ['resource::thing::1.0', 'resource%3A%3Athing%3A%3A1.0']) {
      const got = await api.ask(`/api/catalog/descriptors/${path}`)
      expect([got.status, got.headers.get('content-type')]).toEqual([200, 'application/yaml'])
      expect(await got.text()).toContain('descripion: odd')
    }
    expect((await refused(api.yaml('POST', '/api/catalog/descriptors', 'name: resource::thing::1.0\n')))[0]).toBe(409)
    expect((await api.yaml('PUT', '/api/catalog/descriptors/resource::thing::1.0', 'description: new\n')).status).toBe(
      200,
    )
    expect(await api.get<unknown[]>('/api/catalog/descriptors')).toContainEqual({
      name: 'resource::thing::1.0',
      description: 'new',
      links: [{ rel: 'self', href: '/api/catalog/descriptors/resource::thing::1.0' }],
    })
    const [differs] = await refused(
      api.yaml('PUT', '/api/catalog/descriptors/resource::thing::1.0', 'name: resource::other::1.0\n'),
    )
    expect(differs).toBe(400)
    expect((await api.ask('/api/catalog/descriptors/resource::thing::1.0', { method: 'DELETE' })).status).toBe(204)
    for (const method of ['GET', 'DELETE']) {
      const [status, missing] = await refused(api.ask('/api/catalog/descriptors/resource::thing::1.0', { method }))
      expect([status, missing.localizedMessage]).toEqual([404, 'No descriptor found with name: resource::thing::1.0'])
    }
    expect(
      (await refused(api.yaml('PUT', '/api/catalog/descriptors/resource::thing::1.0', 'description: x\n')))[0],
    ).toBe(404)
  })

  it('shows what a descriptor inherits', async () => {
    const template =
      'name: assembly-template::base::1.0\ndescription: base\nproperties:\n  a: { default: one }\n  b: { default: two }\n'
    const child =
      'name: assembly::child::1.0\nderived-from: assembly-template::base::1.0\nproperties:\n  b: { default: mine }\n'
    for (const text of [template, child])
      expect((await api.yaml('POST', '/api/catalog/descriptors', text)).status).toBe(201)
    const text = await (await api.ask('/api/catalog/descriptors/assembly::child::1.0?effective=true')).text()
    expect(text).toContain('derived-from: assembly-template::base::1.0')
    expect(text).toMatch(/a:\s+default: one\s+b:\s+default: mine/)
  })

  it('says where a text is wrong', async () => {
    const [status, body] = await refused(
      api.yaml('POST', '/api/catalog/descriptors', 'name: resource::x::1.0\nproperties:\n  a: [1\n'),
    )
    expect([status, body.localizedMessage]).toEqual([400, expect.stringMatching(/line \d+, column \d+/) as string])
    expect(body.details['findings']).not.toEqual([])
    expect(
      (
        await refused(
          api.ask('/api/catalog/descriptors', {
            method: 'POST',
            body: 'x',
            headers: { 'content-type': 'application/zip' },
          }),
        )
      )[0],
    ).toBe(415)
    expect((await refused(api.yaml('POST', '/api/catalog/descriptors', '')))[0]).toBe(400)
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
    const created = await api.send('POST', '/api/deploymentLocations', body)
    expect([created.status, created.headers.get('location')]).toEqual([201, '/api/deploymentLocations/lab'])
    const view = {
      id: 'lab',
      name: 'lab',
      description: 'd',
      resourceManager: 'brent',
      infrastructureType: 'Kubernetes',
    }
    expect(await created.json()).toEqual(view)
    expect(await api.get('/api/deploymentLocations/lab')).toEqual(view)
    expect(await api.get('/api/deploymentLocations?name=la&resourceManagerName=brent')).toEqual([view])
    expect(await api.get('/api/deploymentLocations?resourceManagerName=other')).toEqual([])
    expect((await refused(api.send('POST', '/api/deploymentLocations', body)))[0]).toBe(409)
    const replaced = await api.send('PUT', '/api/deploymentLocations/lab', { ...body, description: 'new' })
    expect([replaced.status, await replaced.json()]).toEqual([200, { ...view, description: 'new' }])
    expect((await refused(api.send('PUT', '/api/deploymentLocations/lab', { ...body, name: 'other' })))[0]).toBe(400)
    expect((await api.ask('/api/deploymentLocations/lab', { method: 'DELETE' })).status).toBe(204)
    expect((await refused(api.ask('/api/deploymentLocations/lab')))[1].localizedMessage).toBe(
      'Could not find deployment location with id: lab',
    )
    expect((await refused(api.send('PUT', '/api/deploymentLocations/lab', body)))[0]).toBe(404)
    expect((await refused(api.ask('/api/deploymentLocations/lab', { method: 'DELETE' })))[0]).toBe(404)
  })

  it('stay while resources exist there', async () => {
    await api.done(await api.intent('createAssembly', creation('located')))
    const [status, body] = await refused(api.ask('/api/deploymentLocations/here', { method: 'DELETE' }))
    expect([status, body.details.code]).toEqual([409, 'deployment-location-in-use'])
  })
})

describe('resource managers', () => {
  it('have a built-in one, and aliases that mean it', async () => {
    expect(await api.get('/api/resource-managers/brent')).toMatchObject({ name: 'brent' })
    expect(await api.get<unknown[]>('/api/resource-managers')).toContainEqual(
      expect.objectContaining({ name: 'brent' }),
    )
    const put = await api.send('PUT', '/api/resource-managers/brent', {
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
    const created = await api.send('POST', '/api/resource-managers', second)
    expect([created.status, created.headers.get('location')]).toEqual([201, '/api/resource-managers/second'])
    expect(await created.json()).toMatchObject({
      resourceManagerOperation: 'ADD',
      deploymentLocations: { here: { operation: 'ADD' } },
    })
    expect((await refused(api.send('POST', '/api/resource-managers', second)))[0]).toBe(409)
    expect((await api.ask('/api/resource-managers/second', { method: 'DELETE' })).status).toBe(204)
    const [status, body] = await refused(api.ask('/api/resource-managers/second'))
    expect([status, body.localizedMessage]).toEqual([
      404,
      "Entity of type 'Resource Manager' could not be found matching: id [second]",
    ])
    expect((await refused(api.ask('/api/resource-managers/brent', { method: 'DELETE' })))[0]).toBe(409)
    const foreign = await api.send('POST', '/api/resource-managers', {
      name: 'far',
      type: 'Other',
      url: 'http://far:1/',
    })
    expect(await foreign.json()).toEqual({
      resourceManagerOperation: 'ADD',
      deploymentLocations: {},
      resourceTypes: {},
    })
  })
})

it('never was at a loss', () => expect(api.unexpectedErrors()).toBe(0))
