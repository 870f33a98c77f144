/** A service from nothing to Active, healed, scaled and deleted: all entities together, with a scripted driver. */
import { describe, expect, test } from 'vitest'
import type { Reply } from '../../runtime/entity.ts'
import { assemblyRef, healPolicyRef, processRef, RESOURCE, resourceRef, scalePolicyRef } from '../addresses.ts'
import type { HealPolicyState } from '../heal-policy/protocol.ts'
import type { Intent } from '../model/intent.ts'
import type { MetricReport, ResourceEntityState } from '../resource/protocol.ts'
import { expectAtRest, expectRecoverable } from './testing/checks.ts'
import { assembly, create, HOUR_MS, idOf, names, obedient, order, process, report, running } from './testing/scene.ts'
import { World } from './testing/world.ts'

describe('creation', () => {
  test('the process is there when the order is accepted, and ends with everything Active', () => {
    const world = new World(obedient)
    const reply = order(world, 'create', create)
    expect(reply).toEqual({
      ok: true,
      value: { processId: 'create', assemblyId: assembly(world).id, assemblyName: 'asm', repeated: false },
    })
    expect(process(world, 'create')).toMatchObject({ status: 'In Progress', assembly: { id: assembly(world).id } })
    world.run(HOUR_MS)
    expect(process(world, 'create')).toMatchObject({ status: 'Completed', statusReason: '' })
    expect(assembly(world)).toMatchObject({ state: 'Active', lastTransition: { status: 'Completed' } })
    expect(assembly(world, 'asm__edge')).toMatchObject({ role: 'nested', state: 'Active' })
    expect(assembly(world, 'asm__edge').properties).toEqual({ netId: 'net-of-asm__net', address: 'at-asm__edge__box' })
    expect(names(world)).toEqual(['asm', 'asm__edge', 'asm__edge__box', 'asm__net', 'asm__pool__1'])
    expect(assembly(world).topology.relationships).toMatchObject({
      asm__peering__1: { state: 'Created', properties: { peer: 'at-asm__pool__1' } },
    })
    expectAtRest(world)
    expectRecoverable(world)
  })

  test('outputs reach those that need them; what is private is shown to drivers only', () => {
    const world = new World(obedient)
    order(world, 'create', create)
    world.run(HOUR_MS)
    const installs = world.requests.filter(({ transition }) => transition === 'Install')
    expect(
      installs.map(({ resourceName, resourceProperties: { netId, secret } }) => [resourceName, netId, secret]),
    ).toEqual([
      ['asm__net', undefined, 'hidden'],
      ['asm__edge__box', 'net-of-asm__net', undefined],
      ['asm__pool__1', 'net-of-asm__net', undefined],
    ])
    expect(installs[0]?.associatedTopology).toEqual({ Stack: { id: 'asm__net' } })
    expect(assembly(world).topology.instances['asm__net']?.properties).toEqual({
      cidr: '10.0.0.0/8',
      netId: 'net-of-asm__net',
    })
    const operation = world.requests.find(({ transition }) => transition === 'addPeer')
    expect(operation).toMatchObject({ resourceName: 'asm__pool__1', requestProperties: { peer: 'at-asm__pool__1' } })
  })

  test('who watches is told of the process, its tasks and each change of state, in order', () => {
    const world = new World(obedient)
    order(world, 'create', create)
    world.run(HOUR_MS)
    const kinds = world.live.map((event) =>
      event.eventType === 'ComponentStateChangeEvent'
        ? `${event.resourceName ?? event.assemblyName ?? event.rootAssemblyName} ${event.newState}`
        : event.eventType === 'ProcessStateChangeEvent'
          ? `process ${event.processState}`
          : '',
    )
    const told = kinds.filter((kind) => kind !== '')
    expect(told[0]).toBe('process In Progress')
    expect(told.at(-1)).toBe('process Completed')
    expect(told.filter((kind) => kind.startsWith('asm__pool__1'))).toEqual([
      'asm__pool__1 Created',
      'asm__pool__1 Installed',
      'asm__pool__1 Inactive',
      'asm__pool__1 Active',
    ])
    expect(told.filter((kind) => kind.startsWith('asm '))).toEqual(['asm Installed', 'asm Inactive', 'asm Active'])
    expect(new Set(world.live.map(({ eventId }) => eventId)).size).toBe(world.live.length)
  })
})

describe('refusals', () => {
  test('what is there already, what is not there, what runs: each with what would be right', () => {
    const world = new World(obedient)
    const heal: Intent = { type: 'DeleteAssembly', assemblyName: 'asm' }
    expect(order(world, 'p', heal)).toMatchObject({
      rejection: { code: 'assembly-not-found', reason: 'Cannot find assembly instance with name asm' },
    })
    order(world, 'create', create)
    expect(order(world, 'p', heal)).toMatchObject({
      rejection: { code: 'process-running', details: { processId: 'create', intentType: 'CreateAssembly' } },
    })
    world.run(HOUR_MS)
    expect(order(world, 'p', create)).toMatchObject({ rejection: { code: 'assembly-exists' } })
    expect(order(world, 'p', { type: 'ScaleInAssembly', assemblyName: 'asm', clusterName: 'pool' })).toMatchObject({
      rejection: { code: 'minimum-reached' },
    })
    expect(order(world, 'p', { ...create, assemblyName: 'asm__x' })).toMatchObject({
      rejection: { code: 'invalid-name' },
    })
    expect(world.has(processRef('p'))).toBe(false)
    expectAtRest(world)
  })

  test('an order that is repeated finds its process; another one with its key is refused', () => {
    const world = new World(obedient)
    const idempotency = { key: 'k', fingerprint: 'f' }
    const first = order(world, 'create', create, { idempotency })
    expect(order(world, 'other', create, { idempotency })).toEqual({
      ok: true,
      value: { ...(first.ok ? (first.value as object) : {}), repeated: true },
    })
    expect(order(world, 'other', create, { idempotency: { key: 'k', fingerprint: 'g' } })).toMatchObject({
      rejection: { code: 'idempotency-key-reused', details: { processId: 'create' } },
    })
    expect(world.has(processRef('other'))).toBe(false)
  })

  test('an order that was refused stays refused: a late copy of it is not carried out', () => {
    const world = new World(obedient)
    order(world, 'create', create)
    const idempotency = { key: 'late', fingerprint: 'f' }
    const remove = { type: 'DeleteAssembly', assemblyName: 'asm' } as const
    const refusal = order(world, 'again', create, { idempotency })
    expect(refusal).toMatchObject({ ok: false, rejection: { code: 'assembly-exists' } })
    order(world, 'delete', remove)
    expect(order(world, 'late-copy', create, { idempotency })).toEqual(refusal)
    expect(order(world, 'other', remove, { idempotency: { key: 'late', fingerprint: 'g' } })).toMatchObject({
      rejection: { code: 'idempotency-key-reused' },
    })
    expect(world.has(processRef('late-copy'))).toBe(false)
  })
})

describe('healing', () => {
  const broken: MetricReport = { kind: 'integrity', metricName: 'alive', value: 'BROKEN' }

  test('three breaches in a row heal it: Broken, stopped, started, and its relationship made again', () => {
    const world = running()
    const policy = healPolicyRef(idOf(world, 'asm__pool__1'))
    for (const value of ['BROKEN', 'BROKEN', 'OK', 'BROKEN', 'BROKEN'] as const)
      expect(report(world, 'asm__pool__1', { ...broken, value })).toMatchObject({ value: { passedTo: [policy] } })
    expect(assembly(world).process).toBeNull()
    report(world, 'asm__pool__1', broken)
    const id = assembly(world).process?.id ?? ''
    expect(process(world, id)).toMatchObject({
      intent: { type: 'HealAssembly', brokenComponent: 'asm__pool__1' },
      requestedBy: `heal-policy/${idOf(world, 'asm__pool__1')}`,
    })
    world.run(HOUR_MS, () => assembly(world).process === null)
    expect(process(world, id).status).toBe('Completed')
    expect(world.requests.map(({ transition }) => transition)).toEqual([
      'removePeer',
      'Stop',
      'Start',
      'Integrity',
      'addPeer',
    ])
    const changes = world.live.flatMap((event) =>
      event.eventType === 'ComponentStateChangeEvent' && event.processId === id && event.resourceName
        ? [`${event.previousState} ${event.newState}`]
        : [],
    )
    expect(changes).toEqual(['Active Broken', 'Broken Inactive', 'Inactive Active'])
    expect(world.state<HealPolicyState>(policy)).toMatchObject({ order: null, lastOrder: { outcome: 'Completed' } })
    expectAtRest(world)
  })

  test('what the infrastructure has lost is made anew by the same process', () => {
    const world = running(({ transition, ...request }, times) =>
      ['Stop', 'removePeer', 'Delete'].includes(transition)
        ? [{ afterMs: 10, report: { status: 'FAILED', failure: { code: 'RESOURCE_NOT_FOUND', description: 'gone' } } }]
        : obedient({ transition, ...request }, times),
    )
    const before = idOf(world, 'asm__pool__1')
    order(world, 'heal', { type: 'HealAssembly', assemblyName: 'asm', brokenComponent: 'asm__pool__1' })
    world.run(HOUR_MS)
    const { status, statusReason, tasks } = process(world, 'heal')
    expect([status, statusReason]).toEqual(['Completed', ''])
    expect(tasks['asm__pool__1.Stop']).toMatchObject({
      status: 'Failed',
      attempt: 1,
      error: { code: 'RESOURCE_NOT_FOUND' },
    })
    expect(Object.values(tasks).some((task) => task.status === 'Skipped')).toBe(true)
    expect(world.requests.map(({ transition }) => transition)).toEqual(
      expect.arrayContaining(['Stop', 'Delete', 'Create', 'Install', 'Configure', 'Start', 'Integrity', 'addPeer']),
    )
    expect(idOf(world, 'asm__pool__1')).toBe(before)
    expect(assembly(world).state).toBe('Active')
    expectAtRest(world)
    expectRecoverable(world)
  })

  test('a metric that falls silent is as bad as one that says BROKEN', () => {
    const world = running()
    report(world, 'asm__edge__box', { ...broken, value: 'OK' })
    world.run(80_000)
    expect(assembly(world).lastTransition?.intentType).toBe('CreateAssembly')
    world.run(300_000)
    expect(assembly(world).lastTransition).toMatchObject({ intentType: 'HealAssembly', status: 'Completed' })
    expectAtRest(world)
  })
})

describe('scaling', () => {
  const load = (world: World, value: number): Reply =>
    report(world, 'asm__pool__1', { kind: 'load', metricName: 'load', value })

  test('load scales out up to the maximum, and in down to the minimum', () => {
    const world = running()
    const policy = scalePolicyRef('asm~poolSize')
    const press = (value: number): void => {
      load(world, value)
      load(world, value)
      world.run(60_000)
    }
    const states = (): number =>
      world.history(assemblyRef('asm')).filter(({ type }) => type === 'assembly-state-changed').length
    const before = states()
    press(90)
    expect(names(world)).toContain('asm__pool__2')
    expect(assembly(world).topology.relationships['asm__peering__2']).toMatchObject({ state: 'Created' })
    press(90)
    expect(names(world)).toContain('asm__pool__3')
    press(90)
    expect(world.state(policy)).toMatchObject({ order: null, lastOrder: { outcome: 'maximum-reached' } })
    const third = idOf(world, 'asm__pool__3')
    press(5)
    press(5)
    press(5)
    expect(world.state(policy)).toMatchObject({ order: null, lastOrder: { outcome: 'minimum-reached' } })
    expect(names(world)).toEqual(['asm', 'asm__edge', 'asm__edge__box', 'asm__net', 'asm__pool__1'])
    expect(Object.keys(assembly(world).topology.relationships)).toEqual(['asm__peering__1'])
    expect(world.state<ResourceEntityState>(resourceRef(third))).toMatchObject({ state: null, released: true })
    // The service was Active all the time: members that come or go take nothing away from it.
    expect(states()).toBe(before)
    expectAtRest(world)
    expectRecoverable(world)
  })

  test('nothing counts while a process runs', () => {
    const world = running()
    order(world, 'down', { type: 'ChangeAssemblyState', assemblyName: 'asm', intendedState: 'Inactive' })
    load(world, 90)
    load(world, 90)
    world.run(HOUR_MS)
    expect(assembly(world)).toMatchObject({ state: 'Inactive', lastTransition: { id: 'down', status: 'Completed' } })
    expectAtRest(world)
  })
})

describe('deletion', () => {
  test('takes all away, frees the name, and in the end nothing is remembered', () => {
    const world = running()
    const { id } = assembly(world)
    const old = world.refs(RESOURCE)
    order(world, 'delete', { type: 'DeleteAssembly', assemblyName: 'asm' })
    world.run(HOUR_MS)
    expect(process(world, 'delete').status).toBe('Completed')
    expect(assembly(world)).toMatchObject({ presence: 'absent', topology: { instances: {} } })
    expect(assembly(world, 'asm__edge').presence).toBe('absent')
    expect(world.has(scalePolicyRef('asm~poolSize'))).toBe(false)
    expectAtRest(world)
    expect(order(world, 'again', create).ok).toBe(true)
    world.run(HOUR_MS)
    expect(assembly(world)).toMatchObject({ state: 'Active' })
    expect(assembly(world).id).not.toBe(id)
    world.run(40 * 24 * HOUR_MS)
    expect(old.filter((ref) => world.has(ref))).toEqual([])
    expect(world.has(processRef('delete'))).toBe(false)
    expect(assembly(world).state).toBe('Active')
    expectAtRest(world)
  })

  test('by force it leaves the topology without a word to a driver', () => {
    const world = running()
    expect(world.ask(assemblyRef('asm'), { type: 'remove-forcibly' }).ok).toBe(true)
    world.run(HOUR_MS)
    expect(assembly(world).presence).toBe('absent')
    expect(world.requests).toEqual([])
    expectAtRest(world)
  })
})
