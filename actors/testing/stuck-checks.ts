/**
 * Whether anything is in a state that nothing will move, at whatever moment its node died: each process that runs has a
 * task that runs, each of those has a resource that is at it, with a durable timer; and each that waits for a process
 * waits for one that runs. All of a root lives in one shard, so this holds after every commit.
 */
import { assemblyRef, healPolicyRef, resourceRef, scalePolicyId, scalePolicyRef } from '../addresses.ts'
import type { AssemblyState } from '../assembly/protocol.ts'
import type { HealPolicyState } from '../heal-policy/protocol.ts'
import { isResourceTask, ownerOf } from '../process/orders.ts'
import type { ProcessState } from '../process/protocol.ts'
import type { ResourceEntityState } from '../resource/protocol.ts'
import type { ScalePolicyState } from '../scale-policy/protocol.ts'
import type { StoredSystem } from './stored-system.ts'

export interface Watched {
  /** Names of the root assemblies. */
  readonly roots: readonly string[]
  /** Names of the scale policies of each. */
  readonly scalePolicies: readonly string[]
}

/** What is stuck, in words. */
export const stuck = async (system: StoredSystem, { roots, scalePolicies }: Watched): Promise<readonly string[]> => {
  const found: string[] = []
  const running = new Set<string>()
  for (const { state, timers } of await system.all<ProcessState>('process', 'status', 'In Progress')) {
    running.add(state.id)
    const problem = (text: string): void => void found.push(`process ${state.id} (${state.intent?.type}): ${text}`)
    if (!timers.some(({ name }) => name === 'watch')) problem('no watch')
    const owner = await system.queries.entity<AssemblyState>(assemblyRef(state.root.name))
    if (owner?.state.process?.id !== state.id) problem(`${state.root.name} doesn't know that it runs`)
    const tasks = state.plan.tasks.filter(({ id }) => state.tasks[id]?.status === 'In Progress').filter(isResourceTask)
    if (tasks.length === 0 && state.phase !== 'extending') problem('nothing runs')
    for (const task of tasks) {
      const resource = resourceRef(ownerOf(state, task.instance)?.id ?? '')
      const view = await system.queries.entity<ResourceEntityState>(resource)
      const now = view?.state.task
      if (now?.processId !== state.id || now.taskId !== task.id) problem(`${task.instance} is not at ${task.id}`)
      const waiting = await system.queries.waiting(resource)
      if (!waiting?.some(({ next }) => next !== undefined)) problem(`${task.instance} waits, and nothing comes next`)
    }
    const waiting = await system.queries.waiting({ kind: 'process', id: state.id })
    if (!waiting?.some(({ kind }) => kind === 'task')) problem('waits for no task')
  }
  for (const { state, timers } of await system.all<ResourceEntityState>('resource', 'name')) {
    const { task } = state
    const name = state.identity?.name ?? state.id
    if (task && !running.has(task.processId)) found.push(`${name} is at ${task.taskId} for a process that doesn't run`)
    if (task && !timers.some((timer) => timer.name === 'task' && timer.dueMs === task.dueMs))
      found.push(`${name} is at ${task.taskId} without a deadline`)
    const heal = await system.queries.entity<HealPolicyState>(healPolicyRef(state.id))
    const order = heal?.state.order
    if (order && !running.has(order.processId)) found.push(`the heal policy of ${name} waits for ${order.processId}`)
  }
  for (const root of roots) {
    const process = (await system.queries.entity<AssemblyState>(assemblyRef(root)))?.state.process
    if (process && !running.has(process.id)) found.push(`${root} waits for ${process.id}`)
    for (const policy of scalePolicies) {
      const ref = scalePolicyRef(scalePolicyId(root, policy))
      const state = (await system.queries.entity<ScalePolicyState>(ref))?.state
      for (const id of [state?.suspendedBy, state?.order?.processId])
        if (id !== undefined && id !== '' && !running.has(id)) found.push(`${ref.id} waits for ${id}`)
    }
  }
  for (const letter of await system.store.deadLetters({ limit: 10 }))
    found.push(`dead letter for ${letter.to}: ${letter.reason} ${letter.error}`)
  return found
}
