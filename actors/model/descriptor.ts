/**
 * Descriptors as the rest of the system sees them: parsed, checked, with all accepted spellings turned into one.
 * `descriptor-reader.ts` makes them from YAML.
 */
import type { DriverSelectors } from '../../drivers/protocol.ts'

/** States of a resource, lowest to highest; `null` (absent) is below `Created`. */
export const RESOURCE_LADDER = ['Created', 'Installed', 'Inactive', 'Active'] as const
export type LadderState = (typeof RESOURCE_LADDER)[number]
export type ResourceState = LadderState | 'Broken' | 'Failed' | null

/** States that an intent can ask for. */
export const INTENDED_STATES = ['Installed', 'Inactive', 'Active'] as const
export type IntendedState = (typeof INTENDED_STATES)[number]

export const LIFECYCLE_NAMES = [
  'Create',
  'Install',
  'Configure',
  'Start',
  'Integrity',
  'Stop',
  'Uninstall',
  'Delete',
  'Reconfigure',
] as const
export type LifecycleName = (typeof LIFECYCLE_NAMES)[number]

/**
 * A value in a descriptor, as text with `${…}` in it (`expression.ts` reads those). Numbers and booleans of the YAML
 * are their text.
 */
export type ValueText = string

export interface PropertyDefinition {
  readonly type: string
  readonly required: boolean
  readonly description: string
  readonly default?: ValueText
  /** Static or expression; not overridable. */
  readonly value?: ValueText
  /** Filled by driver outputs; never by an intent or a parent. */
  readonly readOnly: boolean
  readonly volatile: boolean
}
export type PropertyDefinitions = Readonly<Record<string, PropertyDefinition>>

export interface ClusterDefinition {
  readonly initialQuantity?: ValueText
  readonly minimumNodes: ValueText
  readonly maximumNodes?: ValueText
  readonly scalingIncrement: ValueText
}

export interface Component {
  /** Descriptor name. */
  readonly type: string
  readonly quantity: ValueText
  readonly cluster?: ClusterDefinition
  readonly properties: PropertyDefinitions
}

export interface Reference {
  /** Descriptor name; its version may be a semver range. */
  readonly type: string
  readonly properties: PropertyDefinitions
}

export type Modifier = 'pre' | 'post'

/** `<component>.<name>`, or `<component>` alone for a reference. */
export interface Endpoint {
  readonly component: string
  readonly name: string
}

export interface RelationshipOperation {
  /** Whose operation: `source`, `target`, or the component's name where the descriptor says that. */
  readonly on: string
  readonly operation: string
}

export interface Relationship {
  readonly sources: readonly Endpoint[]
  readonly targets: readonly Endpoint[]
  readonly sourceState: LadderState
  readonly targetState: LadderState
  readonly sourceModifier: Modifier
  readonly targetModifier: Modifier
  readonly properties: PropertyDefinitions
  readonly create: readonly RelationshipOperation[]
  readonly cease: readonly RelationshipOperation[]
}

export interface ScalePolicy {
  /** Component and metric that it watches. */
  readonly metric: Endpoint
  /** The cluster that it scales. */
  readonly target: string
  readonly scaleOutThreshold?: ValueText
  readonly scaleInThreshold?: ValueText
  readonly smoothing: ValueText
}

export interface HealPolicy {
  readonly metric: string
  readonly smoothing: ValueText
}

export interface MetricDefinition {
  readonly type: 'metric::integrity' | 'metric::load'
  /** Seconds; `0`: none is published. */
  readonly publicationPeriod: ValueText
}

export interface TransitionDefinition {
  /** Empty: the default drivers. */
  readonly drivers: DriverSelectors
  /** Request properties. */
  readonly properties: PropertyDefinitions
}

export interface OperationDefinition extends TransitionDefinition {
  readonly description: string
}

export interface AssemblyDescriptor {
  readonly kind: 'assembly'
  readonly name: string
  readonly description: string
  readonly derivedFrom?: string
  readonly properties: PropertyDefinitions
  readonly composition: Readonly<Record<string, Component>>
  readonly references: Readonly<Record<string, Reference>>
  readonly relationships: Readonly<Record<string, Relationship>>
  /** Promoted operations of children: own name → child's. */
  readonly operations: Readonly<Record<string, Endpoint>>
  /** Promoted load metrics of children: own name → child's. */
  readonly metrics: Readonly<Record<string, Endpoint>>
  readonly policies: Readonly<Record<string, ScalePolicy>>
}

export interface ResourceDescriptor {
  readonly kind: 'resource'
  readonly name: string
  readonly description: string
  readonly properties: PropertyDefinitions
  readonly privateProperties: PropertyDefinitions
  readonly infrastructure: readonly string[]
  /** A transition that isn't here only changes the state, without a driver call. */
  readonly lifecycle: Readonly<Partial<Record<LifecycleName, TransitionDefinition>>>
  readonly defaultDrivers: DriverSelectors
  readonly operations: Readonly<Record<string, OperationDefinition>>
  readonly metrics: Readonly<Record<string, MetricDefinition>>
  readonly policies: Readonly<Record<string, HealPolicy>>
  /** Drivers for `FindReference`; absent: it can't be referenced. */
  readonly findReference?: TransitionDefinition
}

export type Descriptor = AssemblyDescriptor | ResourceDescriptor

/** Everything that an assembly is made of, by descriptor name: its own descriptor and all below it. */
export type DescriptorSet = Readonly<Record<string, Descriptor>>

/** Where something is wrong, and what would be right. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  /** Machine-readable, kebab-case: `unknown-key`, `wrong-type`, `misspelled-key`, `unknown-property`, `cycle`, … */
  readonly code: string
  readonly message: string
  /** What would be right, where that can be known. */
  readonly hint?: string
  /** JSON path from the top of the document, for instance `$.composition.streamer.quantity`. */
  readonly path: string
  readonly file?: string
  /** 1-based. */
  readonly line?: number
  /** 1-based. */
  readonly column?: number
}
