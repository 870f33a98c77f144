/** What the descriptors say about running instances: traits of resources, rules of scale policies. Pure. */
import type { PropertyValue } from '../../drivers/protocol.ts'
import { scalePolicyId } from '../addresses.ts'
import type { AssemblyDescriptor, DescriptorSet, Endpoint, ResourceDescriptor, ValueText } from '../model/descriptor.ts'
import { evaluateText, scopeOf } from '../model/expression.ts'
import type { Instance, Topology } from '../model/topology.ts'
import type { ResourceTraits } from '../resource/protocol.ts'
import type { ScaleRule } from '../scale-policy/protocol.ts'
import { ownEntry } from '../own-entry.ts'

const DEFAULT_SMOOTHING = 3
const DEFAULT_PERIOD_S = 60

/** By resource instance and metric: ids of scale policies. */
export type Watchers = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>

/** `undefined`: of a reference whose type isn't known here. */
export const traitsOf = (
  instance: Instance,
  descriptors: DescriptorSet,
  watchers: Watchers,
): ResourceTraits | undefined => {
  const descriptor = ownEntry(descriptors, instance.type)
  if (descriptor?.kind !== 'resource') return undefined
  return {
    readOnly: Object.entries(descriptor.properties).flatMap(([name, { readOnly }]) => (readOnly ? [name] : [])),
    private: Object.keys(descriptor.privateProperties),
    transitions: Object.keys(descriptor.lifecycle),
    heal: healRules(instance, descriptor),
    metrics: Object.fromEntries(
      Object.entries(descriptor.metrics).map(([name, { type }]) => [
        name,
        type === 'metric::integrity' ? 'integrity' : 'load',
      ]),
    ),
    watchers: Object.fromEntries([...(watchers.get(instance.name) ?? [])].map(([metric, ids]) => [metric, [...ids]])),
  }
}

const healRules = (instance: Instance, descriptor: ResourceDescriptor): ResourceTraits['heal'] =>
  Object.values(descriptor.policies).flatMap(({ metric, smoothing }) => {
    const definition = ownEntry(descriptor.metrics, metric)
    if (definition?.type !== 'metric::integrity') return []
    const periodS = numberOf(definition.publicationPeriod, instance) ?? DEFAULT_PERIOD_S
    return [
      {
        metric,
        smoothing: Math.max(1, numberOf(smoothing, instance) ?? DEFAULT_SMOOTHING),
        periodMs: Math.max(0, periodS * 1000),
      },
    ]
  })

/** The scale policies of an assembly instance, evaluated for it, by id. */
export const scaleRulesOf = (assembly: Instance, descriptors: DescriptorSet): readonly [id: string, ScaleRule][] => {
  const descriptor = ownEntry(descriptors, assembly.type)
  if (descriptor?.kind !== 'assembly') return []
  return Object.entries(descriptor.policies).map(([policyName, policy]) => {
    const out = policy.scaleOutThreshold === undefined ? undefined : numberOf(policy.scaleOutThreshold, assembly)
    const below = policy.scaleInThreshold === undefined ? undefined : numberOf(policy.scaleInThreshold, assembly)
    const rule: ScaleRule = {
      assemblyName: assembly.name,
      policyName,
      metric: `${policy.metric.component}.${policy.metric.name}`,
      clusterName: policy.target,
      ...(out === undefined ? {} : { scaleOutThreshold: out }),
      ...(below === undefined ? {} : { scaleInThreshold: below }),
      smoothing: Math.max(1, numberOf(policy.smoothing, assembly) ?? DEFAULT_SMOOTHING),
    }
    return [scalePolicyId(assembly.name, policyName), rule]
  })
}

/** The scale policies that watch a resource's metrics, wherever above it they are declared. */
export const watchersIn = (topology: Topology, descriptors: DescriptorSet): Watchers => {
  const members = membersByComponent(topology)
  const watchers = new Map<string, Map<string, string[]>>()
  for (const assembly of Object.values(topology.instances)) {
    const descriptor = assembly.kind === 'assembly' ? ownEntry(descriptors, assembly.type) : undefined
    if (descriptor?.kind !== 'assembly') continue
    for (const [policyName, policy] of Object.entries(descriptor.policies)) {
      for (const [instance, metric] of sourcesOf(assembly.name, policy.metric, members, descriptors)) {
        const ofInstance = watchers.get(instance.name) ?? new Map<string, string[]>()
        watchers.set(instance.name, ofInstance)
        ofInstance.set(metric, [...(ofInstance.get(metric) ?? []), scalePolicyId(assembly.name, policyName)])
      }
    }
  }
  return watchers
}

type Members = ReadonlyMap<string, readonly Instance[]>
const memberKey = (parent: string, component: string): string => `${parent} ${component}`

const membersByComponent = (topology: Topology): Members => {
  const members = new Map<string, Instance[]>()
  for (const instance of Object.values(topology.instances)) {
    const key = memberKey(instance.parent, instance.component)
    const known = members.get(key)
    if (known) known.push(instance)
    else members.set(key, [instance])
  }
  return members
}

/** The resources that a metric comes from: nested assemblies promote it from what is inside them. */
const sourcesOf = (
  parent: string,
  metric: Endpoint,
  members: Members,
  descriptors: DescriptorSet,
): readonly (readonly [Instance, string])[] =>
  (members.get(memberKey(parent, metric.component)) ?? []).flatMap((member) => {
    if (member.kind !== 'assembly') return [[member, metric.name] as const]
    const nested = ownEntry(descriptors, member.type) as AssemblyDescriptor | undefined
    const promoted = nested && ownEntry(nested.metrics, metric.name)
    return promoted ? sourcesOf(member.name, promoted, members, descriptors) : []
  })

/** `undefined`: not known (yet), or not a number. */
const numberOf = (text: ValueText, instance: Instance): number | undefined => {
  const value: PropertyValue | undefined = evaluateText(
    text,
    scopeOf({
      properties: instance.properties,
      instance: { name: instance.name, id: instance.id, index: String(instance.index ?? 1) },
    }),
  )
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}
