/** What a process asks of the resources that carry out its tasks. */
import type { PropertyValue, PropertyValues } from '../../drivers/protocol.ts'
import type { ActorsConfig } from '../config.ts'
import type { PlannedCall, PlannedInstance, PlannedValue, PlannedValues, Task, TaskOf } from '../model/plan.ts'
import { resolvedValue, resolvedValues, type PropertyLookup } from '../model/plan-schedule.ts'
import type { ResolvedCall, ResourceCommand, ResourceIdentity, TaskOrder } from '../resource/protocol.ts'
import { ownEntry } from '../own-entry.ts'
import type { ProcessState } from './protocol.ts'

/** Tasks that a resource carries out; the others are done by the process itself. */
export type ResourceTask = TaskOf<'transition'> | TaskOf<'operation'> | TaskOf<'mark-broken'>

export const isResourceTask = (task: Task): task is ResourceTask => 'instance' in task

export const taskOf = (state: ProcessState, taskId: string): Task | undefined =>
  state.plan.tasks.find((task) => task.id === taskId)

const before = ({ previous }: ProcessState) => previous?.instances ?? {}

/** What a property is now: what the resource said during this process, else what it was before. */
export const propertyNow =
  (state: ProcessState): PropertyLookup =>
  (instance, property) => {
    const values: PropertyValues | undefined =
      ownEntry(state.changed, instance)?.properties ?? ownEntry(before(state), instance)?.properties
    return values && ownEntry(values, property)
  }

const createdBy = (state: ProcessState, instance: string): PlannedInstance | undefined =>
  state.plan.creates.find(({ name }) => name === instance)

type Owner = Pick<PlannedInstance, 'id' | 'name' | 'type'> & { readonly kind: 'resource' | 'reference' }

/** Who carries the tasks of an instance out. `undefined`: the plan neither creates nor finds it. */
export const ownerOf = (state: ProcessState, name: string): Owner | undefined => {
  const instance = createdBy(state, name) ?? ownEntry(before(state), name)
  if (!instance || instance.kind === 'assembly') return undefined
  return { id: instance.id, name: instance.name, type: instance.type, kind: instance.kind }
}

export const performMessage = (
  state: ProcessState,
  task: ResourceTask,
  { name, kind, type }: Owner,
  config: ActorsConfig,
): ResourceCommand => {
  const created = createdBy(state, task.instance)
  const identity: ResourceIdentity = { name, kind, type, rootName: state.root.name, rootId: state.root.id }
  const lookup = propertyNow(state)
  const order: TaskOrder = {
    processId: state.id,
    taskId: task.id,
    ...work(task),
    ...(task.type !== 'mark-broken' && task.call ? { call: resolvedCall(task.call, lookup) } : {}),
    ...(created ? { inputs: resolved(created.properties, lookup) } : {}),
    absenceIsSuccess: isAbsenceWanted(state, task),
    timeoutMs: config.requestTimeoutMs,
    sendsMax: config.requestSendsMax,
    attemptsMax: config.attemptsMax,
    backoffFirstMs: config.backoffFirstMs,
    backoffMaxMs: config.backoffMaxMs,
  }
  return { type: 'perform', identity, order }
}

const work = (task: ResourceTask): Pick<TaskOrder, 'kind' | 'name' | 'from' | 'to' | 'onFailure'> => {
  switch (task.type) {
    case 'transition': {
      const { transition: name, from, to, onFailure } = task
      return { kind: 'transition', name, from, to, onFailure }
    }
    case 'operation':
      return { kind: 'operation', name: task.operation, from: null, to: null, onFailure: null }
    case 'mark-broken':
      return { kind: 'mark-broken', name: 'mark-broken', from: 'Active', to: 'Broken', onFailure: 'Broken' }
  }
}

/**
 * Whether it is as good if the driver doesn't know the resource any more: what is to be taken away is then away. But a
 * heal wants to know it, because there is another way to heal what is gone; and who orders Inactive wants it back.
 */
const isAbsenceWanted = (state: ProcessState, task: ResourceTask): boolean => {
  switch (task.type) {
    case 'transition':
      if (task.transition === 'Uninstall' || task.transition === 'Delete') return true
      return task.transition === 'Stop' && leaves(state, task.instance)
    case 'operation':
      return task.phase === 'Cease'
    case 'mark-broken':
      return false
  }
}

const leaves = (state: ProcessState, instance: string): boolean => state.plan.removes.includes(instance)

const resolvedCall = (call: PlannedCall, lookup: PropertyLookup): ResolvedCall => ({
  drivers: call.drivers,
  deploymentLocation: text(call.deploymentLocation, lookup),
  resourceManager: text(call.resourceManager, lookup),
  resourceProperties: resolved(call.resourceProperties, lookup),
  requestProperties: resolved(call.requestProperties, lookup),
})

export const resolved = (values: PlannedValues, lookup: PropertyLookup): Record<string, PropertyValue> => ({
  ...resolvedValues(values, lookup),
})

const text = (value: PlannedValue, lookup: PropertyLookup): string => {
  const known = resolvedValue(value, lookup) ?? ''
  return typeof known === 'string' ? known : known.join(',')
}
