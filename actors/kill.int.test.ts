import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { infrastructureFile, readJournal } from '../drivers/simulator/infrastructure-file.ts'
import { seededRandom } from '../runtime/simulation/seeded-random.ts'
import { until } from '../runtime/testing/until.ts'
import { assemblyRef } from './addresses.ts'
import type { AssemblyState } from './assembly/protocol.ts'
import type { ProcessState } from './process/protocol.ts'
import type { ResourceEntityState } from './resource/protocol.ts'
import { wrongEndings } from './testing/implied-topology.ts'
import { doneTwice, illegalSteps } from './testing/infrastructure-checks.ts'
import { DECLARED, DESCRIPTORS, LOCATION, LOCATION_PROPERTIES, SCALE_POLICY_NAME } from './testing/killed-service.ts'
import { NodeProcess } from '../system/node-process.ts'
import { OrderClient } from './testing/order-client.ts'
import { orderLife } from './testing/order-life.ts'
import { type StoredSystem, whileStopped } from './testing/stored-system.ts'
import { stuck } from './testing/stuck-checks.ts'

/** `HOMEOSTAT_TEST_KILLS=1000` for a long run; about 2 s each on a busy machine. */
const KILLS = Number(process.env['HOMEOSTAT_TEST_KILLS'] ?? 100)
const SEED = Number(process.env['HOMEOSTAT_TEST_SEED'] ?? Date.now() % 1_000_000)
const CLIENTS = 8
const NAMES = Array.from({ length: 8 }, (_, index) => `svc-${index}`)
const SHARDS = 4
/** From when it is up until it is killed, at most. */
const ALIVE_MAX_MS = 1_000
/** Some are killed while they start, this long after they were spawned at most. */
const STARTING_MAX_MS = 1_500
const START_DEADLINE_MS = 60_000
const WATCHED = { roots: NAMES, scalePolicies: [SCALE_POLICY_NAME] }

let folder = ''
let node: NodeProcess
/** No new orders. */
let isOver = false

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-killed-'))
  node = new NodeProcess({
    HOMEOSTAT_DATA: folder,
    HOMEOSTAT_PORT: '0',
    HOMEOSTAT_EXAMPLE: 'off',
    HOMEOSTAT_SHARDS: String(SHARDS),
    HOMEOSTAT_DRIVER_TIMEOUT_MS: '2000',
    // A node that is killed again and again before it gets to it must not run out of tries.
    HOMEOSTAT_DRIVER_SENDS_MAX: '1000',
    HOMEOSTAT_DRIVER_BACKOFF_MS: '20',
    HOMEOSTAT_POLICY_QUIET_MS: '100',
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
  })
})

afterAll(async () => {
  isOver = true
  await node.kill()
  rmSync(folder, { recursive: true, force: true })
})

const up = async (): Promise<void> => {
  await until(() => {
    node.assertRunning()
    return node.url !== undefined
  }, START_DEADLINE_MS)
}
/** A moment of the test's choosing: nothing is waited for, so there is no condition. */
const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const onboard = async (client: OrderClient): Promise<void> => {
  for (const text of DESCRIPTORS) {
    const { status, body } = await client.request('POST', '/api/catalog/descriptors', text)
    expect(status, JSON.stringify(body)).toBe(201)
  }
  const location = { name: LOCATION, infrastructureType: 'Simulated', properties: LOCATION_PROPERTIES }
  expect((await client.request('POST', '/api/deploymentLocations', location)).status).toBe(201)
}

test(
  `a node killed ${KILLS} times (seed ${SEED}) loses no order, does nothing twice and leaves nothing stuck`,
  async () => {
    const random = seededRandom(SEED)
    const counts = new Map<string, number>()
    const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1)
    const clients = Array.from({ length: CLIENTS }, (_, index) => new OrderClient(`client-${index}`, () => node.url))
    const operator = new OrderClient('operator', () => node.url)
    const startedMs = performance.now()

    node.spawn()
    await onboard(operator)
    // Only a process that ends by itself leaves its compiled code behind, and with that the next start takes half the time.
    expect(await node.stop()).toBe(0)
    node.spawn()
    const lives = clients.map((client, index) =>
      orderLife({
        client,
        own: NAMES[index] ?? '',
        names: NAMES,
        random: seededRandom(SEED + index + 1),
        isOver: () => isOver,
        count,
      }),
    )
    let failure: unknown
    let [startingMs, lookingMs] = [0, 0]
    const living = Promise.all(lives).catch((error: unknown) => (failure = error))

    for (let kill = 1; kill <= KILLS && failure === undefined; kill++) {
      if (random() < 0.1) await pass(random() * STARTING_MAX_MS)
      else {
        const beginMs = performance.now()
        await up()
        startingMs += performance.now() - beginMs
        await pass(random() * ALIVE_MAX_MS)
      }
      node.assertRunning()
      await node.kill()
      const lookedMs = performance.now()
      const found = await whileStopped(folder, SHARDS, (system) => stuck(system, WATCHED))
      lookingMs += performance.now() - lookedMs
      expect(found, `after kill ${kill}`).toEqual([])
      node.spawn()
    }
    isOver = true
    await up()
    await living
    if (failure !== undefined) throw failure as Error
    const killedMs = performance.now() - startedMs

    await rest(operator)
    await settle(operator)
    await rest(operator)
    await expectNothingWaits(operator)
    expect(await node.stop()).toBe(0)
    const accepted = [...clients, operator].flatMap((client) => client.accepted)
    const processes = await whileStopped(folder, SHARDS, (system) => expectAllAsOrdered(system, accepted))
    const journal = readJournal(join(folder, 'simulated-infrastructure.sqlite'))

    const unanswered = clients.reduce((sum, client) => sum + client.unanswered, 0)
    const found = [...counts].sort().map(([what, number]) => `${number} × ${what}`)
    console.log(
      `seed ${SEED}: ${KILLS} kills in ${Math.round(killedMs / 1000)} s, ${Math.round((performance.now() - startedMs) / 1000)} s in all, ` +
        `of them ${Math.round(startingMs / 1000)} s for starts and ${Math.round(lookingMs / 1000)} s for looking at what was stored; ` +
        `${accepted.length} orders accepted, ${processes.length} processes, ${unanswered} requests repeated, ` +
        `${journal.length} transitions and operations carried out; ${found.join(', ')}`,
    )
    const byPolicies = processes.filter(({ requestedBy }) => requestedBy.includes('-policy/'))
    // Otherwise the test would have shown nothing.
    if (KILLS >= 100) {
      for (const intent of ['createAssembly', 'deleteAssembly', 'healAssembly', 'scaleOutAssembly', 'scaleInAssembly'])
        expect(counts.get(`${intent} Completed`) ?? 0, intent).toBeGreaterThan(0)
      expect(byPolicies.length).toBeGreaterThan(0)
      expect(unanswered).toBeGreaterThan(KILLS / 10)
    }
  },
  240_000 + KILLS * 6_000,
)

/** No process runs any more. */
const rest = async (client: OrderClient): Promise<void> =>
  until(async () => {
    const query = 'processStatuses=Planned,Pending,In%20Progress'
    return ((await client.request('GET', `/api/processes?${query}`)).body as unknown[]).length === 0
  }, 60_000)

/** Brings what is there to Active, and takes half of it away, so that nothing about the end is in doubt. */
const settle = async (client: OrderClient): Promise<void> => {
  await Promise.all(
    NAMES.map(async (assemblyName, index) => {
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
const expectNothingWaits = async (client: OrderClient): Promise<void> => {
  const processes = (await client.request('GET', '/api/processes?limit=500')).body as { id: string }[]
  const paths = processes.map(({ id }) => `/api/runtime/processes/${id}/waiting`)
  for (const name of NAMES) {
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

const expectAllAsOrdered = async (
  system: StoredSystem,
  accepted: readonly { readonly processId: string }[],
): Promise<readonly ProcessState[]> => {
  expect(await stuck(system, WATCHED)).toEqual([])
  const processes = (await system.all<ProcessState>('process', 'startTime')).map(({ state }) => state)
  const known = new Set(processes.map(({ id }) => id))
  expect(accepted.filter(({ processId }) => !known.has(processId))).toEqual([])
  // Nobody else ordered anything: a repeated order is one order.
  const ordered = processes.filter(({ requestedBy }) => !requestedBy.includes('-policy/')).map(({ id }) => id)
  expect(ordered.toSorted()).toEqual(accepted.map(({ processId }) => processId).toSorted())

  const wrong: string[] = []
  const journal = readJournal(join(folder, 'simulated-infrastructure.sqlite'))
  const infrastructure = infrastructureFile(join(folder, 'simulated-infrastructure.sqlite'))
  const objects = new Map(infrastructure.load().objects.map((object) => [object.resourceId, object.state]))
  infrastructure.close()
  const peers = new Map<string, number>()
  for (const { resourceId, transition } of journal) {
    const step = transition === 'addPeer' ? 1 : transition === 'removePeer' ? -1 : 0
    if (step !== 0) peers.set(resourceId, (peers.get(resourceId) ?? 0) + step)
  }
  const living = new Set<string>()
  for (const name of NAMES) {
    const root = (await system.queries.entity<AssemblyState>(assemblyRef(name)))?.state
    const own = processes.filter((process) => process.root.name === name)
    wrong.push(...wrongEndings(root, own))
    if (root?.presence !== 'present') continue
    for (const instance of Object.values(root.topology.instances)) {
      if (instance.kind !== 'resource') continue
      living.add(instance.id)
      // The network's type has no Configure and no Start, so its object stays below.
      const state = instance.component === 'net' ? 'Installed' : instance.state
      if (objects.get(instance.id) !== state)
        wrong.push(
          `${instance.name} is ${instance.state}, and on the infrastructure ${objects.get(instance.id) ?? null}`,
        )
      const related = Object.values(root.topology.relationships).filter(({ target }) => target === instance.name).length
      if ((peers.get(instance.id) ?? 0) !== related)
        wrong.push(`${instance.name} has ${related} relationships, and on the infrastructure ${peers.get(instance.id)}`)
    }
  }
  for (const [id, state] of objects)
    if (state !== null && !living.has(id))
      wrong.push(`${id} is ${state} on the infrastructure, and nothing else knows it`)
  for (const id of new Set(journal.map(({ resourceId }) => resourceId))) {
    const view = await system.queries.entity<ResourceEntityState>({ kind: 'resource', id })
    if (view?.state.task) wrong.push(`${id} is still at ${view.state.task.taskId}`)
  }
  const declared = (name: string): readonly string[] =>
    DECLARED[name.endsWith('__net') ? 'resource::net::1.0' : 'resource::server::1.0'] ?? []
  wrong.push(...doneTwice(journal), ...illegalSteps(journal, { declared, mayHaveFailed: false }))
  expect(wrong).toEqual([])
  return processes
}
