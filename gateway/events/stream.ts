/**
 * One client's event stream: catches up from where it left off, then follows the tail. What it hasn't read yet is held
 * in the stream's own queue up to a bound; a client that lets it fill up is cut off and resumes with `Last-Event-ID`.
 */
import { isFault } from '../../runtime/fault.ts'
import type { Clock, LogReader, LogRecord } from '../../runtime/ports.ts'
import type { LiveTail } from './live.ts'

const CATCH_UP_BATCH = 128

export interface EventStreamOptions {
  readonly tail: LiveTail
  readonly clock: Clock
  /** Offset of the first record to send. Absent: from now on. */
  readonly from?: number
  /** The text of a record as the client gets it; `undefined`: it isn't for this client. */
  readonly render: (record: LogRecord) => string | undefined
  readonly bufferBytes: number
  readonly heartbeatMs: number
  readonly onEnd: () => void
  /** Breaks the client's connection. Absent (no real one): the stream ends with an error instead. */
  readonly disconnect?: () => void
}

export interface EventStream {
  readonly body: ReadableStream<Uint8Array>
  /** Ends it in an orderly way: the client gets what is held for it, then the end. */
  end(): void
}

/** Tells the client that events are missing (they were trimmed, or the log is a new one). */
const gapText = (wanted: number, next: number): string =>
  `event: gap\ndata: ${JSON.stringify({ wanted, next, reason: 'these events are no longer held' })}\n\n`

export const eventStream = (options: EventStreamOptions): EventStream => {
  const { tail, clock, render } = options
  const encoder = new TextEncoder()
  let controller: ReadableStreamDefaultController<Uint8Array>
  let sent = (options.from ?? tail.position + 1) - 1
  let over = false
  let reader: LogReader | undefined
  let stopListening: (() => void) | undefined
  let stopHeartbeat: (() => void) | undefined
  let roomAgain: (() => void) | undefined

  const finish = (how: () => void): void => {
    if (over) return
    over = true
    reader?.close()
    stopListening?.()
    stopHeartbeat?.()
    roomAgain?.()
    how()
    options.onEnd()
  }
  const hasRoom = (): boolean => (controller.desiredSize ?? 0) > 0
  const write = (text: string): void => {
    if (over) return
    if (!hasRoom())
      return finish(options.disconnect ?? (() => controller.error(new Error('the client reads too slowly'))))
    controller.enqueue(encoder.encode(text))
  }
  const beat = (): void => {
    stopHeartbeat?.()
    if (over) return
    stopHeartbeat = clock.schedule(options.heartbeatMs, () => {
      write(`: ${new Date(clock.now()).toISOString()}\n\n`)
      beat()
    })
  }
  const send = (records: readonly LogRecord[]): void => {
    for (const record of records) {
      if (record.offset <= sent) continue
      sent = record.offset
      const text = render(record)
      if (text !== undefined) write(text)
    }
    beat()
  }

  const room = (): Promise<void> =>
    hasRoom() || over
      ? Promise.resolve()
      : new Promise((resolve) => {
          roomAgain = resolve
        })
  const skipTo = (next: number): void => {
    write(gapText(sent + 1, next))
    sent = next - 1
  }
  const catchUp = async (): Promise<void> => {
    const { first, next } = await tail.bounds()
    if (sent + 1 < first || sent + 1 > next) skipTo(sent + 1 < first ? first : next)
    // Up to the tail's position, which may move on meanwhile. Here the client sets the pace: nothing is sent before it
    // has taken enough of what was sent before. One that takes nothing at all is cut off by its next heartbeat.
    while (!over && sent < tail.position) {
      reader ??= tail.readFrom(sent + 1)
      for (const record of await reader.next(CATCH_UP_BATCH)) {
        await room()
        send([record])
      }
    }
    reader?.close()
    if (!over) stopListening = tail.listen(send)
  }
  const fail = (error: unknown): void => {
    // Trimmed while it was being read: the client comes back and is told of the gap. Anything else: it comes back too.
    finish(() => (isFault(error) ? controller.close() : controller.error(error)))
  }

  const body = new ReadableStream<Uint8Array>(
    {
      start: (made) => {
        controller = made
        // An id without data: the client has a place to resume from before the first event.
        write(`retry: 1000\nid: ${sent}\n\n`)
        beat()
        catchUp().catch(fail)
      },
      pull: () => {
        roomAgain?.()
        roomAgain = undefined
      },
      cancel: () => finish(() => undefined),
    },
    { highWaterMark: options.bufferBytes, size: (chunk) => chunk?.byteLength ?? 0 },
  )
  return { body, end: () => finish(() => controller.close()) }
}
