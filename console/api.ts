/** The HTTP API as the console uses it: like any other client, through the front door. */

/** What is wrong with something that was sent, and where in it. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly hint?: string
  readonly path: string
  readonly line?: number
  readonly column?: number
}

/** An answer that isn't the expected one; the message is the server's own, for people. */
export class ApiError extends Error {
  /** 0: nobody answered. */
  readonly status: number
  readonly findings: readonly Finding[]
  constructor(status: number, message: string, findings: readonly Finding[], options?: ErrorOptions) {
    super(message, options)
    this.name = 'ApiError'
    this.status = status
    this.findings = findings
  }
}

/** What a body is: a text goes as the YAML (which JSON is, too) that it is, anything else as JSON. */
export type Body = string | object

export interface Answer {
  readonly value: unknown
  readonly location: string
}

export interface Api {
  readonly url: string
  get(path: string): Promise<unknown>
  send(method: 'POST' | 'PUT', path: string, body: Body): Promise<Answer>
  post(path: string, body: Body): Promise<Answer>
  events(query: string, signal: AbortSignal): AsyncGenerator<unknown>
}

const DEADLINE_MS = 60_000
const EVENT_CHARS_MAX = 1_048_576

interface ErrorBody {
  readonly localizedMessage?: string
  readonly errorDetails?: string
  readonly detail?: string
  readonly title?: string
  readonly details?: Readonly<Record<string, unknown>> & { readonly findings?: readonly Finding[] }
}

const errorOf = (status: number, body: string): ApiError => {
  try {
    const error = JSON.parse(body) as ErrorBody
    const { details } = error
    const text = error.localizedMessage ?? error.errorDetails ?? error.detail ?? error.title ?? body
    // The messages of control loops say all that there is in words.
    const isSaid = error.errorDetails !== undefined || !details || Object.keys(details).length === 0
    const more = isSaid ? '' : `\n${JSON.stringify(details, null, 2)}`
    return new ApiError(status, `${status}: ${text}${more}`, details?.findings ?? [])
  } catch {
    return new ApiError(status, `${status}: ${body}`, [])
  }
}

export const apiAt = (url: string): Api => {
  const call = async (path: string, init: RequestInit): Promise<Response> => {
    let response: Response
    try {
      response = await fetch(`${url}${path}`, init)
    } catch (cause) {
      throw new ApiError(0, `nobody answers at ${url}: is Homeostat running? (npm start)`, [], { cause })
    }
    if (!response.ok) throw errorOf(response.status, await response.text())
    return response
  }
  const send: Api['send'] = async (method, path, body) => {
    const isText = typeof body === 'string'
    const response = await call(path, {
      method,
      headers: { 'content-type': isText ? 'application/yaml' : 'application/json' },
      body: isText ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    const text = await response.text()
    return { value: text === '' ? undefined : JSON.parse(text), location: response.headers.get('location') ?? '' }
  }
  return {
    url,
    get: async (path) => (await call(path, { signal: AbortSignal.timeout(DEADLINE_MS) })).json(),
    send,
    post: (path, body) => send('POST', path, body),
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
