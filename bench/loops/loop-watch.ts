/** Follows a node's live events over HTTP, as any client does: in which state each loop was seen, and when. */
import { httpStream } from './http-call.ts'

export interface LoopWatch {
  /** Resolves with when it was seen, by `performance.now()`. @throws if the stream breaks, or `deadlineMs` pass */
  reached(loop: string, state: string, deadlineMs: number): Promise<number>
  close(): void
}

interface Seen {
  readonly state: string
  readonly atMs: number
}

interface Waiting {
  readonly state: string
  readonly settle: (atMs: number) => void
}

/** Resolves when the stream is open: what happens from then on is seen. */
export const watchLoops = async (url: string): Promise<LoopWatch> => {
  const ending = new AbortController()
  const response = await httpStream(`${url}/api/events`, ending.signal)
  if (response.statusCode !== 200) throw new Error(`GET /api/events: ${response.statusCode}`)
  const seen = new Map<string, Seen>()
  const waiting = new Map<string, Waiting>()
  let fail: (error: unknown) => void = () => undefined
  const failure = new Promise<never>((_, reject) => (fail = reject))
  failure.catch(() => undefined)

  const take = (data: string): void => {
    const { message } = JSON.parse(data) as {
      message: { eventType: string; controlLoop?: { name: string }; state?: string }
    }
    const { eventType, controlLoop, state } = message
    if (eventType !== 'ControlLoopStateChangeEvent' || !controlLoop || !state) return
    const atMs = performance.now()
    seen.set(controlLoop.name, { state, atMs })
    const waiter = waiting.get(controlLoop.name)
    if (waiter?.state !== state) return
    waiting.delete(controlLoop.name)
    waiter.settle(atMs)
  }
  const follow = async (): Promise<void> => {
    let rest = ''
    for await (const text of response.setEncoding('utf8')) {
      const lines = (rest + (text as string)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.startsWith('data: ')) take(line.slice('data: '.length))
    }
    throw new Error('the stream of live events has ended')
  }
  follow().catch((error: unknown) => fail(error))

  return {
    reached: (loop, state, deadlineMs) => {
      const known = seen.get(loop)
      if (known?.state === state) return Promise.resolve(known.atMs)
      const coming = new Promise<number>((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(loop)
          reject(
            new Error(
              `control loop ${loop} is not ${state} after ${deadlineMs} ms, last seen ${seen.get(loop)?.state ?? 'never'}`,
            ),
          )
        }, deadlineMs)
        const settle = (atMs: number): void => {
          clearTimeout(timer)
          resolve(atMs)
        }
        waiting.set(loop, { state, settle })
      })
      return Promise.race([coming, failure])
    },
    close: () => {
      fail(new Error('closed'))
      ending.abort()
    },
  }
}
