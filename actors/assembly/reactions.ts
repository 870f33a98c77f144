/** What follows from an assembly's events: what is below it is told, and whoever watches. */
import type { Context, Effect } from '../../runtime/entity.ts'
import { assemblyRef, resourceRef, scalePolicyId, scalePolicyRef } from '../addresses.ts'
import type { ActorsConfig } from '../config.ts'
import { isoTime, type LiveEvent } from '../live.ts'
import { announced } from '../published-events.ts'
import type { ResourceCommand } from '../resource/protocol.ts'
import type { ScalePolicyCommand } from '../scale-policy/protocol.ts'
import { ownEntry } from '../own-entry.ts'
import { namesOf } from './evolution.ts'
import { tellPolicy } from './intake.ts'
import type { AssemblyCommand, AssemblyEvent, AssemblyState, RemovedInstance } from './protocol.ts'
import { scaleRulesOf, traitsOf, watchersIn } from './traits.ts'

const FORGET_TIMER = 'forget'

type Happened<Type extends AssemblyEvent['type']> = Extract<AssemblyEvent, { type: Type }>

/** It sees the state after the event, so what must be known of what was removed is in the event. */
export const react =
  (config: ActorsConfig) =>
  (state: AssemblyState, event: AssemblyEvent, context: Context): readonly Effect[] => {
    switch (event.type) {
      case 'intent-accepted':
        return intentAccepted(state, event)
      case 'plan-extended':
        return definitions(state, namesOf(event.outline.creates))
      case 'order-refused':
      case 'instance-changed':
      case 'relationship-changed':
        return []
      case 'assembly-state-changed':
        return [...observed(state, event.assembly), ...assemblyEvent(state, config, event, context)]
      case 'process-ended':
        return processEnded(state, event)
      case 'became-absent': {
        const forget: AssemblyCommand = { type: 'forget' }
        const dueMs = event.atMs + config.removedRetentionMs
        return [
          { type: 'set-timer', name: FORGET_TIMER, dueMs, message: forget },
          ...event.removed.flatMap((instance) => farewell(state, instance)),
        ]
      }
      case 'observed':
        return [{ type: 'cancel-timer', name: FORGET_TIMER }]
    }
  }

const intentAccepted = (state: AssemblyState, event: Happened<'intent-accepted'>): Effect[] => {
  const created = namesOf(event.outline.creates)
  return [
    { type: 'cancel-timer', name: FORGET_TIMER },
    ...created.flatMap((name) => observed(state, name)),
    ...definitions(state, created),
    ...scalePolicies(state, { type: 'suspend', processId: event.processId }),
  ]
}

const processEnded = (state: AssemblyState, event: Happened<'process-ended'>): Effect[] => [
  ...event.removed.flatMap((instance) => farewell(state, instance)),
  ...Object.keys(event.updates).flatMap((name) => observed(state, name)),
  // Expressions in policies may mean something now that drivers have put things out.
  ...definitions(state, event.created),
  ...scalePolicies(state, { type: 'resume' }),
  ...(event.policy
    ? [tellPolicy(event.policy, { type: 'order-ended', processId: event.processId, status: event.status })]
    : []),
]

/** To a nested assembly: what it is now. */
const observed = (state: AssemblyState, name: string): Effect[] => {
  const instance = ownEntry(state.topology.instances, name)
  if (instance?.kind !== 'assembly' || name === state.name) return []
  const { id, type, state: now, properties } = instance
  const message: AssemblyCommand = {
    type: 'observe',
    id,
    descriptorName: type,
    state: now === 'Created' ? null : now,
    properties,
  }
  return [{ type: 'tell', to: assemblyRef(name), message }]
}

/** To resources: who they are, and what their descriptors say about them. */
const definitions = (state: AssemblyState, names: readonly string[]): Effect[] => {
  if (names.length === 0) return []
  const { topology, descriptors, name: rootName, id: rootId } = state
  const watchers = watchersIn(topology, descriptors)
  return names.flatMap((name): Effect[] => {
    const instance = ownEntry(topology.instances, name)
    if (!instance || instance.kind === 'assembly') return []
    const traits = traitsOf(instance, descriptors, watchers)
    const identity = { name, kind: instance.kind, type: instance.type, rootName, rootId }
    const message: ResourceCommand = { type: 'define', identity, ...(traits ? { traits } : {}) }
    return [{ type: 'tell', to: resourceRef(instance.id), message }]
  })
}

/** To all scale policies below the root: what they watch for, and whether they may. */
const scalePolicies = (state: AssemblyState, then: ScalePolicyCommand): Effect[] =>
  Object.values(state.topology.instances).flatMap((assembly) =>
    assembly.kind === 'assembly'
      ? scaleRulesOf(assembly, state.descriptors).flatMap(([id, rule]) => [
          tellScalePolicy(id, { type: 'put', rule }),
          tellScalePolicy(id, then),
        ])
      : [],
  )

const tellScalePolicy = (id: string, message: ScalePolicyCommand): Effect => ({
  type: 'tell',
  to: scalePolicyRef(id),
  message,
})

/** To what is gone, and to the policies that were about it. */
const farewell = (state: AssemblyState, { name, id, kind, policies }: RemovedInstance): Effect[] => {
  if (kind !== 'assembly') {
    const release: ResourceCommand = { type: 'release' }
    return [{ type: 'tell', to: resourceRef(id), message: release }]
  }
  const vanish: AssemblyCommand = { type: 'vanish' }
  return [
    ...policies.map((policy) => tellScalePolicy(scalePolicyId(name, policy), { type: 'remove' })),
    ...(name === state.name ? [] : [{ type: 'tell', to: assemblyRef(name), message: vanish } as const]),
  ]
}

const assemblyEvent = (
  state: AssemblyState,
  config: ActorsConfig,
  event: Happened<'assembly-state-changed'>,
  context: Context,
): readonly Effect[] => {
  const message: LiveEvent = {
    eventId: context.newId(),
    eventCreatedAt: isoTime(event.atMs),
    eventType: 'ComponentStateChangeEvent',
    rootAssemblyId: state.id,
    rootAssemblyName: state.name,
    ...(event.assembly === state.name ? {} : { assemblyName: event.assembly }),
    processId: state.process?.id ?? '',
    previousState: event.from,
    newState: event.to,
  }
  return announced(config, state.name, message)
}
