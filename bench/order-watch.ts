/** Follows the live events: which processes have ended, how, and when that was seen. */
import { LIVE_TOPIC, liveEvent } from '../actors/live.ts'
import type { Log } from '../runtime/ports.ts'
import { decodePublished } from '../runtime/published.ts'

export interface Ended {
  readonly status: string
  /** By `performance.now()`, when the event was read. */
  readonly atMs: number
}

export interface OrderWatch {
  /** Resolves when the process has ended. @throws if the live events can't be read, or `deadlineMs` pass */
  ended(processId: string, deadlineMs: number): Promise<Ended>
  /** Processes that were said to have ended more than once. */
  readonly repeated: readonly string[]
  close(): void
}

const ENDED: ReadonlySet<string> = new Set(['Completed', 'Failed', 'Cancelled'])

export const watchOrders = (log: Log): OrderWatch => {
  const reader = log.read(LIVE_TOPIC, 0, 0)
  const known = new Map<string, Ended>()
  const eventIds = new Set<string>()
  const repeated: string[] = []
  const waiting = new Map<string, (ended: Ended) => void>()
  let failed: ((error: Error) => void) | undefined
  const failure = new Promise<never>((_, reject) => (failed = reject))
  failure.catch(() => undefined)

  const take = (bytes: Uint8Array): void => {
    const message = decodePublished(bytes).message as { eventType?: unknown }
    if (message.eventType !== 'ProcessStateChangeEvent') return
    const event = liveEvent.parse(message)
    if (event.eventType !== 'ProcessStateChangeEvent' || !ENDED.has(event.processState)) return
    // The stream is at least once: the same event again is no second end.
    if (eventIds.has(event.eventId)) return
    eventIds.add(event.eventId)
    if (known.has(event.processId)) repeated.push(event.processId)
    const ended = { status: event.processState, atMs: performance.now() }
    known.set(event.processId, ended)
    waiting.get(event.processId)?.(ended)
    waiting.delete(event.processId)
  }
  const follow = async (): Promise<void> => {
    for (let records = await reader.next(256); records.length > 0; records = await reader.next(256))
      for (const { value } of records) take(value)
  }
  follow().catch((error: unknown) => failed?.(error instanceof Error ? error : new Error(String(error))))

  return {
    ended: (processId, deadlineMs) => {
      const already = known.get(processId)
      if (already) return Promise.resolve(already)
      const coming = new Promise<Ended>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`process ${processId} has not ended after ${deadlineMs} ms`)),
          deadlineMs,
        )
        waiting.set(processId, (ended) => {
          clearTimeout(timer)
          resolve(ended)
        })
      })
      return Promise.race([coming, failure])
    },
    repeated,
    close: () => reader.close(),
  }
}
