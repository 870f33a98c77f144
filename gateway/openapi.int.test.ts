/** A client that somebody else's generator makes from our document talks to a server that listens, and to a cluster. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../runtime/testing/until.ts'
import { startTestCluster } from '../system/testing/test-cluster.ts'
import { startGateway } from './server.ts'
import { realSystem } from './testing/real-system.ts'
import { SAMPLE_INNER, SAMPLE_RESOURCE, SAMPLE_SERVICE } from './testing/sample-descriptors.ts'

interface Answer {
  readonly data?: unknown
  readonly error?: unknown
  readonly response: Response
}
type Operation = (options?: object) => Promise<Answer>

const root = join(import.meta.dirname, '..')

interface Place {
  /** Where the next request goes. */
  readonly url: () => string
  close(): Promise<void>
}

const oneGateway = async (): Promise<Place> => {
  const system = await realSystem({ port: 0 })
  const server = await startGateway(system.parts)
  return {
    url: () => server.url,
    close: async () => {
      await server.close()
      await system.stop()
    },
  }
}

describe.each([
  { name: 'of one gateway', open: oneGateway },
  { name: 'of a cluster of three, each call to another node', open: startTestCluster },
])('the document $name', ({ open }) => {
  let place: Place
  let folder: string
  let operations: Readonly<Record<string, Operation>>

  beforeAll(async () => {
    place = await open()
    // Inside the project, so that the generated files find Node's types and nothing else.
    folder = await mkdtemp(join(root, 'node_modules', '.generated-client-'))
    const document = join(folder, 'openapi.json')
    await writeFile(document, await (await fetch(`${place.url()}/openapi.json`)).text())
    await promisify(execFile)(
      join(root, 'node_modules', '.bin', 'node'),
      [
        join(root, 'node_modules', '@hey-api', 'openapi-ts', 'bin', 'run.js'),
        ...['--input', document, '--output', join(folder, 'client'), '--client', '@hey-api/client-fetch', '--silent'],
      ],
      { cwd: folder, env: { PATH: process.env['PATH'] ?? '', HOME: folder } },
    )
    const entry = pathToFileURL(join(folder, 'client', 'sdk.gen.ts')).href
    operations = (await import(/* @vite-ignore */ entry)) as Readonly<Record<string, Operation>>
  }, 120_000)

  afterAll(async () => {
    await place.close()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  const call = async <Data>(name: string, options: object = {}): Promise<{ data: Data; response: Response }> => {
    const operation = operations[name]
    if (!operation) throw new Error(`the client has no ${name}; it has ${Object.keys(operations).join(', ')}`)
    const { data, error, response } = await operation({ baseUrl: place.url(), ...options })
    if (error !== undefined) throw new Error(`${name}: ${JSON.stringify(error)}`)
    return { data: data as Data, response }
  }

  it('orders an assembly, follows it, finds it and deletes it', async () => {
    for (const body of [SAMPLE_RESOURCE, SAMPLE_INNER, SAMPLE_SERVICE])
      await call('createDescriptor', { body, bodySerializer: null, headers: { 'Content-Type': 'application/yaml' } })
    await call('createDeploymentLocation', { body: { name: 'here', infrastructureType: 'Simulated' } })
    const order = await call<{ processId: string }>('createAssembly', {
      headers: { 'idempotency-key': 'k' },
      body: {
        assemblyName: 'generated',
        descriptorName: 'assembly::service::1.0',
        intendedState: 'Active',
        properties: { deploymentLocation: 'here' },
      },
    })
    expect(order.response.headers.get('location')).toBe(`/api/processes/${order.data.processId}`)
    await until(async () => {
      const { data } = await call<{ status: string }>('getProcess', { path: { id: order.data.processId } })
      return data.status === 'Completed'
    })
    const { data: assemblies } = await call<{ id: string; state: string }[]>('listAssemblies', {
      query: { name: 'generated' },
    })
    expect(assemblies).toMatchObject([{ name: 'generated', state: 'Active' }])
    const history = await call<{ events: unknown[] }>('getInstanceHistory', { path: { instance: 'generated' } })
    expect(history.data.events.length).toBeGreaterThan(1)
    await call('deleteAssembly', { body: { assemblyName: 'generated' } })
    const missing = await operations['getAssembly']?.({ baseUrl: place.url(), path: { id: 'nobody' } })
    expect(missing?.error).toMatchObject({ localizedMessage: 'Cannot find assembly instance with id nobody' })
  }, 60_000)
})
