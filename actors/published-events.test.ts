/** What those outside are told of an assembly's life: shapes, order, and what they are not told. */
import { expect, test } from 'vitest'
import { assembly, create, HOUR_MS, idOf, obedient, order, process } from './assembly/testing/scene.ts'
import { type DriverScript, World } from './assembly/testing/world.ts'
import { liveEvent } from './live.ts'
import { type ComponentStateChangeEvent, type ProcessStateChangeEvent, publishedEvent } from './published-events.ts'

const publishedEvents = {
  processTopic: 'alm__processStateChange',
  componentTopic: 'alm__stateChange',
  alarmTopic: 'homeostat-alarms',
}

const started = (script: DriverScript): World => new World(script, { publishedEvents })

const on = <Event>(world: World, topic: string): readonly Event[] =>
  world.outside.flatMap((published) => (published.topic === topic ? [published.message as Event] : []))
const processEvents = (world: World) => on<ProcessStateChangeEvent>(world, publishedEvents.processTopic)
const componentEvents = (world: World) => on<ComponentStateChangeEvent>(world, publishedEvents.componentTopic)

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

test('a process: at its start and at its end, with the request as it was ordered', () => {
  const world = started(obedient)
  order(world, 'create', create)
  world.run(HOUR_MS)
  const { type: _, ...intent } = create
  const common = {
    eventType: 'ProcessStateChangeEvent',
    eventId: expect.stringMatching(UUID) as string,
    eventCreatedAt: expect.stringMatching(ISO) as string,
    processId: 'create',
    assemblyId: assembly(world).id,
    assemblyName: 'asm',
    assemblyDescriptorName: 'assembly::service::1.0',
    intentType: 'CreateAssembly',
    intent,
    processStartedAt: expect.stringMatching(ISO) as string,
  }
  expect(processEvents(world)).toStrictEqual([
    { ...common, processState: 'In Progress' },
    { ...common, processState: 'Completed', processFinishedAt: expect.stringMatching(ISO) as string },
  ])
})

test('components: each transition of a resource, and the root when all have arrived; nested assemblies are not shown', () => {
  const world = started(obedient)
  order(world, 'create', create)
  world.run(HOUR_MS)
  const events = componentEvents(world)
  const ofNet = events.filter(({ resourceName }) => resourceName === 'asm__net')
  expect(ofNet.map(({ previousState, newState }) => [previousState, newState])).toEqual([
    [null, 'Created'],
    ['Created', 'Installed'],
    ['Installed', 'Inactive'],
    ['Inactive', 'Active'],
  ])
  const { resourceManager, deploymentLocation } = world.state<{ resourceManager: string; deploymentLocation: string }>({
    kind: 'resource',
    id: idOf(world, 'asm__net'),
  })
  expect(ofNet[0]).toStrictEqual({
    eventType: 'ComponentStateChangeEvent',
    eventId: expect.stringMatching(UUID) as string,
    eventCreatedAt: expect.stringMatching(ISO) as string,
    rootAssemblyId: assembly(world).id,
    rootAssemblyName: 'asm',
    resourceId: idOf(world, 'asm__net'),
    resourceName: 'asm__net',
    resourceManager,
    deploymentLocation,
    processId: 'create',
    previousState: null,
    newState: 'Created',
  })
  const ofRoot = events.filter(({ resourceId }) => resourceId === undefined)
  expect(ofRoot.map(({ previousState, newState }) => [previousState, newState])).toEqual([
    [null, 'Installed'],
    ['Installed', 'Inactive'],
    ['Inactive', 'Active'],
  ])
  // The root is the last to be Active: all its children have arrived.
  expect(events.at(-1)).toStrictEqual({
    eventType: 'ComponentStateChangeEvent',
    eventId: expect.stringMatching(UUID) as string,
    eventCreatedAt: expect.stringMatching(ISO) as string,
    rootAssemblyId: assembly(world).id,
    rootAssemblyName: 'asm',
    processId: 'create',
    previousState: 'Inactive',
    newState: 'Active',
  })
})

test('what is uninstalled is told with a null', () => {
  const world = started(obedient)
  order(world, 'create', create)
  world.run(HOUR_MS)
  const [resources, rootId] = [['asm__edge__box', 'asm__net', 'asm__pool__1'], assembly(world).id]
  order(world, 'delete', { type: 'DeleteAssembly', assemblyName: 'asm' })
  world.run(HOUR_MS)
  const gone = componentEvents(world).filter(({ newState }) => newState === null)
  expect(gone.map(({ resourceName }) => resourceName ?? 'root').sort()).toEqual([...resources, 'root'].sort())
  for (const event of gone) expect(event).toMatchObject({ rootAssemblyId: rootId, processId: 'delete' })
})

test('of what failed, the process tells, and no component', () => {
  const failing: DriverScript = (request, times) =>
    request.transition === 'Install' && request.resourceName === 'asm__net'
      ? [{ afterMs: 10, report: { status: 'FAILED', failure: { code: 'INFRASTRUCTURE_ERROR', description: 'boom' } } }]
      : obedient(request, times)
  const world = started(failing)
  order(world, 'create', create)
  world.run(HOUR_MS)
  expect(process(world, 'create').status).toBe('Failed')
  const [, end] = processEvents(world)
  expect(end).toMatchObject({ processState: 'Failed', processFinishedAt: expect.stringMatching(ISO) as string })
  expect(end?.processStateReason).toContain('boom')
  const events = componentEvents(world)
  const ofNet = events.filter(({ resourceName }) => resourceName === 'asm__net')
  expect(ofNet.map(({ newState }) => newState)).toEqual(['Created'])
  expect(events.filter(({ resourceId, newState }) => resourceId === undefined || newState === 'Failed')).toEqual([])
})

test('they carry the ids of the live events that they are made from, in order per root', () => {
  const world = started(obedient)
  order(world, 'create', create)
  world.run(HOUR_MS)
  const expected = world.live.flatMap((event) => (publishedEvent(event) ? [event.eventId] : []))
  expect(world.outside.map(({ message }) => (message as { eventId: string }).eventId)).toEqual(expected)
  expect(new Set(expected).size).toBe(expected.length)
  expect(new Set(world.outside.map(({ key }) => key))).toEqual(new Set(['asm']))
})

test('nothing else happens because of them: without readers all is the same', () => {
  const [with_, without] = [started(obedient), new World(obedient)]
  for (const world of [with_, without]) {
    order(world, 'create', create)
    world.run(HOUR_MS)
  }
  expect(without.outside).toEqual([])
  expect(with_.live.map((event) => liveEvent.parse(event))).toEqual(without.live)
  expect(with_.requests).toEqual(without.requests)
})
