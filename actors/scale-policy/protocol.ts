/**
 * A scale policy of one assembly instance: it counts consecutive load values beyond its thresholds and orders the
 * cluster to be scaled. Entity id: `<assembly instance name>~<policy name>`.
 */
import { z } from 'zod'

/** A policy with its expressions evaluated. */
export const scaleRule = z.object({
  assemblyName: z.string(),
  policyName: z.string(),
  /** Component and metric that it watches, for people. */
  metric: z.string(),
  /** The cluster's component name, relative to the assembly. */
  clusterName: z.string(),
  /** Absent: it never scales that way. */
  scaleOutThreshold: z.number().exactOptional(),
  scaleInThreshold: z.number().exactOptional(),
  /** Consecutive values that make it order. */
  smoothing: z.number(),
})
export type ScaleRule = z.infer<typeof scaleRule>
export const direction = z.enum(['out', 'in'])
export type Direction = z.infer<typeof direction>

export const command = z.discriminatedUnion('type', [
  // From the root assembly.
  z.object({ type: z.literal('put'), rule: scaleRule }),
  /** A process runs on the assembly (values don't count), or has ended (counting begins anew). */
  z.object({ type: z.literal('suspend'), processId: z.string() }),
  z.object({ type: z.literal('resume') }),
  z.object({ type: z.literal('remove') }),
  z.object({ type: z.literal('order-refused'), processId: z.string(), code: z.string(), reason: z.string() }),
  z.object({ type: z.literal('order-ended'), processId: z.string(), status: z.string() }),
  /** From a resource of the watched component. */
  z.object({ type: z.literal('load'), value: z.number() }),
])
export type ScalePolicyCommand = z.infer<typeof command>

export const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('put'), atMs: z.number(), rule: scaleRule }),
  z.object({ type: z.literal('suspended'), atMs: z.number(), processId: z.string() }),
  z.object({ type: z.literal('resumed'), atMs: z.number() }),
  z.object({ type: z.literal('breach-counted'), atMs: z.number(), direction, count: z.number(), value: z.number() }),
  z.object({ type: z.literal('count-reset'), atMs: z.number() }),
  z.object({
    type: z.literal('scale-ordered'),
    atMs: z.number(),
    direction,
    processId: z.string(),
    quietUntilMs: z.number(),
  }),
  z.object({
    type: z.literal('order-settled'),
    atMs: z.number(),
    processId: z.string(),
    outcome: z.string(),
    reason: z.string(),
    quietUntilMs: z.number(),
  }),
  z.object({ type: z.literal('removed'), atMs: z.number() }),
])
export type ScalePolicyEvent = z.infer<typeof event>

export const state = z.object({
  id: z.string(),
  rule: scaleRule.nullable(),
  suspendedBy: z.string(),
  /** Consecutive breaches, all in `direction`. */
  breaches: z.number(),
  direction: direction.nullable(),
  order: z.object({ processId: z.string(), direction, atMs: z.number() }).nullable(),
  quietUntilMs: z.number(),
  lastOrder: z.object({ processId: z.string(), outcome: z.string(), reason: z.string(), atMs: z.number() }).nullable(),
})
export type ScalePolicyState = z.infer<typeof state>
