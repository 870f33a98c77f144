/** What the messages are made of, as they come: null is as good as absent, what isn't known is ignored. */
import { z } from 'zod'
import { concept, type Concept } from '../concept.ts'
import type { Addressee } from '../conversation.ts'
import { loopState, orderedState, withS } from '../states.ts'
import type { Decoded } from '../wire.ts'

const PROBLEM_CHARS_MAX = 300
/** The last that a Date can be. */
const INSTANT_MS_MAX = 8_640_000_000_000_000

/** With a zone: without one it is another instant in every place. `Date.parse` alone takes "March 7", and a 7. */
const ISO_INSTANT = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/

const isInstant = (text: string): boolean => ISO_INSTANT.test(text) && !Number.isNaN(Date.parse(text))

/** An instant; Java writes nanoseconds. Some encoders write milliseconds since the epoch. */
export const instant = z.union(
  [
    z.number().min(0).max(INSTANT_MS_MAX),
    z
      .string()
      .refine(isInstant)
      .transform((text) => Date.parse(text)),
  ],
  'is no instant of ISO 8601 with a zone, for instance 2021-10-01T09:00:00Z',
)

export const wireLoopState = z.preprocess(withS, loopState)
export const wireOrderedState = z.preprocess(withS, orderedState)
export const messageId = z.string().min(1).max(255)
/** UUIDs, by custom. Never a path: participants name files and resources after their elements. */
export const elementId = z.string().regex(/^[\w.:-]{1,255}$/, 'is no id of an element')
export const text = z
  .string()
  .nullish()
  .transform((given) => given ?? '')
/** Of the classes' primitive numbers: absent is 0. */
export const number = z
  .number()
  .nullish()
  .transform((given) => given ?? 0)

/** Of every order; of acknowledgements only the last two. */
export const head = {
  messageId,
  timestamp: instant.nullish(),
  participantType: concept.nullish(),
  participantId: concept.nullish(),
}

export const addresseeOf = (given: {
  readonly participantType?: Concept | null | undefined
  readonly participantId?: Concept | null | undefined
}): Addressee => ({
  ...(given.participantType && { participantType: given.participantType }),
  ...(given.participantId && { participantId: given.participantId }),
})

/** Parsed by its shape, turned into what it means. */
export const decoded = <Shape, Message>(
  shape: z.ZodType<Shape>,
  value: unknown,
  meaning: (shape: Shape) => Message | undefined,
): Decoded<Message> => {
  const parsed = shape.safeParse(value)
  if (!parsed.success) return malformed(parsed.error)
  const message = meaning(parsed.data)
  return message === undefined ? { kind: 'foreign' } : { kind: 'message', message }
}

const malformed = ({ issues }: z.ZodError): Decoded<never> => {
  const problem = issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join('.') || 'message'}: ${message}`)
    .join('; ')
  return { kind: 'malformed', problem: problem.slice(0, PROBLEM_CHARS_MAX) }
}

/** The literal, or why there is none. */
export const messageTypeOf = (value: unknown): Decoded<string> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { kind: 'malformed', problem: 'message: is no object' }
  const { messageType } = value as { messageType?: unknown }
  return typeof messageType === 'string'
    ? { kind: 'message', message: messageType }
    : { kind: 'malformed', problem: 'messageType: is missing' }
}

export const instantText = (atMs: number): string => new Date(atMs).toISOString()

/** Without the fields that have no value. */
export const present = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null))
