/** Redis and Kafka may come up later than a node: it asks again until they answer, and says what it waits for. */
import { errorText } from '../runtime/fault.ts'
import { pause } from '../runtime/pause.ts'
import type { Clock } from '../runtime/ports.ts'
import type { Report } from './backing.ts'

const RETRY_MS = 500

/** A server didn't answer in time. */
export class UnreachableError extends Error {
  constructor(what: string, afterMs: number, cause: unknown) {
    super(`${what} did not answer within ${Math.round(afterMs / 1000)} s: ${errorText(cause)}`, { cause })
    this.name = 'UnreachableError'
  }
}

/**
 * @param isFinal errors that asking again can't help
 * @throws {UnreachableError} after `timeoutMs`, with the last error; final errors as they are
 */
export const untilAnswered = async <Value>(
  { clock, report, timeoutMs }: { readonly clock: Clock; readonly report: Report; readonly timeoutMs: number },
  what: string,
  attempt: () => Promise<Value>,
  isFinal: (error: unknown) => boolean = () => false,
): Promise<Value> => {
  const startedMs = clock.now()
  for (let failures = 0; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      if (isFinal(error)) throw error
      if (clock.now() - startedMs >= timeoutMs) throw new UnreachableError(what, timeoutMs, error)
      if (failures === 0)
        report(`${what} does not answer yet; asking again for ${Math.round(timeoutMs / 1000)} s`, error)
      await pause(clock, RETRY_MS)
    }
  }
}
