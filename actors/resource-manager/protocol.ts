/** What may be said to a resource manager's registration, what it remembers, and what it is. Entity id: its name. */
import { z } from 'zod'

export const resourceManager = z.object({ type: z.string(), url: z.string() })
export type ResourceManager = z.infer<typeof resourceManager>

export const command = z.discriminatedUnion('type', [
  /** `create`: only if it isn't there; `replace`: only if it is; `put`: either. Reply: `{ operation: 'ADD' | 'UPDATE' }`. */
  z.object({ type: z.literal('put'), mode: z.enum(['create', 'replace', 'put']), resourceManager }),
  z.object({ type: z.literal('remove') }),
])
export type ResourceManagerCommand = z.infer<typeof command>

export const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('put'), atMs: z.number(), resourceManager }),
  z.object({ type: z.literal('removed'), atMs: z.number() }),
])
export type ResourceManagerEvent = z.infer<typeof event>

export const state = z.object({
  name: z.string(),
  /** `null`: it isn't there. */
  resourceManager: resourceManager.nullable(),
  createdAtMs: z.number(),
  lastModifiedAtMs: z.number(),
})
export type ResourceManagerState = z.infer<typeof state>
