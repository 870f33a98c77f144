/**
 * The heal policies of one resource: they count consecutive breaches of its integrity metrics and order a heal.
 * Entity id: the resource's.
 */
import { z } from 'zod'

export const healRule = z.object({
  metric: z.string(),
  /** Consecutive breaches that make it order a heal. */
  smoothing: z.number(),
  /** A period without the metric counts as a breach; 0: it doesn't. */
  periodMs: z.number(),
})
export type HealRule = z.infer<typeof healRule>

export const command = z.discriminatedUnion('type', [
  // From the resource.
  z.object({
    type: z.literal('put'),
    resourceName: z.string(),
    rootName: z.string(),
    rules: z.array(healRule),
    active: z.boolean(),
  }),
  z.object({ type: z.literal('activated') }),
  z.object({ type: z.literal('deactivated') }),
  z.object({ type: z.literal('metric'), metric: z.string(), value: z.enum(['OK', 'BROKEN']) }),
  z.object({ type: z.literal('remove') }),
  // From the root assembly, about an order of this policy.
  z.object({ type: z.literal('order-refused'), processId: z.string(), code: z.string(), reason: z.string() }),
  z.object({ type: z.literal('order-ended'), processId: z.string(), status: z.string() }),
  /** Its own timer: the metric's publication period has passed. */
  z.object({ type: z.literal('period-missed'), metric: z.string() }),
])
export type HealPolicyCommand = z.infer<typeof command>

export const event = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('put'),
    atMs: z.number(),
    resourceName: z.string(),
    rootName: z.string(),
    rules: z.array(healRule),
    active: z.boolean(),
  }),
  z.object({ type: z.literal('activated'), atMs: z.number() }),
  z.object({ type: z.literal('deactivated'), atMs: z.number() }),
  /** The first value since it became active: from now on its periods are watched. */
  z.object({ type: z.literal('metric-seen'), atMs: z.number(), metric: z.string() }),
  z.object({
    type: z.literal('breach-counted'),
    atMs: z.number(),
    metric: z.string(),
    cause: z.enum(['BROKEN', 'missed']),
    count: z.number(),
  }),
  z.object({ type: z.literal('count-reset'), atMs: z.number(), metric: z.string() }),
  z.object({
    type: z.literal('heal-ordered'),
    atMs: z.number(),
    metric: z.string(),
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
export type HealPolicyEvent = z.infer<typeof event>

export const state = z.object({
  resourceId: z.string(),
  resourceName: z.string(),
  rootName: z.string(),
  rules: z.array(healRule),
  active: z.boolean(),
  /** By metric: consecutive breaches, and whether it was heard since the resource became Active. */
  counts: z.record(z.string(), z.object({ breaches: z.number(), seen: z.boolean() })),
  /** The order that is being carried out, or that hasn't been answered yet. */
  order: z.object({ processId: z.string(), atMs: z.number() }).nullable(),
  /** It orders nothing before. */
  quietUntilMs: z.number(),
  /** What became of the latest order. */
  lastOrder: z.object({ processId: z.string(), outcome: z.string(), reason: z.string(), atMs: z.number() }).nullable(),
})
export type HealPolicyState = z.infer<typeof state>
