/** What the effect `publish` puts on a topic, and how its readers read it. */
import { z } from 'zod'
import { decode, encode } from './codec.ts'
import { RuntimeFault } from './fault.ts'

const published = z.object({
  /** The same after each repetition: readers that must not do a thing twice remember it. */
  id: z.string(),
  key: z.string(),
  atMs: z.number(),
  /** `kind/id` of the entity that published it. */
  sender: z.string(),
  trace: z.string(),
  message: z.unknown(),
})
export type Published = z.infer<typeof published>

export const encodePublished = (value: Published): Uint8Array => encode(value)

/** For readers that aren't ours. @throws {RuntimeFault} `handler-failed` if the message has no JSON */
export const encodePublishedJson = (message: unknown): Uint8Array => {
  const text = JSON.stringify(message) as string | undefined
  if (text === undefined) throw new RuntimeFault('handler-failed', `a message of type ${typeof message} has no JSON`)
  return new TextEncoder().encode(text)
}

/** @throws {RuntimeFault} `newer-version` or `unreadable` */
export const decodePublished = (bytes: Uint8Array): Published => {
  const parsed = published.safeParse(decode(bytes))
  if (!parsed.success) throw new RuntimeFault('unreadable', `not a published record: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}
