import { expect, test } from 'vitest'
import type { Task } from './plan.ts'
import type { TaskPhase } from './plan-schedule.ts'
import { readyTasks, resolvedValue, waitsFor } from './plan-schedule.ts'

const transition = (id: string, instance: string, after: readonly string[], name = id): Task => ({
  id,
  type: 'transition',
  instance,
  transition: name,
  from: null,
  to: null,
  onFailure: null,
  after: after.map((task) => ({ task, reason: 'state' })),
})

const plan = {
  tasks: [
    transition('a', 'A', []),
    transition('b', 'B', ['a']),
    transition('operation', 'A', ['a']),
    transition('integrity', 'A', ['a'], 'Integrity'),
    transition('last', 'A', ['b', 'integrity']),
  ],
}
const phases =
  (known: Readonly<Record<string, TaskPhase>>) =>
  (id: string): TaskPhase =>
    known[id] ?? 'pending'
const names = (tasks: readonly Task[]): readonly string[] => tasks.map((task) => task.id)

test('a resource does one thing at a time, and Integrity right after Start', () => {
  expect(names(readyTasks(plan, phases({})))).toEqual(['a'])
  expect(names(readyTasks(plan, phases({ a: 'done' }), ['a']))).toEqual(['b', 'integrity'])
  expect(names(readyTasks(plan, phases({ a: 'done', integrity: 'running', b: 'done' }), ['b']))).toEqual([])
  expect(names(readyTasks(plan, phases({ a: 'failed' })))).toEqual([])
})

test('a task waits for what it is after, then for its resource', () => {
  expect(waitsFor(plan, phases({ a: 'running' }), 'b')).toEqual([{ task: 'a', reason: 'state' }])
  expect(waitsFor(plan, phases({ a: 'done' }), 'operation')).toEqual([{ task: 'integrity', reason: 'busy' }])
  expect(waitsFor(plan, phases({ a: 'done' }), 'integrity')).toEqual([])
})

test('planned values are what their parts are by then', () => {
  const lookup = (instance: string, property: string) =>
    property === 'list' ? ['x', 'y'] : property === 'ip' ? `ip of ${instance}` : undefined
  const ip = { instance: 'A', property: 'ip' }
  const list = { instance: 'A', property: 'list' }
  const unset = { instance: 'A', property: 'unset' }
  expect(resolvedValue({ parts: ['<', ip, list, '>'] }, lookup)).toBe('<ip of Ax,y>')
  expect(resolvedValue({ parts: [list] }, lookup)).toEqual(['x', 'y'])
  expect(resolvedValue({ list: [[ip], [list]] }, lookup)).toEqual(['ip of A', 'x', 'y'])
  expect(resolvedValue({ parts: ['a', unset] }, lookup)).toBeUndefined()
  expect(resolvedValue({ list: [[ip], [unset]] }, lookup)).toBeUndefined()
})
