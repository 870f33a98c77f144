/**
 * Assemblies as fast-check makes them up: nested ones, clusters, values that depend on other components, relationships
 * with all states and modifiers, undeclared transitions, references. What they ask for can be contradictory (a circle of
 * relationships); everything else about them is legal.
 */
import fc from 'fast-check'
import type {
  AssemblyDescriptor,
  Component,
  Descriptor,
  DescriptorSet,
  LifecycleName,
  PropertyDefinitions,
  Relationship,
  ResourceDescriptor,
} from '../model/descriptor.ts'
import { INTENDED_STATES, LIFECYCLE_NAMES, RESOURCE_LADDER } from '../model/descriptor.ts'
import type { Intent } from '../model/intent.ts'
import type { Topology } from '../model/topology.ts'
import { property, transitions } from './small-descriptors.ts'

export const ROOT_TYPE = 'assembly::generated::1.0'
export const ROOT_NAME = 'asm'

const resourceType = (index: number): string => `resource::part${index}::1.0`
const nestedType = (index: number): string => `assembly::nested${index}::1.0`

const resource = (name: string): fc.Arbitrary<ResourceDescriptor> =>
  fc.subarray<LifecycleName>(LIFECYCLE_NAMES.filter((one) => one !== 'Reconfigure')).map((declared) => ({
    kind: 'resource',
    name,
    description: '',
    properties: {
      first: property(),
      second: property({ default: 'none' }),
      label: property({ value: '${instance.name}/${instance.index}' }),
      out: property({ readOnly: true }),
    },
    privateProperties: { secret: property({ default: '${first}' }) },
    infrastructure: [],
    lifecycle: transitions(declared),
    defaultDrivers: { simulator: ['*'] },
    operations: {
      join: { drivers: {}, properties: {}, description: '' },
      part: { drivers: {}, properties: {}, description: '' },
    },
    metrics: {},
    policies: {},
  }))

const state = fc.constantFrom(...RESOURCE_LADDER)
const modifier = fc.constantFrom('pre' as const, 'post' as const)
const operations = fc.subarray([
  { on: 'source', operation: 'join' },
  { on: 'target', operation: 'join' },
  { on: 'target', operation: 'part' },
])

interface Part {
  readonly name: string
  readonly type: string
  readonly size: { readonly quantity: number } | { readonly initial: number; readonly minimum: number }
  /** Which earlier part (by rank) its properties come from; none if out of range. */
  readonly first: number
  readonly second: number
  readonly place: number
}

const part = (types: readonly string[]): fc.Arbitrary<Omit<Part, 'name'>> =>
  fc.record({
    type: fc.constantFrom(...types),
    size: fc.oneof(
      { weight: 3, arbitrary: fc.constant({ quantity: 1 }) },
      { weight: 1, arbitrary: fc.constant({ quantity: 2 }) },
      {
        weight: 2,
        arbitrary: fc.record({ initial: fc.integer({ min: 1, max: 3 }), minimum: fc.integer({ min: 0, max: 1 }) }),
      },
    ),
    first: fc.integer({ min: -3, max: 4 }),
    second: fc.integer({ min: -3, max: 4 }),
    place: fc.nat(100),
  })

const component = (one: Part, rank: number, parts: readonly Part[], hasReference: boolean): Component => {
  const value = (from: number): string => {
    const producer = from < rank ? parts[from] : undefined
    if (producer !== undefined) return from % 2 === 0 ? `\${${producer.name}.out}` : `of \${${producer.name}.out}!`
    return from === -2 && hasReference ? '${network.id}' : '${given}'
  }
  return {
    type: one.type,
    quantity: 'quantity' in one.size ? String(one.size.quantity) : '1',
    ...('initial' in one.size
      ? {
          cluster: {
            initialQuantity: String(one.size.initial),
            minimumNodes: String(one.size.minimum),
            maximumNodes: '4',
            scalingIncrement: '1',
          },
        }
      : {}),
    properties: { first: property({ value: value(one.first) }), second: property({ value: value(one.second) }) },
  }
}

const relationship = (parts: readonly Part[]): fc.Arbitrary<Relationship> =>
  fc
    .record({
      ends: fc.uniqueArray(fc.integer({ min: 0, max: parts.length - 1 }), { minLength: 2, maxLength: 3 }),
      isBackwards: fc.boolean(),
      isSeveralSources: fc.boolean(),
      sourceState: state,
      targetState: state,
      sourceModifier: modifier,
      targetModifier: modifier,
      create: operations,
      cease: operations,
    })
    .map(({ ends, isBackwards, isSeveralSources, ...rest }) => {
      const ordered = [...ends].sort((left, right) => (isBackwards ? right - left : left - right))
      const endpoints = ordered.map((index) => ({ component: parts[index]?.name ?? '', name: 'port' }))
      const split = isSeveralSources ? endpoints.length - 1 : 1
      return {
        ...rest,
        sources: endpoints.slice(0, split),
        targets: endpoints.slice(split),
        properties: { from: property({ value: '${source.out}' }), to: property({ value: '${target.first}' }) },
      }
    })

const assembly = (
  name: string,
  types: readonly string[],
  limits: { readonly parts: number; readonly relationships: number },
): fc.Arbitrary<AssemblyDescriptor> =>
  fc
    .tuple(fc.array(part(types), { minLength: 2, maxLength: limits.parts }), fc.boolean(), fc.boolean())
    .map(([parts, hasReference, dependsReference]) => ({
      parts: parts.map((one, index): Part => ({ ...one, name: `C${index}` })),
      hasReference,
      dependsReference,
    }))
    .chain(({ parts, hasReference, dependsReference }) =>
      fc.array(relationship(parts), { maxLength: limits.relationships }).map((relationships) => ({
        kind: 'assembly' as const,
        name,
        description: '',
        properties: {
          deploymentLocation: property({ default: 'here' }),
          given: property({ default: 'given' }),
          first: property({ default: 'unmapped' }),
          out: property({ readOnly: true, value: `\${${parts[0]?.name ?? ''}.out}` }),
        } satisfies PropertyDefinitions,
        composition: Object.fromEntries(
          parts
            .map((one, rank) => ({ one, rank }))
            .sort((left, right) => left.one.place - right.one.place)
            .map(({ one, rank }) => [one.name, component(one, rank, parts, hasReference)]),
        ),
        references: hasReference
          ? {
              network: {
                type: 'resource::network::^1.0',
                properties: { instance: property({ value: dependsReference ? '${first}' : 'net' }) },
              },
            }
          : {},
        relationships: Object.fromEntries(relationships.map((one, index) => [`r${index}`, one])),
        operations: {
          join: { component: parts[0]?.name ?? '', name: 'join' },
          part: { component: parts[1]?.name ?? '', name: 'part' },
        },
        metrics: {},
        policies: {},
      })),
    )

export interface GeneratedLimits {
  /** Components of the root, 2 or more. */
  readonly parts: number
  /** Relationships of the root. */
  readonly relationships: number
}

/** A whole catalogue; its root is `ROOT_TYPE`. */
export const descriptorSets = (
  limits: GeneratedLimits = { parts: 5, relationships: 4 },
): fc.Arbitrary<DescriptorSet> => {
  const resources = [0, 1, 2].map(resourceType)
  return fc
    .tuple(
      ...resources.map(resource),
      assembly(nestedType(0), resources, { parts: 2, relationships: 1 }),
      assembly(nestedType(1), [...resources, nestedType(0)], { parts: 2, relationships: 1 }),
      assembly(ROOT_TYPE, [...resources, ...resources, nestedType(0), nestedType(1)], limits),
    )
    .map((descriptors) => Object.fromEntries(descriptors.map((one: Descriptor) => [one.name, one])))
}

export const creation = (intendedState: (typeof INTENDED_STATES)[number]): Intent => ({
  type: 'CreateAssembly',
  assemblyName: ROOT_NAME,
  descriptorName: ROOT_TYPE,
  intendedState,
  properties: {},
})

export const intendedStates = fc.constantFrom(...INTENDED_STATES)

/** What is wanted next; `intentFor` finds something in a topology that it can be wanted of. */
export const wishes = fc.record({
  kind: fc.constantFrom(
    'change' as const,
    'delete' as const,
    'heal' as const,
    'scale-out' as const,
    'scale-in' as const,
    'change-nested' as const,
  ),
  intendedState: intendedStates,
  pick: fc.nat(1_000),
})
export type Wish = typeof wishes extends fc.Arbitrary<infer Value> ? Value : never

/** The order that the wish stands for; a change of the whole where there is nothing of the kind. */
export const intentFor = (wish: Wish, descriptors: DescriptorSet, topology: Topology): Intent => {
  const { intendedState } = wish
  const assemblyName = topology.root
  const instances = Object.values(topology.instances)
  const pick = <Value>(values: readonly Value[]): Value | undefined => values[wish.pick % Math.max(1, values.length)]
  const whole: Intent = { type: 'ChangeAssemblyState', assemblyName, intendedState }
  switch (wish.kind) {
    case 'delete':
      return { type: 'DeleteAssembly', assemblyName }
    case 'heal': {
      const broken = pick(
        instances.filter((one) => one.kind === 'resource' && (one.state === 'Active' || one.state === 'Broken')),
      )
      return broken === undefined ? whole : { type: 'HealAssembly', assemblyName, brokenComponent: broken.name }
    }
    case 'change-nested': {
      const nested = pick(instances.filter((one) => one.kind === 'assembly' && one.parent !== ''))
      return nested === undefined ? whole : { type: 'ChangeAssemblyState', assemblyName: nested.name, intendedState }
    }
    case 'scale-out':
    case 'scale-in': {
      const clusters = instances.flatMap((one) => {
        const descriptor = descriptors[one.type]
        if (one.kind !== 'assembly' || descriptor?.kind !== 'assembly') return []
        return Object.entries(descriptor.composition).flatMap(([name, { cluster }]) =>
          cluster === undefined ? [] : [`${one.name}__${name}`.slice(assemblyName.length + 2)],
        )
      })
      const clusterName = pick(clusters)
      if (clusterName === undefined) return whole
      return { type: wish.kind === 'scale-out' ? 'ScaleOutAssembly' : 'ScaleInAssembly', assemblyName, clusterName }
    }
    case 'change':
      return whole
  }
}

/** Some resources as a fault or an operator's hand would leave them. */
export const damages = fc.array(
  fc.record({
    pick: fc.nat(1_000),
    state: fc.constantFrom('Broken' as const, 'Failed' as const, 'Inactive' as const, 'Created' as const, null),
  }),
  { maxLength: 4 },
)
