/** What may be said to a service, what it remembers, and what it is. Entity id: its name, such as `gateway`. */
import { z } from 'zod'

const values = z.record(z.string(), z.string())

export const command = z.discriminatedUnion('type', [
  /**
   * The whole configuration, instead of the one before. `expectedVersion`: only if it is still this one. Reply:
   * `ConfigureReply`.
   */
  z.object({ type: z.literal('configure'), values, expectedVersion: z.number().exactOptional() }),
  /** From an instance that registers or tells its load. Reply: `InstanceReply`. */
  z.object({ type: z.literal('instance-seen') }),
])
export type ServiceCommand = z.infer<typeof command>

export interface ConfigureReply {
  readonly version: number
  /** False: these were its values already. */
  readonly changed: boolean
}

/** What an instance gets for its registration or heartbeat. */
export interface InstanceReply {
  /** Of the configuration that is stored now. */
  readonly configurationVersion: number
}

export const event = z.discriminatedUnion('type', [
  /** Its first instance registered. */
  z.object({ type: z.literal('appeared'), atMs: z.number() }),
  z.object({ type: z.literal('configured'), atMs: z.number(), by: z.string(), version: z.number(), values }),
])
export type ServiceEvent = z.infer<typeof event>

export const state = z.object({
  name: z.string(),
  /** It has had an instance, or was configured: it is in lists. */
  isKnown: z.boolean(),
  /** Rises with each change of the configuration; 0: it was never configured. */
  version: z.number(),
  values,
  changedAtMs: z.number(),
  changedBy: z.string(),
})
export type ServiceState = z.infer<typeof state>
