/** What may be said to a deployment location, what it remembers, and what it is. Entity id: its name. */
import { z } from 'zod'

export const deploymentLocation = z.object({
  /** Name of its resource manager. */
  resourceManager: z.string(),
  infrastructureType: z.string(),
  description: z.string(),
  /** For drivers only: never shown by the API. */
  properties: z.record(z.string(), z.unknown()),
})
export type DeploymentLocation = z.infer<typeof deploymentLocation>

export const command = z.discriminatedUnion('type', [
  /** `create`: only if it isn't there; `replace`: only if it is; `put`: either. Reply: `{ created }`. */
  z.object({ type: z.literal('put'), mode: z.enum(['create', 'replace', 'put']), location: deploymentLocation }),
  /** Whether something still lives there is for the asker to look up (list of resources by `deploymentLocation`). */
  z.object({ type: z.literal('remove') }),
])
export type DeploymentLocationCommand = z.infer<typeof command>

export const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('put'), atMs: z.number(), location: deploymentLocation }),
  z.object({ type: z.literal('removed'), atMs: z.number() }),
])
export type DeploymentLocationEvent = z.infer<typeof event>

export const state = z.object({
  name: z.string(),
  /** `null`: it isn't there. */
  location: deploymentLocation.nullable(),
  createdAtMs: z.number(),
  lastModifiedAtMs: z.number(),
})
export type DeploymentLocationState = z.infer<typeof state>
