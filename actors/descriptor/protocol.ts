/** What may be said to a descriptor of the catalogue, what it remembers, and what it is. Entity id: its name. */
import { z } from 'zod'

/** `create`: only if it isn't there; `replace`: only if it is; `put`: either. */
export const putMode = z.enum(['create', 'replace', 'put'])

export const command = z.discriminatedUnion('type', [
  /** Reply: `putReply`. Refused with `descriptor-invalid` and `details.findings` if its text has errors. */
  z.object({ type: z.literal('put'), text: z.string(), mode: putMode }),
  /** Reply: `{}`. Refused if it isn't there. Assemblies keep what they were made from. */
  z.object({ type: z.literal('remove') }),
  /** Its own timer, long after it was removed. */
  z.object({ type: z.literal('forget') }),
])
export type DescriptorCommand = z.infer<typeof command>

export const event = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('put'),
    atMs: z.number(),
    text: z.string(),
    kind: z.enum(['assembly', 'resource']),
    description: z.string(),
  }),
  z.object({ type: z.literal('removed'), atMs: z.number() }),
])
export type DescriptorEvent = z.infer<typeof event>

export const state = z.object({
  name: z.string(),
  present: z.boolean(),
  /** The YAML as it came. */
  text: z.string(),
  kind: z.enum(['assembly', 'resource']),
  description: z.string(),
  /** Rises with each put, also after a removal. */
  revision: z.number(),
  createdAtMs: z.number(),
  lastModifiedAtMs: z.number(),
})
export type DescriptorState = z.infer<typeof state>

/** The value of a successful reply to `put`. */
export interface DescriptorPutReply {
  readonly descriptorName: string
  readonly revision: number
  /** True: it wasn't there before. */
  readonly created: boolean
  /** `Finding`s of severity `warning`. */
  readonly warnings: readonly unknown[]
}
