/** Asks a gateway over the real runtime, and reads what it answers. */
import { expect } from 'vitest'
import { until } from '../../runtime/testing/until.ts'
import { createGateway, type Gateway } from '../app.ts'
import { realSystem, type RealSystem, type RealSystemOptions } from './real-system.ts'
import { SAMPLE_INNER, SAMPLE_RESOURCE, SAMPLE_SERVICE } from './sample-descriptors.ts'

export interface ErrorBody {
  readonly url: string
  readonly localizedMessage: string
  readonly details: Readonly<Record<string, unknown>> & { readonly code: string; readonly nearest?: readonly string[] }
}
export interface Tree {
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
export interface ProcessBody {
  readonly id: string
  readonly status: string
  readonly assemblyId: string
  readonly intentType: string
  readonly executionPlan?: { tasks: { what: string; status: string; startTime?: string }[] }
  readonly previousInstance?: Tree | null
  readonly desiredInstance?: Tree | null
}

export const creation = (assemblyName: string) => ({
  assemblyName,
  descriptorName: 'assembly::service::1.0',
  intendedState: 'Active',
  properties: { deploymentLocation: 'here' },
})

export const refused = async (response: Response | Promise<Response>): Promise<[number, ErrorBody]> => {
  const got = await response
  expect(got.headers.get('content-type')).toBe('application/json')
  return [got.status, (await got.json()) as ErrorBody]
}

export const find = (tree: Tree, suffix: string): Tree | undefined =>
  tree.name.endsWith(suffix)
    ? tree
    : [...(tree.children ?? []), ...(tree.instances ?? [])].map((child) => find(child, suffix)).find((found) => found)

/** Gateways whose catalogue has the sample service, and the deployment location `here`. */
export const openApi = async (options: Partial<RealSystemOptions> = {}) => {
  const on = (system: RealSystem): { system: RealSystem; gateways: readonly Gateway[] } => ({
    system,
    gateways: system.allParts.map((parts) => createGateway(parts)),
  })
  let api = on(await realSystem({}, options))
  let turn = 0
  /** Each request to the next one: any of them can take any. */
  const ask = async (path: string, init?: RequestInit): Promise<Response> => {
    const gateway = api.gateways[turn++ % api.gateways.length]
    if (!gateway) throw new Error('a system without gateways')
    return gateway.app.request(path, init)
  }
  const get = async <Body>(path: string): Promise<Body> => {
    const response = await ask(path)
    expect([path, response.status, response.headers.get('content-type')]).toEqual([path, 200, 'application/json'])
    return (await response.json()) as Body
  }
  const send = (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } })
  const yaml = (method: string, path: string, body: string) =>
    ask(path, { method, body, headers: { 'content-type': 'application/yaml' } })
  const intent = (name: string, body: unknown, key?: string) =>
    send('POST', `/api/intent/${name}`, body, key === undefined ? {} : { 'Idempotency-Key': key })
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
  for (const text of [SAMPLE_RESOURCE, SAMPLE_INNER, SAMPLE_SERVICE])
    expect((await yaml('POST', '/api/catalog/descriptors', text)).status).toBe(201)
  const location = { name: 'here', infrastructureType: 'Other' }
  expect((await send('POST', '/api/deploymentLocations', location)).status).toBe(201)

  return {
    ask,
    get,
    send,
    yaml,
    intent,
    done,
    system: () => api.system,
    unexpectedErrors: () => api.gateways.reduce((sum, gateway) => sum + gateway.unexpectedErrors(), 0),
    /** As after a crash: another node and another gateway over what is stored. */
    restart: async () => {
      api = on(await api.system.restart())
    },
    stop: () => api.system.stop(),
  }
}
