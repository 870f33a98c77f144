/**
 * Orders in any sequence over a driver that fails, falls silent, answers late and repeats itself: whatever happens, each
 * process ends, and the topology says what the resources are.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assemblyRef, PROCESS, processRef, resourceRef } from '../addresses.ts'
import type { Intent } from '../model/intent.ts'
import type { ProcessState } from '../process/protocol.ts'
import type { ResourceCommand } from '../resource/protocol.ts'
import type { AssemblyCommand, AssemblyState } from './protocol.ts'
import { expectAtRest, expectRecoverable } from './testing/checks.ts'
import { serviceDescriptors } from './testing/service.ts'
import { type DriverScript, World } from './testing/world.ts'

const HOUR_MS = 3_600_000
const CODES = [
  'INFRASTRUCTURE_ERROR',
  'RESOURCE_NOT_FOUND',
  'INSUFFICIENT_CAPACITY',
  'RESOURCE_ALREADY_EXISTS',
] as const

type Answer = 'complete' | 'repeated' | 'late' | 'silent' | 'in-progress' | (typeof CODES)[number]
const answer = fc.oneof(
  { weight: 40, arbitrary: fc.constant<Answer>('complete') },
  { weight: 4, arbitrary: fc.constantFrom<Answer>('repeated', 'late', 'in-progress') },
  { weight: 1, arbitrary: fc.constant<Answer>('silent') },
  { weight: 2, arbitrary: fc.constantFrom<Answer>(...CODES) },
)

/** The same request has the same outcome however often it comes, as it must be with a driver; only its ways differ. */
const scripted = (answers: readonly Answer[]): DriverScript => {
  const decided = new Map<string, Answer>()
  return ({ requestId, transition, resourceName }, times) => {
    const chosen = decided.get(requestId) ?? answers[decided.size % answers.length] ?? 'complete'
    decided.set(requestId, chosen)
    const outputs = transition === 'Install' ? { netId: `net-of-${resourceName}`, address: `at-${resourceName}` } : {}
    const complete = { status: 'COMPLETE', outputs } as const
    switch (chosen) {
      case 'complete':
        return [{ afterMs: 10, report: complete }]
      case 'repeated':
        return [10, 10, 500, 100_000].map((afterMs) => ({ afterMs, report: complete }))
      case 'late':
        // After the first deadline; a repeated request is answered at once.
        return [{ afterMs: times === 1 ? 20 * 60_000 : 10, report: complete }]
      case 'silent':
        return []
      case 'in-progress':
        return [
          { afterMs: 60_000, report: { status: 'IN_PROGRESS', outputs } },
          { afterMs: 16 * 60_000, report: complete },
        ]
      case 'INFRASTRUCTURE_ERROR':
      case 'RESOURCE_NOT_FOUND':
      case 'INSUFFICIENT_CAPACITY':
      case 'RESOURCE_ALREADY_EXISTS': {
        const report = { status: 'FAILED', failure: { code: chosen, description: 'as scripted' } } as const
        return [10, 700].map((afterMs) => ({ afterMs, report }))
      }
    }
  }
}

const assemblyName = 'asm'
const wish: fc.Arbitrary<Intent> = fc.oneof(
  fc.constantFrom('Installed', 'Inactive', 'Active').map((intendedState): Intent => ({
    type: 'CreateAssembly',
    assemblyName,
    descriptorName: 'assembly::service::1.0',
    intendedState: intendedState as 'Active',
    properties: {},
  })),
  fc
    .constantFrom('Installed', 'Inactive', 'Active')
    .map((state): Intent => ({ type: 'ChangeAssemblyState', assemblyName, intendedState: state as 'Active' })),
  fc
    .constantFrom('asm__net', 'asm__edge__box', 'asm__pool__1', 'asm__pool__2')
    .map((brokenComponent): Intent => ({ type: 'HealAssembly', assemblyName, brokenComponent })),
  fc
    .constantFrom('ScaleOutAssembly', 'ScaleInAssembly')
    .map((type): Intent => ({ type: type as 'ScaleInAssembly', assemblyName, clusterName: 'pool' })),
  fc.constant<Intent>({ type: 'DeleteAssembly', assemblyName }),
)

const move = fc.record({
  wish,
  /** How long it is left alone before the next order; `until-free`: until its process has ended. */
  rest: fc.oneof({ weight: 3, arbitrary: fc.constant('until-free') }, fc.constantFrom(0, 25, 2_000, 31 * 24 * HOUR_MS)),
  cancelled: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
  metric: fc.constantFrom('BROKEN', 'load', 'none'),
})

const order = (world: World, processId: string, intent: Intent): boolean => {
  const message: AssemblyCommand = {
    type: 'request-intent',
    processId,
    intent,
    ...(intent.type === 'CreateAssembly' ? { descriptors: serviceDescriptors() } : {}),
  }
  return world.ask(assemblyRef(intent.assemblyName), message).ok
}

const metrics = (world: World, metric: string): void => {
  const pool = world.state<AssemblyState>(assemblyRef(assemblyName)).topology.instances['asm__pool__1']
  if (!pool || metric === 'none') return
  const message: ResourceCommand = {
    type: 'metric-reported',
    metric:
      metric === 'load'
        ? { kind: 'load', metricName: 'load', value: 95 }
        : { kind: 'integrity', metricName: 'alive', value: 'BROKEN' },
  }
  for (let times = 0; times < 3; times++) world.ask(resourceRef(pool.id), message)
}

test('each process ends, and the topology agrees with the resources', () => {
  let refused = 0
  let accepted = 0
  const ends = new Map<string, number>()
  fc.assert(
    fc.property(
      fc.array(answer, { minLength: 40, maxLength: 80 }),
      fc.array(move, { minLength: 1, maxLength: 8 }),
      (answers, moves) => {
        const world = new World(scripted(answers))
        const isBusy = (): boolean => world.state<AssemblyState>(assemblyRef(assemblyName)).process !== null
        const create = { type: 'CreateAssembly', descriptorName: 'assembly::service::1.0' } as const
        order(world, 'p', { ...create, assemblyName, intendedState: 'Active', properties: {} })
        for (const [number, { wish: intent, rest, cancelled, metric }] of moves.entries()) {
          if (typeof rest === 'number') world.run(rest)
          else world.run(60 * 24 * HOUR_MS, () => !isBusy())
          metrics(world, metric)
          if (order(world, `p${number}`, intent)) accepted++
          else refused++
          if (cancelled) world.ask(processRef(`p${number}`), { type: 'cancel' })
        }
        world.run(60 * 24 * HOUR_MS, () => !isBusy())
        expectAtRest(world)
        expectRecoverable(world)
        for (const ref of world.refs(PROCESS)) {
          const { status } = world.state<ProcessState>(ref)
          ends.set(status, (ends.get(status) ?? 0) + 1)
        }
        // A driver that obeys again gets everything away, whatever was left behind.
        world.script = () => [{ afterMs: 1, report: {} }]
        if (world.state<AssemblyState>(assemblyRef(assemblyName)).presence === 'present') {
          expect(order(world, 'last', { type: 'DeleteAssembly', assemblyName })).toBe(true)
          world.run(HOUR_MS, () => !isBusy())
          expect(world.state<ProcessState>(processRef('last')).statusReason).toBe('')
          expect(world.state<AssemblyState>(assemblyRef(assemblyName)).presence).toBe('absent')
          expectAtRest(world)
        }
      },
    ),
    { numRuns: 25 },
  )
  // Otherwise the test has looked at nothing.
  expect([...ends.keys()].sort()).toEqual(expect.arrayContaining(['Completed', 'Failed']))
  expect(Math.min(refused, accepted)).toBeGreaterThan(10)
}, 60_000)

test('a process whose messages are lost asks again, and goes on', () => {
  const world = new World(() => [{ afterMs: 10, report: {} }])
  order(world, 'p', {
    type: 'CreateAssembly',
    assemblyName,
    descriptorName: 'assembly::service::1.0',
    intendedState: 'Active',
    properties: {},
  })
  world.loses = ({ message }) => message.type === 'task-ended'
  world.run(60_000)
  expect(world.state<ProcessState>(processRef('p')).status).toBe('In Progress')
  world.loses = () => false
  world.run(HOUR_MS)
  expect(world.state<ProcessState>(processRef('p')).status).toBe('Completed')
  expectAtRest(world)
})
