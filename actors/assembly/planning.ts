/** What an assembly makes of an order: a plan or a refusal. Nothing is stored, so the same function is the preview. */
import type { Rejection } from '../../runtime/entity.ts'
import { rootNameOf } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import type { DescriptorSet } from '../model/descriptor.ts'
import type { Intent } from '../model/intent.ts'
import type { Plan } from '../model/plan.ts'
import { planFullerHeal, planIntent, type PlanOutcome } from '../model/planner.ts'
import { EMPTY_TOPOLOGY } from '../model/topology.ts'
import { ownEntry } from '../own-entry.ts'
import type { AssemblyState } from './protocol.ts'

export type Planned =
  { readonly plan: Plan; readonly rejection?: never } | { readonly rejection: Rejection; readonly plan?: never }

export interface OrderToPlan {
  readonly intent: Intent
  /** For a creation. */
  readonly descriptors?: DescriptorSet
}

/**
 * The plan that this order would get now, or why it would be refused. `state`: of the root (`initial(name)` if it isn't
 * there). `newId`: ids of the instances that would come into being; in a preview any ids will do.
 */
export const previewIntent = (
  state: AssemblyState,
  { intent, descriptors }: OrderToPlan,
  newId: () => string,
  config: Pick<ActorsConfig, 'planTasksMax'>,
): Planned => {
  if (rootNameOf(intent.assemblyName) !== state.name)
    return refusal('wrong-assembly', `${intent.assemblyName} is no part of ${state.name}`)
  if (intent.type === 'CreateAssembly') {
    if (intent.assemblyName !== state.name)
      return refusal('invalid-name', `${intent.assemblyName}: only what is below an assembly has '__' in its name`)
    if (state.presence === 'present')
      return refusal('assembly-exists', `there already is an assembly with the name ${state.name}`, {
        assemblyId: state.id,
        ...(state.process ? { processId: state.process.id } : {}),
      })
    if (!ownEntry(descriptors ?? {}, intent.descriptorName))
      return refusal('descriptor-not-found', `No descriptor found with name: ${intent.descriptorName}`)
  } else {
    if (state.presence === 'absent' || !Object.hasOwn(state.topology.instances, intent.assemblyName))
      return refusal('assembly-not-found', `Cannot find assembly instance with name ${intent.assemblyName}`)
    if (state.process) return refusal(...processRunning(state, state.process))
  }
  const planned = planIntent({
    intent,
    descriptors: intent.type === 'CreateAssembly' ? (descriptors ?? {}) : state.descriptors,
    topology: intent.type === 'CreateAssembly' ? EMPTY_TOPOLOGY : state.topology,
    rootProperties: intent.type === 'CreateAssembly' ? {} : state.properties,
    newId,
  })
  return bounded(planned, config)
}

/** What heals a component that isn't there any more: a plan from what is observed now. */
export const planAnew = (
  state: AssemblyState,
  brokenComponent: string,
  newId: () => string,
  config: Pick<ActorsConfig, 'planTasksMax'>,
): Planned => {
  const { descriptors, topology, properties } = state
  return bounded(planFullerHeal({ descriptors, topology, rootProperties: properties, newId, brokenComponent }), config)
}

const bounded = (planned: PlanOutcome, { planTasksMax }: Pick<ActorsConfig, 'planTasksMax'>): Planned => {
  if (!planned.plan) return { rejection: planned.refusal }
  const tasks = planned.plan.tasks.length
  return tasks > planTasksMax
    ? refusal('plan-too-large', `the plan would have ${tasks} tasks, and ${planTasksMax} is the most`)
    : { plan: planned.plan }
}

export const processRunning = (
  state: AssemblyState,
  process: NonNullable<AssemblyState['process']>,
): [code: string, reason: string, details: Readonly<Record<string, unknown>>] => [
  'process-running',
  `process ${process.id} (${process.intent.type}) runs on ${state.name}; order again when it has ended`,
  { processId: process.id, intentType: process.intent.type },
]

const refusal = (code: string, reason: string, details?: Readonly<Record<string, unknown>>): Planned => ({
  rejection: { code, reason, ...(details ? { details } : {}) },
})
