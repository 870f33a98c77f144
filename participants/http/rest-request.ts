/** Makes one request, in a bounded time; what counts of its answer is the status. */
import type { Clock } from '../../runtime/ports.ts'
import type { RestCall } from './rest-sequence.ts'

export interface RequestLimits {
  readonly requestTimeoutMs: number
  /** Of an answer's body, which nobody reads: what is longer is broken off. */
  readonly answerBytesMax: number
}

/**
 * @param stopping breaks the request off; whether it was received is then unknown, as after any other failure
 * @throws {Error} without an answer. Its text is fit to be shown: it holds nothing of what was sent
 */
export const statusOf = async (
  call: RestCall,
  stopping: AbortSignal,
  clock: Clock,
  limits: RequestLimits,
): Promise<number> => {
  const { status, problem } = await answerTo(call, stopping, clock, limits)
  if (status === undefined) throw new Error(`${call.shown}: ${problem}`)
  return status
}

type Answer =
  { readonly status: number; readonly problem?: never } | { readonly status?: never; readonly problem: string }

const answerTo = async (
  { method, url, headers, body }: RestCall,
  stopping: AbortSignal,
  clock: Clock,
  { requestTimeoutMs, answerBytesMax }: RequestLimits,
): Promise<Answer> => {
  const tooLate = new AbortController()
  const cancel = clock.schedule(requestTimeoutMs, () => tooLate.abort())
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([stopping, tooLate.signal]),
      ...(body !== undefined && { body }),
    })
    await drained(response, answerBytesMax)
    return { status: response.status }
  } catch (error) {
    if (tooLate.signal.aborted) return { problem: `no answer within ${requestTimeoutMs} ms` }
    // Only its code: the text of the error may hold the URL or a header.
    return { problem: stopping.aborted ? 'broken off' : `no answer (${reasonOf(error)})` }
  } finally {
    cancel()
  }
}

/** So that the connection can be used again. However that ends, the status was there. */
const drained = async (response: Response, bytesMax: number): Promise<void> => {
  let bytes = 0
  try {
    for await (const chunk of response.body ?? []) {
      bytes += (chunk as Uint8Array).length
      if (bytes > bytesMax) return
    }
  } catch {
    // Broken off, or too slow.
  }
}

const reasonOf = (error: unknown): string => {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code
    // Ports of other protocols; the text is all that `fetch` says of it.
    if (cause.message === 'bad port') return 'fetch refuses this port'
  }
  return 'it could not be sent'
}
