/** The orders that an assembly takes (the intents of the lifecycle API). */
import { z } from 'zod'
import { INTENDED_STATES } from './descriptor.ts'

export const intendedState = z.enum(INTENDED_STATES)

/** `assemblyName` is always the root's or a nested assembly's instance name here: ids are resolved at the edge. */
export const intent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('CreateAssembly'),
    assemblyName: z.string(),
    descriptorName: z.string(),
    intendedState,
    properties: z.record(z.string(), z.string()),
  }),
  z.object({ type: z.literal('ChangeAssemblyState'), assemblyName: z.string(), intendedState }),
  z.object({ type: z.literal('DeleteAssembly'), assemblyName: z.string() }),
  /** `brokenComponent`: full instance name of a resource. */
  z.object({ type: z.literal('HealAssembly'), assemblyName: z.string(), brokenComponent: z.string() }),
  /** `clusterName`: component name relative to `assemblyName`. */
  z.object({ type: z.literal('ScaleOutAssembly'), assemblyName: z.string(), clusterName: z.string() }),
  z.object({ type: z.literal('ScaleInAssembly'), assemblyName: z.string(), clusterName: z.string() }),
])
export type Intent = z.infer<typeof intent>
export type IntentType = Intent['type']
