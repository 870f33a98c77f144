/** How an assembly's events change it. */
import { EMPTY_TOPOLOGY } from '../model/topology.ts'
import { withInstanceState, withoutInstances, withPlanAccepted, withRelationship } from '../model/topology-state.ts'
import { ownEntry } from '../own-entry.ts'
import type { AssemblyEvent, AssemblyState } from './protocol.ts'

/** Its name says what it is: only what is below an assembly has `__` in it. */
export const initial = (name: string): AssemblyState => ({
  name,
  presence: 'absent',
  role: name.includes('__') ? 'nested' : 'root',
  id: '',
  descriptorName: '',
  state: null,
  properties: {},
  createdAtMs: 0,
  lastModifiedAtMs: 0,
  intendedState: null,
  descriptors: {},
  topology: EMPTY_TOPOLOGY,
  process: null,
  lastTransition: null,
  orders: [],
  refusals: [],
})

export const evolve =
  (rememberedOrdersMax: number) =>
  (state: AssemblyState, event: AssemblyEvent): AssemblyState => {
    switch (event.type) {
      case 'intent-accepted': {
        const { processId, intent, outline, atMs, created, idempotency, policy } = event
        const before = created ? initial(state.name) : state
        return {
          ...before,
          ...(created && intent.type === 'CreateAssembly'
            ? {
                presence: 'present' as const,
                id: created.id,
                descriptors: created.descriptors,
                descriptorName: intent.descriptorName,
                properties: intent.properties,
                createdAtMs: atMs,
              }
            : {}),
          intendedState: 'intendedState' in intent ? intent.intendedState : before.intendedState,
          topology: withPlanAccepted(before.topology, outline, atMs),
          process: { id: processId, intent, startedAtMs: atMs, outline, ...(policy ? { policy } : {}) },
          lastTransition: { id: processId, intentType: intent.type, status: 'In Progress', startedAtMs: atMs },
          lastModifiedAtMs: atMs,
          orders: idempotency
            ? [...state.orders, { ...idempotency, processId }].slice(-rememberedOrdersMax)
            : state.orders,
          refusals: state.refusals,
        }
      }
      case 'order-refused':
        return {
          ...state,
          refusals: [...state.refusals, { ...event.idempotency, rejection: event.rejection }].slice(
            -rememberedOrdersMax,
          ),
        }
      case 'plan-extended': {
        if (!state.process) return state
        const { outline, atMs } = event
        return {
          ...state,
          topology: withPlanAccepted(state.topology, outline, atMs),
          process: { ...state.process, outline: joined(state.process.outline, outline) },
        }
      }
      case 'instance-changed': {
        const { instance, state: now, properties, atMs } = event
        return { ...state, topology: withInstanceState(state.topology, instance, { state: now, properties }, atMs) }
      }
      case 'assembly-state-changed': {
        const { assembly, to, atMs } = event
        const topology = withInstanceState(state.topology, assembly, { state: to }, atMs)
        return assembly === state.name
          ? { ...state, topology, state: to, lastModifiedAtMs: atMs }
          : { ...state, topology }
      }
      case 'relationship-changed': {
        const { relationship, state: now, properties } = event
        return { ...state, topology: withRelationship(state.topology, relationship, { state: now, properties }) }
      }
      case 'process-ended': {
        const { removed, removedRelationships, updates, atMs, status, processId } = event
        let topology = withoutInstances(state.topology, namesOf(removed), removedRelationships)
        for (const [name, properties] of Object.entries(updates))
          topology = withInstanceState(topology, name, { state: stateIn(topology, name), properties }, atMs)
        const { lastTransition } = state
        return {
          ...state,
          topology,
          process: null,
          lastTransition:
            lastTransition?.id === processId ? { ...lastTransition, status, endedAtMs: atMs } : lastTransition,
          lastModifiedAtMs: atMs,
        }
      }
      case 'became-absent':
        // What it was ordered stays known: a late repetition of an order is still a repetition.
        return {
          ...initial(state.name),
          lastTransition: state.lastTransition,
          orders: state.orders,
          lastModifiedAtMs: event.atMs,
        }
      case 'observed': {
        const { id, descriptorName, state: now, properties, atMs } = event
        const createdAtMs = state.presence === 'present' && state.id === id ? state.createdAtMs : atMs
        return {
          ...state,
          presence: 'present',
          id,
          descriptorName,
          state: now,
          properties,
          createdAtMs,
          lastModifiedAtMs: atMs,
        }
      }
    }
  }

export const namesOf = (instances: readonly { readonly name: string }[]): string[] => instances.map(({ name }) => name)

const stateIn = (topology: AssemblyState['topology'], name: string) => ownEntry(topology.instances, name)?.state ?? null

type Outline = NonNullable<AssemblyState['process']>['outline']

const joined = (first: Outline, more: Outline): Outline => ({
  creates: [...first.creates, ...more.creates],
  createsRelationships: [...first.createsRelationships, ...more.createsRelationships],
  removes: [...first.removes, ...more.removes],
  removesRelationships: [...first.removesRelationships, ...more.removesRelationships],
  updates: { ...first.updates, ...more.updates },
})
