/**
 * An assembly: takes orders, one at a time, keeps the topology as its resources report it, and is free again when the
 * process has ended. What it shows follows from what is below it.
 */
import type { Context, Decision, Effect, Rejection } from '../../runtime/entity.ts'
import { processRef } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { isEmptyPlan } from '../model/plan.ts'
import { withInstanceState, withoutInstances } from '../model/topology-state.ts'
import type { ProcessCommand } from '../process/protocol.ts'
import { ownEntry } from '../own-entry.ts'
import { stateChanges } from './derived.ts'
import { removedBy, removedInstance, updatedProperties } from './endings.ts'
import { namesOf } from './evolution.ts'
import { requestIntent } from './intake.ts'
import { planAnew, processRunning } from './planning.ts'
import type { AssemblyCommand, AssemblyEvent, AssemblyState } from './protocol.ts'

type Decided = Decision<AssemblyEvent>
type Said<Type extends AssemblyCommand['type']> = Extract<AssemblyCommand, { type: Type }>
const NOTHING: Decided = { events: [] }

export const decide =
  (config: ActorsConfig) =>
  (state: AssemblyState, command: AssemblyCommand, context: Context): Decided => {
    const atMs = context.nowMs
    switch (command.type) {
      case 'request-intent':
        return requestIntent(state, command, config, context)
      case 'remove-forcibly':
        return removeForcibly(state, atMs)
      case 'instance-changed':
        return instanceChanged(state, command, atMs)
      case 'relationship-changed': {
        if (state.process?.id !== command.processId || !ownEntry(state.topology.relationships, command.relationship))
          return NOTHING
        const { relationship, state: now, properties } = command
        return { events: [{ type: 'relationship-changed', atMs, relationship, state: now, properties }] }
      }
      case 'request-fuller-heal':
        return fullerHeal(state, command, config, context)
      case 'process-ended':
        return processEnded(state, command, atMs)
      case 'observe': {
        const { type: _, ...now } = command
        return isSame(now, observation(state)) ? NOTHING : { events: [{ type: 'observed', atMs, ...now }] }
      }
      case 'vanish':
        return state.presence === 'absent'
          ? NOTHING
          : { events: [{ type: 'became-absent', atMs, cause: 'vanished', removed: [] }] }
      case 'forget':
        return state.presence === 'absent' ? { events: [], effects: [{ type: 'forget' }] } : NOTHING
    }
  }

const instanceChanged = (state: AssemblyState, command: Said<'instance-changed'>, atMs: number): Decided => {
  const { instance, id, state: now, properties } = command
  const known = ownEntry(state.topology.instances, instance)
  // Of an earlier assembly of the same name, or what is known already.
  if (known?.id !== id || (known.state === now && isSame(known.properties, properties))) return NOTHING
  const topology = withInstanceState(state.topology, instance, { state: now, properties }, atMs)
  return {
    events: [
      { type: 'instance-changed', atMs, instance, state: now, properties },
      ...stateChanges(topology, state.process, atMs),
    ],
  }
}

const fullerHeal = (
  state: AssemblyState,
  { processId, brokenComponent }: Said<'request-fuller-heal'>,
  config: ActorsConfig,
  context: Context,
): Decided => {
  const answer = (message: ProcessCommand): { readonly effects: readonly Effect[] } => ({
    effects: [{ type: 'tell', to: processRef(processId), message }],
  })
  if (state.process?.id !== processId)
    return { events: [], ...answer({ type: 'refuse-extension', reason: `it isn't the process of ${state.name}` }) }
  const planned = planAnew(state, brokenComponent, () => context.newId(), config)
  if (planned.rejection)
    return { events: [], ...answer({ type: 'refuse-extension', reason: planned.rejection.reason }) }
  const { tasks: _, ...outline } = planned.plan
  const changesTopology = !isEmptyPlan({ tasks: [], ...outline }) || Object.keys(outline.updates).length > 0
  return {
    events: changesTopology ? [{ type: 'plan-extended', atMs: context.nowMs, processId, outline }] : [],
    ...answer({ type: 'extend-plan', plan: planned.plan }),
  }
}

const processEnded = (
  state: AssemblyState,
  { processId, status, reason }: Said<'process-ended'>,
  atMs: number,
): Decided => {
  if (state.process?.id !== processId) return NOTHING
  const { outline, intent, policy } = state.process
  const isFinished = status === 'Completed'
  const { removed, removedRelationships } = removedBy(state, outline, isFinished, intent.type === 'DeleteAssembly')
  const topology = withoutInstances(state.topology, namesOf(removed), removedRelationships)
  const updates = updatedProperties(topology, outline.updates)
  const ended: AssemblyEvent = {
    type: 'process-ended',
    atMs,
    processId,
    status,
    reason,
    removed,
    removedRelationships,
    updates,
    created: namesOf(outline.creates),
    ...(policy ? { policy } : {}),
  }
  if (!ownEntry(topology.instances, state.name))
    return { events: [ended, { type: 'became-absent', atMs, cause: 'deleted', removed: [] }] }
  return { events: [ended, ...stateChanges(topology, null, atMs)] }
}

const removeForcibly = (state: AssemblyState, atMs: number): Decided => {
  const rejection = whyKept(state)
  if (rejection) return { reject: rejection }
  const removed = Object.values(state.topology.instances).map((instance) =>
    removedInstance(instance, state.descriptors),
  )
  return { events: [{ type: 'became-absent', atMs, cause: 'removed-forcibly', removed }], reply: {} }
}

const whyKept = (state: AssemblyState): Rejection | undefined => {
  if (state.presence === 'absent')
    return { code: 'assembly-not-found', reason: `Cannot find assembly instance with name ${state.name}` }
  if (state.role === 'nested')
    return { code: 'nested-assembly', reason: `${state.name} is part of another assembly, and goes only with that` }
  if (!state.process) return undefined
  const [code, reason, details] = processRunning(state, state.process)
  return { code, reason, details }
}

export const observation = ({ id, descriptorName, state, properties }: AssemblyState) => ({
  id,
  descriptorName,
  state,
  properties,
})

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
