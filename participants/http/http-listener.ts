/**
 * Configures something over its REST interface: the requests of an element's `configurationEntities`, one after the other, when it
 * is instantiated. The other changes of state need no request, as in the original.
 *
 * Each request is done once: one that was answered as expected isn't repeated when the sequence is, because a later one
 * failed. That is remembered as long as the element, and this process, live.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../runtime/ports.ts'
import type { ElementContext, ElementListener } from '../intermediary/element-listener.ts'
import { conceptText } from '../protocol/concept.ts'
import { type RequestLimits, statusOf } from './rest-request.ts'
import { httpElement, type RestCall, restCalls } from './rest-sequence.ts'

export interface HttpListenerLimits extends RequestLimits {
  /** Elements of which it is remembered how far they have come; the oldest are forgotten, and would be done again. */
  readonly progressMax: number
}

const DEFAULT_HTTP_LISTENER_LIMITS: HttpListenerLimits = {
  requestTimeoutMs: 30_000,
  answerBytesMax: 1_048_576,
  progressMax: 100_000,
}

interface Progress {
  /** Of the whole sequence: another one begins anew. */
  readonly sequence: string
  readonly done: number
}

export const httpListener = (clock: Clock, given: Partial<HttpListenerLimits> = {}): ElementListener => {
  const limits = { ...DEFAULT_HTTP_LISTENER_LIMITS, ...given }
  const progress = new Map<string, Progress>()

  const note = (key: string, reached: Progress): void => {
    progress.delete(key)
    progress.set(key, reached)
    const oldest = progress.keys().next()
    if (progress.size > limits.progressMax && !oldest.done) progress.delete(oldest.value)
  }

  return {
    instantiate: async (element) => {
      const calls = callsOf(element)
      const key = keyOf(element)
      const sequence = createHash('sha256').update(JSON.stringify(calls)).digest('base64')
      const before = progress.get(key)
      const first = before?.sequence === sequence ? before.done : 0
      // What another sequence had done is overwritten from the first request on, even by one that fails.
      if (first === 0) progress.delete(key)
      for (const [index, call] of calls.entries()) {
        if (index < first) continue
        element.signal.throwIfAborted()
        const status = await statusOf(call, element.signal, clock, limits)
        // An expected 404 is as good as an expected 200.
        if (status !== call.expected)
          throw new Error(`${call.shown}: answered ${status}, ${call.expected} was expected`)
        note(key, { sequence, done: index + 1 })
      }
      const text = `${calls.length} requests answered as expected`
      return first === 0 ? text : `${text}, ${first} of them before`
    },
    run: () => undefined,
    passivate: () => undefined,
    uninstantiate: (element) => {
      progress.delete(keyOf(element))
      return 'forgotten; the types of this element name no request that would undo it'
    },
  }
}

const keyOf = ({ loop, elementId, mode }: ElementContext): string => `${mode} ${conceptText(loop)} ${elementId}`

/** What is set per instance wins over what is set per type, and both over the node template. */
const callsOf = ({ nodeTemplate, commonProperties, properties, mode }: ElementContext): readonly RestCall[] => {
  const template = z.record(z.string(), z.unknown()).safeParse(nodeTemplate['properties'])
  const parsed = httpElement.safeParse({ ...template.data, ...commonProperties, ...properties })
  if (!parsed.success) throw new Error(`the element's properties: ${problemsOf(parsed.error)}`)
  const { baseUrl, testBaseUrl } = parsed.data
  if (mode === 'ACTIVE') return restCalls(parsed.data, baseUrl)
  if (!testBaseUrl) throw new Error('has no test environment: property testBaseUrl is not set')
  return restCalls(parsed.data, testBaseUrl)
}

const problemsOf = ({ issues }: z.ZodError): string =>
  issues
    .slice(0, 5)
    .map((issue) => `${issue.path.map(String).join('.')}: ${sentenceOf(issue)}`)
    .join('; ')

/** Of a name in a map only the issue within says what is wrong with it. */
const sentenceOf = (issue: z.core.$ZodIssue): string =>
  (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message
