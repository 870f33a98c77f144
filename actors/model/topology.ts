/** What exists of an assembly: its instances, with the state that was last observed of each. */
import type { IntendedState, ResourceState } from './descriptor.ts'
import type { PropertyValues } from '../../drivers/protocol.ts'

/** `name` is unique and is the path: `asm`, `asm__A`, cluster member `asm__B__1` (1-based). */
export interface Instance {
  readonly name: string
  readonly id: string
  readonly kind: 'assembly' | 'resource' | 'reference'
  /** Descriptor name. */
  readonly type: string
  /** Name of the assembly instance that it is part of; empty for the root. */
  readonly parent: string
  /** Component in the parent's composition; empty for the root. */
  readonly component: string
  /** 1-based number of a member, where the component is a cluster or has a quantity above 1. */
  readonly index?: number
  /** Of an assembly: derived from its children (`assemblyState`), so only resources and references carry their own. */
  readonly state: ResourceState
  /** What drivers put out for it, and what it was last given. */
  readonly properties: PropertyValues
  readonly createdAtMs: number
  readonly lastModifiedAtMs: number
}

/** One per (source instance × target instance): `<relationship>__<n>` within its assembly. */
export interface RelationshipInstance {
  /** Unique within the root: `<assembly instance>__<relationship>__<n>`. */
  readonly name: string
  /** The relationship's name in the descriptor of `assembly`. */
  readonly relationship: string
  /** Name of the assembly instance whose descriptor declares it. */
  readonly assembly: string
  readonly source: string
  readonly target: string
  readonly state: 'Created' | null
  readonly properties: PropertyValues
}

export interface Topology {
  readonly root: string
  readonly instances: Readonly<Record<string, Instance>>
  readonly relationships: Readonly<Record<string, RelationshipInstance>>
}

export const EMPTY_TOPOLOGY: Topology = { root: '', instances: {}, relationships: {} }

/** What an assembly shows: absent before `Installed`, as clients know it. */
export type AssemblyState = IntendedState | 'Broken' | 'Failed' | null
