/** The HTTP API as the console uses it: like any other client, through the front door. */

/** An answer that isn't the expected one; the message is the server's own, for people. */
export class ApiError extends Error {
  readonly status: number
  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ApiError'
    this.status = status
  }
}

export interface Api {
  readonly url: string
  get(path: string): Promise<unknown>
  post(path: string, body: unknown): Promise<{ readonly value: unknown; readonly location: string }>
  events(query: string, signal: AbortSignal): AsyncGenerator<unknown>
}

const DEADLINE_MS = 60_000
const EVENT_CHARS_MAX = 1_048_576

interface ErrorBody {
  readonly localizedMessage?: string
  readonly detail?: string
  readonly title?: string
  readonly details?: unknown
  readonly findings?: readonly { readonly text?: string }[]
}

const messageOf = (status: number, body: string): string => {
  try {
    const error = JSON.parse(body) as ErrorBody
    const text = error.localizedMessage ?? error.detail ?? error.title ?? body
    const more =
      error.details && Object.keys(error.details).length > 0 ? `\n${JSON.stringify(error.details, null, 2)}` : ''
    return `${status}: ${text}${more}`
  } catch {
    return `${status}: ${body}`
  }
}

export const apiAt = (url: string): Api => {
  const call = async (path: string, init: RequestInit): Promise<Response> => {
    let response: Response
    try {
      response = await fetch(`${url}${path}`, init)
    } catch (cause) {
      throw new ApiError(0, `nobody answers at ${url}: is Homeostat running? (npm start)`, { cause })
    }
    if (!response.ok) throw new ApiError(response.status, messageOf(response.status, await response.text()))
    return response
  }
  return {
    url,
    get: async (path) => (await call(path, { signal: AbortSignal.timeout(DEADLINE_MS) })).json(),
    post: async (path, body) => {
      const response = await call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(DEADLINE_MS),
      })
      const text = await response.text()
      return { value: text === '' ? undefined : JSON.parse(text), location: response.headers.get('location') ?? '' }
    },
    events: async function* (query, signal) {
      const response = await call(`/api/events?${query}`, { signal })
      if (!response.body) return
      let pending = ''
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        pending = (pending + chunk).slice(-EVENT_CHARS_MAX)
        const events = pending.split('\n\n')
        pending = events.pop() ?? ''
        for (const event of events) {
          const data = event.split('\n').find((line) => line.startsWith('data: '))
          if (data) yield JSON.parse(data.slice('data: '.length))
        }
      }
    },
  }
}
