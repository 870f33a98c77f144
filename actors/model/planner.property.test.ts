import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  creation,
  damages,
  descriptorSets,
  intendedStates,
  intentFor,
  ROOT_NAME,
  wishes,
} from '../testing/generated-descriptors.ts'
import { execute } from '../testing/plan-executor.ts'
import { checkTrace } from '../testing/trace-checker.ts'
import type { DescriptorSet } from './descriptor.ts'
import type { Intent } from './intent.ts'
import type { Plan, Task } from './plan.ts'
import { isEmptyPlan } from './plan.ts'
import { planIntent } from './planner.ts'
import { assemblyState } from './topology-state.ts'
import { EMPTY_TOPOLOGY } from './topology.ts'
import type { Topology } from './topology.ts'

const ids = (): (() => string) => {
  let count = 0
  return () => `id-${String(++count)}`
}

const planned = (descriptors: DescriptorSet, topology: Topology, intent: Intent) =>
  planIntent({ descriptors, topology, intent, rootProperties: {}, newId: ids() })

/** A refusal that the generated input deserves, or a failure. */
const refusedFor = (code: string, intent: Intent): boolean => {
  if (code === 'dependency-cycle' && intent.type !== 'DeleteAssembly' && intent.type !== 'ScaleInAssembly') return true
  if (intent.type === 'ScaleOutAssembly' && ['maximum-reached', 'not-installed'].includes(code)) return true
  if (intent.type === 'ScaleInAssembly' && code === 'minimum-reached') return true
  throw new Error(`${intent.type} was refused: ${code}`)
}

const durations =
  (seed: number) =>
  (task: Task): number => {
    let hash = seed
    for (const char of task.id) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193)
    return (hash >>> 8) % 40
  }

const expectAcyclic = (plan: Plan): void => {
  const seen = new Set<string>()
  for (const task of plan.tasks) {
    for (const dependency of task.after)
      expect(seen.has(dependency.task), `${task.id} after ${dependency.task}`).toBe(true)
    expect(seen.has(task.id), `${task.id} is there once`).toBe(false)
    seen.add(task.id)
  }
}

/** Fewer and smaller runs would be quick; these numbers are what makes the rules believable. */
const PROPERTIES_TIMEOUT_MS = 120_000

const HEIGHTS = ['Installed', 'Inactive', 'Active']

/** Plans, executes, checks; the topology afterwards, or the one before if the order was refused. */
const carryOut = (
  descriptors: DescriptorSet,
  before: Topology,
  intent: Intent,
  options: { seed: number; tasksMax?: number; fails?: (task: Task) => boolean },
): { topology: Topology; isComplete: boolean; isRefused: boolean } => {
  const { plan, refusal } = planned(descriptors, before, intent)
  if (refusal !== undefined) return { topology: before, isComplete: false, isRefused: refusedFor(refusal.code, intent) }
  expectAcyclic(plan)
  const { seed, ...limits } = options
  const execution = execute({ descriptors, topology: before, plan, durationMs: durations(seed), ...limits })
  expect(execution.missing).toEqual([])
  const isStopped = options.tasksMax !== undefined || options.fails !== undefined
  if (!isStopped) expect(execution.isComplete).toBe(true)
  const { accepted, entries, isComplete, topology } = execution
  const recording = { descriptors, intent, rootProperties: {}, before, accepted, startedAtMs: 0, entries, isComplete }
  // What was stopped on purpose leaves ready tasks undone, but nothing that began may have begun late.
  expect(checkTrace(recording, { slackMs: 0 })).toEqual([])
  return { topology, isComplete, isRefused: false }
}

const expectReached = (descriptors: DescriptorSet, topology: Topology, intent: Intent): void => {
  if (intent.type === 'DeleteAssembly') {
    expect(topology).toEqual(EMPTY_TOPOLOGY)
    return
  }
  if (intent.type !== 'CreateAssembly' && intent.type !== 'ChangeAssemblyState') return
  const { assemblyName, intendedState } = intent
  const reached = assemblyState(topology, assemblyName)
  expect(HEIGHTS.indexOf(String(reached))).toBeGreaterThanOrEqual(HEIGHTS.indexOf(intendedState))
  const again = planned(descriptors, topology, { type: 'ChangeAssemblyState', assemblyName, intendedState })
  expect(again.plan && isEmptyPlan(again.plan), JSON.stringify(again.plan?.tasks)).toBe(true)
}

const damaged = (
  topology: Topology,
  faults: readonly { pick: number; state: Topology['instances'][string]['state'] }[],
): Topology => {
  const resources = Object.values(topology.instances).filter((one) => one.kind === 'resource')
  const instances = { ...topology.instances }
  for (const { pick, state } of faults) {
    const one = resources[pick % Math.max(1, resources.length)]
    if (one !== undefined) instances[one.name] = { ...one, state }
  }
  return { ...topology, instances }
}

test(
  'a creation keeps all ordering rules, waits for nothing needlessly and reaches its state; then nothing is left to do',
  () => {
    let carriedOut = 0
    fc.assert(
      fc.property(descriptorSets(), intendedStates, fc.nat(), (descriptors, intendedState, seed) => {
        const intent = creation(intendedState)
        const { topology, isRefused } = carryOut(descriptors, EMPTY_TOPOLOGY, intent, { seed })
        if (isRefused) return
        carriedOut += 1
        expectReached(descriptors, topology, intent)
      }),
      { numRuns: 300 },
    )
    expect(carriedOut).toBeGreaterThan(150)
  },
  PROPERTIES_TIMEOUT_MS,
)

test(
  'the same input gives the same plan',
  () => {
    fc.assert(
      fc.property(descriptorSets(), (descriptors) => {
        const intent = creation('Active')
        expect(planned(descriptors, EMPTY_TOPOLOGY, intent)).toEqual(planned(descriptors, EMPTY_TOPOLOGY, intent))
      }),
      { numRuns: 50 },
    )
  },
  PROPERTIES_TIMEOUT_MS,
)

test(
  'orders in any sequence keep all rules, also after failures, stops and damage; deleting always works',
  () => {
    const step = fc.record({
      wish: wishes,
      seed: fc.nat(),
      faults: damages,
      stop: fc.option(fc.nat(60), { nil: undefined }),
      failing: fc.option(fc.nat(20), { nil: undefined }),
    })
    fc.assert(
      fc.property(
        descriptorSets(),
        intendedStates,
        fc.array(step, { minLength: 1, maxLength: 5 }),
        (descriptors, first, steps) => {
          let { topology } = carryOut(descriptors, EMPTY_TOPOLOGY, creation(first), { seed: 1, tasksMax: 40 })
          if (topology.root === '') return
          for (const { wish, seed, faults, stop, failing } of steps) {
            topology = damaged(topology, faults)
            const intent = intentFor(wish, descriptors, topology)
            const result = carryOut(descriptors, topology, intent, {
              seed,
              ...(stop === undefined ? {} : { tasksMax: stop }),
              ...(failing === undefined ? {} : { fails: (task: Task) => durations(seed + 1)(task) === failing }),
            })
            topology = result.topology
            if (result.isComplete) expectReached(descriptors, topology, intent)
            if (topology.root === '') return
          }
          const deletion: Intent = { type: 'DeleteAssembly', assemblyName: ROOT_NAME }
          const gone = carryOut(descriptors, topology, deletion, { seed: 7 })
          expect(gone.topology).toEqual(EMPTY_TOPOLOGY)
        },
      ),
      { numRuns: 300 },
    )
  },
  PROPERTIES_TIMEOUT_MS,
)
