/** Topologies and descriptor sets as they are stored and sent: the shapes that check them when they are read back. */
import { z } from 'zod'
import { propertyValue } from '../../drivers/protocol.ts'
import type { Descriptor, DescriptorSet } from '../model/descriptor.ts'
import type { Instance, RelationshipInstance, Topology } from '../model/topology.ts'

export const resourceState = z.enum(['Created', 'Installed', 'Inactive', 'Active', 'Broken', 'Failed']).nullable()
export const assemblyState = z.enum(['Installed', 'Inactive', 'Active', 'Broken', 'Failed']).nullable()
export const propertyValues = z.record(z.string(), propertyValue)

export const instance = z.object({
  name: z.string(),
  id: z.string(),
  kind: z.enum(['assembly', 'resource', 'reference']),
  type: z.string(),
  parent: z.string(),
  component: z.string(),
  index: z.number().exactOptional(),
  state: resourceState,
  properties: propertyValues,
  createdAtMs: z.number(),
  lastModifiedAtMs: z.number(),
}) satisfies z.ZodType<Instance>

export const relationshipInstance = z.object({
  name: z.string(),
  relationship: z.string(),
  assembly: z.string(),
  source: z.string(),
  target: z.string(),
  state: z.enum(['Created']).nullable(),
  properties: propertyValues,
}) satisfies z.ZodType<RelationshipInstance>

export const topology = z.object({
  root: z.string(),
  instances: z.record(z.string(), instance),
  relationships: z.record(z.string(), relationshipInstance),
}) satisfies z.ZodType<Topology>

const isDescriptor = (value: unknown): value is Descriptor =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  (value.kind === 'assembly' || value.kind === 'resource') &&
  'name' in value &&
  typeof value.name === 'string'

/**
 * Only looked at from outside: the descriptor reader made and checked it in this system, and the version of the entity
 * says which release stored it.
 */
export const descriptorSet = z.custom<DescriptorSet>(
  (value) => typeof value === 'object' && value !== null && Object.values(value).every(isDescriptor),
  'a descriptor set',
)
