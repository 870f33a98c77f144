/** What drivers answer and publish, from text to what it means here. Whatever comes is bounded and checked. Pure. */
import { z } from 'zod'
import { type Completion, DRIVER_REQUEST_ID_CHARS_MAX, failureCode, type PropertyValue } from '../protocol.ts'

const EXCERPT_CHARS_MAX = 300

const scalarText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** Outputs are strings here, or lists of them; what has another type is written as JSON (numbers as one would expect). */
const outputs = z.record(z.string(), z.unknown()).transform((given): Record<string, PropertyValue> => {
  const known = Object.entries(given).filter(([, value]) => value !== null)
  return Object.fromEntries(
    known.map(([name, value]) => [name, Array.isArray(value) ? value.map(scalarText) : scalarText(value)]),
  )
})
const topology = z.record(z.string(), z.unknown())

const requestId = z.string().min(1).max(DRIVER_REQUEST_ID_CHARS_MAX)

const takenOn = z.object({ requestId, associatedTopology: topology.nullish() })
export interface TakenOn {
  /** The driver's. */
  readonly requestId: string
  readonly associatedTopology: Readonly<Record<string, unknown>>
}

const found = z.object({
  result: z.object({ outputs: outputs.nullish(), associatedTopology: topology.nullish() }).nullable(),
})

const completionEvent = z.object({
  requestId,
  status: z.enum(['IN_PROGRESS', 'COMPLETE', 'FAILED']),
  outputs: outputs.nullish(),
  failureDetails: z.object({ failureCode: z.string().nullish(), description: z.string().nullish() }).nullish(),
  associatedTopology: topology.nullish(),
})
export interface CompletionEvent {
  /** The driver's. */
  readonly requestId: string
  readonly completion: Completion
}

export type Read<Value> =
  { readonly value: Value; readonly problem?: never } | { readonly value?: never; readonly problem: string }

const read = <Shape>(schema: z.ZodType<Shape>, text: string): Read<Shape> => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { problem: text.trim() === '' ? 'it is empty' : `it is no JSON: ${excerpt(text)}` }
  }
  const parsed = schema.safeParse(json)
  return parsed.success ? { value: parsed.data } : { problem: z.prettifyError(parsed.error) }
}

export const readTakenOn = (text: string): Read<TakenOn> => {
  const { value, problem } = read(takenOn, text)
  return value
    ? { value: { requestId: value.requestId, associatedTopology: value.associatedTopology ?? {} } }
    : { problem }
}

/** `undefined` as value of `found`: there is no such instance. */
export const readFound = (text: string): Read<{ readonly found: Completion | undefined }> => {
  const { value, problem } = read(found, text)
  if (!value) return { problem }
  if (!value.result) return { value: { found: undefined } }
  const { result } = value
  const completion: Completion = {
    status: 'COMPLETE',
    outputs: result.outputs ?? {},
    associatedTopology: result.associatedTopology ?? {},
  }
  return { value: { found: completion } }
}

export const readCompletionEvent = (text: string): Read<CompletionEvent> => {
  const { value, problem } = read(completionEvent, text)
  if (!value) return { problem }
  const { status, failureDetails } = value
  const code = failureCode.safeParse(failureDetails?.failureCode)
  const failure = {
    code: code.success ? code.data : ('UNKNOWN' as const),
    description: failureDetails?.description ?? 'the driver gave no reason',
  }
  const completion: Completion = {
    status,
    outputs: value.outputs ?? {},
    associatedTopology: value.associatedTopology ?? {},
    ...(status === 'FAILED' && { failure }),
  }
  return { value: { requestId: value.requestId, completion } }
}

/** What a driver says about an error: its own message where there is one, else the beginning of what it said. */
export const errorMessage = (text: string): string => {
  const { value } = read(z.object({ localizedMessage: z.string().min(1) }), text)
  return value ? excerpt(value.localizedMessage, 4_000) : excerpt(text) || 'it gave no reason'
}

export const isHealthy = (text: string): boolean =>
  read(z.object({ vitals: z.object({ app: z.object({ status: z.literal('OK') }) }) }), text).value !== undefined

const excerpt = (text: string, charsMax = EXCERPT_CHARS_MAX): string => {
  const trimmed = text.trim()
  return trimmed.length > charsMax ? `${trimmed.slice(0, charsMax)}…` : trimmed
}
