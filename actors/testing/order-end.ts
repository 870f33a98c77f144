/** The end of a run of orders: everything comes to rest, in a state that nothing about is in doubt. */
import { expect } from 'vitest'
import { until } from '../../runtime/testing/until.ts'
import type { OrderClient } from './order-client.ts'

const REST_DEADLINE_MS = 90_000

/** No process runs any more. */
export const rest = async (client: OrderClient): Promise<void> =>
  until(async () => {
    const query = 'processStatuses=Planned,Pending,In%20Progress'
    return ((await client.request('GET', `/api/processes?${query}`)).body as unknown[]).length === 0
  }, REST_DEADLINE_MS)

/** Brings what is there to Active, and takes half of it away, so that nothing about the end is in doubt. */
export const settle = async (client: OrderClient, names: readonly string[]): Promise<void> => {
  await Promise.all(
    names.map(async (assemblyName, index) => {
      const shown = (await client.request('GET', `/api/topology/assemblies?name=${assemblyName}`)).body as unknown[]
      if (shown.length === 0) return
      // The second is for those whose first configuration was to fail.
      for (let times = 0; times < 2; times++) {
        const ordered = await client.order('changeAssemblyState', { assemblyName, intendedState: 'Active' }, false)
        if ('refused' in ordered) throw new Error(`${assemblyName}: ${ordered.refused}`)
        await client.ended(ordered.accepted.processId)
      }
      if (index % 2 === 0) return
      const deletion = await client.order('deleteAssembly', { assemblyName }, false)
      if ('refused' in deletion) throw new Error(`${assemblyName}: ${deletion.refused}`)
      expect(await client.ended(deletion.accepted.processId)).toBe('Completed')
    }),
  )
}

interface Waiting {
  readonly waiting: readonly { readonly kind: string; readonly for: string; readonly next?: unknown }[]
}

/** Asked for what it waits for, nothing says that it waits for something that won't come. */
export const expectNothingWaits = async (client: OrderClient, names: readonly string[]): Promise<void> => {
  const processes = (await client.request('GET', '/api/processes?limit=500')).body as { id: string }[]
  const paths = processes.map(({ id }) => `/api/runtime/processes/${id}/waiting`)
  for (const name of names) {
    const { status, body } = await client.request('GET', `/api/topology/assemblies?name=${name}`)
    expect(status).toBe(200)
    const ids = JSON.stringify(body).matchAll(/"id":"([^"]+)","name":"(?:svc-[^"]+)"/g)
    for (const [, id] of ids) paths.push(`/api/runtime/instances/${id}/waiting`)
  }
  for (const path of paths) {
    const { status, body } = await client.request('GET', path)
    if (status === 404 && path.includes('/instances/')) continue
    expect(status, path).toBe(200)
    // Only timers that forget what has ended.
    for (const one of (body as Waiting).waiting) expect(one, path).toMatchObject({ kind: 'timer', next: {} })
  }
}
