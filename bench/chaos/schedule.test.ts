import { expect, test } from 'vitest'
import { FAULT_KINDS, isNodeFault, scheduleOf, type Step } from './schedule.ts'

const options = { seed: 7, nodes: 3, driverWorkers: 2, participants: 3, sessionTimeoutMs: 6_000 }
const first = (count: number, seed = 7): readonly Step[] => {
  const steps = scheduleOf({ ...options, seed })
  return Array.from({ length: count }, () => steps.next().value)
}

test('the same seed gives the same faults, another seed others', () => {
  expect(first(60)).toEqual(first(60))
  expect(first(60)).not.toEqual(first(60, 8))
})

test('each kind comes once before any comes again', () => {
  const steps = first(FAULT_KINDS.length * 3)
  for (let round = 0; round < 3; round++) {
    const kinds = steps
      .slice(round * FAULT_KINDS.length, (round + 1) * FAULT_KINDS.length)
      .map(({ faults }) => faults[0]?.kind)
    expect(kinds.toSorted()).toEqual(FAULT_KINDS.toSorted())
  }
})

test('at most two nodes fail at a time, different ones, and only nodes do', () => {
  const steps = first(400)
  const overlapping = steps.filter(({ faults }) => faults.length > 1)
  expect(overlapping.length).toBeGreaterThan(20)
  for (const { faults } of overlapping) {
    expect(faults).toHaveLength(2)
    expect(faults.every(({ kind }) => isNodeFault(kind))).toBe(true)
    expect(new Set(faults.map(({ victim }) => victim)).size).toBe(2)
  }
})

test('a node that is frozen or cut off stays so for longer than its session lasts', () => {
  for (const { faults, holdMs } of first(400))
    if (faults[0]?.kind === 'freeze-node' || faults[0]?.kind === 'cut-from-kafka')
      expect(holdMs).toBeGreaterThan(options.sessionTimeoutMs + 2_000)
})
